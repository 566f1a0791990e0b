import ApusBase
import ApusCore
import OptaWire

/// Making sessions, and looking at them (§2.4 #5, #6, #8).
extension OptaFront {
    func create(_ request: OptaRequest) async throws(OptaFailure) -> HTTPAnswer {
        var form = OptaForm(request.body)
        let id = form.optional("sessionId").map { SessionID($0) }
        let model = form.optional("model")
        let title = form.optional("title")
        let messages = form.list("messages")
        // Accepted, and never stored, as the protocol says.
        _ = form.member("metadata")
        if let id, !Self.isLegal(id.rawValue) {
            form.add(OptaIssue(code: "invalid_string", path: [.key("sessionId")], message: "Invalid", more: ["validation": "regex"]))
        }
        try form.check()
        if life.hasStopped { throw failure(.closing) }
        if let id, let state = try await stored(id) { return try await again(state) }
        var settings = defaults
        settings.autonomy = min(settings.autonomy, services.maximumAutonomy)
        if let model, !model.isEmpty { settings.model = await canonical(model) }
        let beginning =
            (title.map { $0.isEmpty ? [] : [.titleChanged(Self.line($0))] } ?? []) + OptaSeed.facts(messages)
            + [EventKind.noticed(.created)]
        let made: SessionID
        do throws(SessionError) {
            made = try await services.sessions.create(
                NewSession(
                    id: id, workingDirectory: setting.directory, settings: settings, announcer: .opta, beginning: beginning))
        } catch {
            // Somebody was faster.
            if case .log(.exists) = error, let id { return try await again(try await known(id)) }
            throw failure(error)
        }
        await attend(made)
        return .json(201, .object(OptaWords.snapshot(try await known(made), defaultModel: await defaultModel())))
    }

    /// As it stands; whoever follows it hears of it once more.
    private func again(_ state: SessionState) async throws(OptaFailure) -> HTTPAnswer {
        let id = state.header.id
        do throws(SessionError) {
            try await services.maintenance.note(.created, in: id)
        } catch {
            // Another process writes it: it is there all the same, and only that process could tell its followers.
            guard case .log(.inUse) = error else { throw failure(error) }
        }
        return .json(201, .object(OptaWords.snapshot(try await known(id), defaultModel: await defaultModel())))
    }

    /// Its servers are started, and it is given up like any other that nobody looks at.
    private func attend(_ session: SessionID) async {
        do throws(SessionError) {
            _ = try await services.attendance.enter(session)
        } catch {
            return log(.failed("Session \(session) was made and could not be opened: \(error)"))
        }
        await services.attendance.attach(nil, to: session)
        await services.attendance.leave(session)
    }

    func session(_ request: OptaRequest) async throws(OptaFailure) -> HTTPAnswer {
        let state = try await known(try request.session())
        registry.note(state.lastTurn)
        var body = OptaWords.snapshot(state, defaultModel: await defaultModel())
        body["messages"] = .array(OptaWords.messages(state))
        return .json(200, .object(body))
    }

    // MARK: Events

    func events(_ request: OptaRequest) async throws(OptaFailure) -> HTTPAnswer {
        let id = try request.session()
        guard let cursor = Self.number(request.query["afterSeq"] ?? "") else { throw OptaFailure(400, "Invalid query") }
        guard let glance = try await glance(at: id) else { return Self.listed(OptaListing.none) }
        registry.note(glance.lastTurn)
        let replay = await replay(dialect(request.query))
        if replay.room(of: id).isTold(cursor, upTo: glance.lastEvent) == true { return Self.listed(OptaListing.none) }
        var listing = OptaListing(replay, of: id, after: cursor, to: glance.lastEvent)
        var bytes: [UInt8] = []
        do throws(SessionError) {
            try await listing.read { more in
                bytes += more
                return bytes.count < OptaListing.shortBytes
            }
        } catch {
            throw failure(error)
        }
        if listing.isWhole { return Self.listed(bytes + listing.end) }
        return stream(request, fields: Self.jsonFields) { [first = bytes, begun = listing] pen in
            var listing = begun
            var isOver = false
            if !first.isEmpty { try await pen.send([first]) }
            try await listing.read { more in
                do throws(ConnectionOver) { try await pen.send([more]) } catch { isOver = true }
                return !isOver
            }
            // Without its end it is no JSON: nobody takes a part for the whole.
            if listing.isWhole { try await pen.send([listing.end]) }
        }
    }

    private static let jsonFields = [(name: "content-type", value: "application/json; charset=utf-8")]

    private static func listed(_ bytes: [UInt8]) -> HTTPAnswer { HTTPAnswer(200, fields: jsonFields, .bytes(bytes)) }

    /// As JavaScript makes a number of a text, where it is a whole one that is not negative.
    static func number(_ text: String) -> Int64? {
        let text = String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        if text.isEmpty { return 0 }
        if text.lowercased().hasPrefix("0x") { return Int64(text.dropFirst(2), radix: 16).flatMap { $0 < 0 ? nil : $0 } }
        guard text.utf8.allSatisfy({ 0x30...0x39 ~= $0 || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) }), let number = Double(text),
            number >= 0, number.isFinite, number.rounded() == number
        else { return nil }
        return Int64(text) ?? (number < 0x1p62 ? Int64(number) : Int64.max / 8)
    }

    /// The digits that a text begins with; zero for everything else.
    static func leadingInteger(_ text: String?) -> Int64 {
        var rest = (text ?? "").drop(while: \.isWhitespace)
        if rest.first == "+" { rest = rest.dropFirst() }
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        return digits.isEmpty ? 0 : min(Int64(digits) ?? .max, .max / 8)
    }

    // MARK: Looking up

    /// `nil` when there is none of that name.
    func stored(_ session: SessionID) async throws(OptaFailure) -> SessionState? {
        do throws(SessionError) {
            let state = try await services.maintenance.peek(session)
            if state.lastEvent == 0 { return nil }
            registry.use(session, at: services.time.now)
            return state
        } catch {
            if case .log(.notFound) = error { return nil }
            throw failure(error)
        }
    }

    /// `nil` when there is none of that name.
    func glance(at session: SessionID) async throws(OptaFailure) -> SessionGlance? {
        do throws(SessionError) {
            let glance = try await services.maintenance.glance(at: session)
            if glance.lastEvent == 0 { return nil }
            registry.use(session, at: services.time.now)
            return glance
        } catch {
            if case .log(.notFound) = error { return nil }
            throw failure(error)
        }
    }

    static func isLegal(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// White space in order and bounded, as titles are.
    private static func line(_ title: String) -> String {
        let words = title.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return String(String.UnicodeScalarView(words.unicodeScalars.prefix(ByteLimit.maximumTitleCharacters)))
    }

    // MARK: Models

    /// The name that a model goes by; what is no model here is kept as it was said, and fails when it is asked.
    func canonical(_ model: String) async -> String {
        do throws(ModelLookupError) {
            return try await services.models.provider(for: model).description.id
        } catch {
            return model
        }
    }

    /// What a session without a model of its own runs with.
    func defaultModel() async -> String {
        if let model = defaults.model { return model }
        do throws(ModelLookupError) {
            return try await services.models.provider(for: nil).description.id
        } catch {
            return "default"
        }
    }

    func replay(_ dialect: OptaDialect = .wire) async -> OptaReplay {
        OptaReplay(services: services, daemon: setting.daemonID, defaultModel: await defaultModel(), dialect: dialect)
    }

    func dialect(_ query: [String: String]) -> OptaDialect { query["dialect"].flatMap { OptaDialect(rawValue: $0) } ?? .wire }
}
