import ApusBase
import Testing

@testable import DroidWire

/// What is written is read again as the same, by a server and by a client, and written again as the same bytes: every type of the protocol,
/// with all of its optional members, with none, and with some.
@Suite struct DroidRoundTripTests {
    static let makers: [(UInt64, Arbitrary.Optionals)] = [(1, .all), (2, .all), (3, .none), (4, .some), (5, .some), (6, .some), (7, .some)]

    private func check<V: DroidValue>(_ type: V.Type, _ maker: inout Arbitrary) throws {
        let value = maker.make(V.self)
        let text = value.json
        let json = try JSONValue(parsing: text)
        #expect(try V(from: json, .closed) == value, "\(V.self), as a server reads it: \(text)")
        #expect(try V(from: json, .lenient) == value, "\(V.self), as a client reads it: \(text)")
        #expect(try V(from: json, .closed).json == text)
    }

    @Test(arguments: makers)
    func paramsAndResults(seed: UInt64, optionals: Arbitrary.Optionals) throws {
        func both<Params: DroidParams>(_ type: Params.Type, _ maker: inout Arbitrary) throws {
            try check(Params.self, &maker)
            try check(Params.Result.self, &maker)
        }
        var maker = Arbitrary(seed: seed, optionals: optionals)
        for entry in DroidMethod.table {
            guard let params = entry.params else { continue }
            try both(params, &maker)
        }
    }

    @Test(arguments: makers)
    func notifications(seed: UInt64, optionals: Arbitrary.Optionals) throws {
        var maker = Arbitrary(seed: seed, optionals: optionals)
        #expect(Shapes.notifications.map(\.0) == DroidNotificationType.known)
        for (type, payload) in Shapes.notifications {
            let object = maker.tagged(type.rawValue, payload)
            let text = JSONValue.object(object).serialized()
            for reading in [DroidReading.closed, .lenient] {
                let notification = try SessionNotification(from: .object(object), reading)
                #expect(notification.type == type)
                #expect(notification.json == text)
                if case .unknown = notification { Issue.record("\(type) was not understood: \(text)") }
            }
        }
    }

    @Test(arguments: makers)
    func confirmations(seed: UInt64, optionals: Arbitrary.Optionals) throws {
        var maker = Arbitrary(seed: seed, optionals: optionals)
        #expect(Shapes.confirmations.map(\.0) == ToolConfirmationType.known)
        for (type, details) in Shapes.confirmations {
            let object = maker.tagged(type.rawValue, details)
            let confirmation = DroidToolConfirmation(
                maker.make(DroidToolUseBlock.self), try DroidConfirmationDetails(type, object, .closed))
            let json = try JSONValue(parsing: confirmation.json)
            #expect(json["confirmationType"]?.stringValue == type.rawValue)
            #expect(json["details"] == .object(object))
            #expect(try DroidToolConfirmation(from: json, .lenient) == confirmation)
        }
    }

    @Test(arguments: makers)
    func messagesWithEveryBlock(seed: UInt64, optionals: Arbitrary.Optionals) throws {
        var maker = Arbitrary(seed: seed, optionals: optionals)
        for _ in 0..<30 { try check(DroidMessage.self, &maker) }
        try check(DroidMeta.self, &maker)
        try check(DroidFailure.self, &maker)
        try check(ConnectionStatus.self, &maker)
    }

    @Test(arguments: makers)
    func requestsInBothFamilies(seed: UInt64, optionals: Arbitrary.Optionals) throws {
        func check<Params: DroidParams>(_ type: Params.Type, _ family: DroidFamily, _ maker: inout Arbitrary) throws {
            let entry = Params.method.entry
            let isDaemon = family == .daemon
            let hasSession = isDaemon && (entry.scope == .session || entry.scope == .anySession)
            let call = DroidCall(
                maker.make(Params.self), sessionId: hasSession ? "s-1" : nil, token: isDaemon && entry.needsToken ? "key" : nil)
            let meta = maker.make(DroidMeta.self)
            let bytes = DroidFrameWriter(family).bytes { $0.request(id: "id-1", call, meta: meta, into: &$1) }
            guard case .request(let request) = try DroidFrame(parsing: bytes, .closed) else {
                Issue.record("\(Params.method) is no request")
                return
            }
            #expect(request.id == "id-1")
            #expect(DroidMethod.named(request.method)?.method == Params.method)
            #expect(DroidMethod.named(request.method)?.family == family)
            #expect(request.meta == meta)
            if hasSession { #expect(request.sessionId == "s-1") }
            #expect(try request.call(family) == call)
        }
        var maker = Arbitrary(seed: seed, optionals: optionals)
        for entry in DroidMethod.table {
            guard let params = entry.params else { continue }
            for family in DroidFamily.allCases { try check(params, family, &maker) }
        }
    }
}
