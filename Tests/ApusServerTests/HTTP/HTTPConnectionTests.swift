import ApusCore
import ApusFronts
import ApusServer
import ApusTestServer
import ApusTesting
import Testing

/// Deadlines, hang-ups, caps and the end of a listener.
@Suite struct HTTPConnectionTests {
    /// Stands still until the gate opens or it is cancelled, which it tells.
    private static func waiting(_ gate: Gate, _ cancelled: Watched<Bool>) -> ScriptedService {
        ScriptedService(answer: { head, body in
            if await !gate.pass() { cancelled.change { $0 = true } }
            return HTTPAnswer(200, .bytes(Array(ScriptedService.shown(head, body).utf8)))
        })
    }

    @Test(arguments: ["1.1", "1.0"])
    func whoHangsUpEndsItsRequest(version: String) async throws {
        let (gate, cancelled) = (Gate(), Watched(false))
        try await withHTTP(Self.waiting(gate, cancelled), { $0.limits.close = .milliseconds(10) }) { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("POST / HTTP/\(version)\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
            try await gate.reached()
            #expect(!cancelled.value)
            await peer.close()
            _ = try await within { await cancelled.first { $0 } }
        }
    }

    @Test func whoHangsUpInTheMiddleOfItsBodyIsForgotten() async throws {
        try await withHTTP { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\nab")
            await peer.close()
            try await within {
                while listener.connectionCount > 0 { try await Task.sleep(for: .milliseconds(2)) }
            }
        }
    }

    @Test func whoOnlyEndsItsUploadIsAnswered() async throws {
        let (gate, cancelled) = (Gate(), Watched(false))
        try await withHTTP(Self.waiting(gate, cancelled)) { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nabGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
            try await peer.endOutput()
            try await gate.reached()
            // Asked whether it is still there.
            let interim = "HTTP/1.1 100 Continue\r\n\r\n"
            #expect(try await peer.text(endingWith: interim) == interim)
            gate.open()
            let text = try await peer.wholeText()
            #expect(text.replacing(interim, with: "") == onWire("200 OK", "POST /1 ab|") + onWire("200 OK", "GET /2 |"))
            #expect(!cancelled.value)
        }
    }

    @Test func aQuickAnswerToOneWhoHasEndedItsUploadIsAllItGets() async throws {
        try await withHTTP(ScriptedService(), { $0.limits.http.probe = .seconds(60) }) { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            try await peer.endOutput()
            #expect(try await peer.wholeText() == onWire("200 OK", "GET / |"))
        }
    }

    @Test(arguments: ["", "GET / HTTP/1.1\r\nHo"])
    func aHeadThatDribblesInIsCutOff(beginning: String) async throws {
        try await withHTTP(ScriptedService(), { $0.limits.head = .milliseconds(20) }) { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            // On a busy machine the time is over before this is sent.
            try? await peer.send(beginning)
            #expect(try await peer.all().hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test(arguments: [true, false])
    func aBodyThatDribblesInIsCutOff(bySilence: Bool) async throws {
        try await withHTTP(
            ScriptedService(), { bySilence ? ($0.limits.http.bodySilence = .milliseconds(20)) : ($0.limits.http.body = .milliseconds(20)) }
        ) { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\nab")
            #expect(try await peer.all().hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func whoAsksNothingMoreIsLetGo() async throws {
        try await withHTTP(ScriptedService(), { $0.limits.http.idle = .milliseconds(20) }) { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await peer.wholeText() == onWire("200 OK", "GET / |"))
        }
    }

    @Test func theHouseHasABoundThatIsTold() async throws {
        try await withHTTP(ScriptedService(), { $0.limits.connections = 1 }) { listener in
            let first = try await RawPeer.connect(port: listener.port)
            try await first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await first.text(endingWith: "|")
            let second = try await RawPeer.connect(port: listener.port)
            try? await second.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await second.all().hasPrefix("HTTP/1.1 503 "))
            await first.close()
            try await within {
                while true {
                    let third = try await RawPeer.connect(port: listener.port)
                    // Turned away: the place is not free yet.
                    try? await third.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    if try await third.all().hasPrefix("HTTP/1.1 200 ") { return }
                }
            }
        }
    }

    @Test func oneAddressCannotTakeEveryPlaceWithoutBeingAdmitted() async throws {
        let service = ScriptedService(admission: { head in
            head.path == "/key" ? .admitted(ScriptedService.somebody, bodyBytes: 0) : .refused(HTTPAnswer(401))
        })
        try await withHTTP(service, { $0.limits.unauthenticatedPerAddress = 1 }) { listener in
            let first = try await RawPeer.connect(port: listener.port)
            try await first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await first.text(endingWith: "\r\n\r\n")
            #expect(try await (try RawPeer.connect(port: listener.port)).all().hasPrefix("HTTP/1.1 503 "))
            try await first.send("GET /key HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await first.text(endingWith: "/key |")
            let second = try await RawPeer.connect(port: listener.port)
            try await second.send("GET /key HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await second.text(endingWith: "|") == onWire("200 OK", "GET /key |"))
        }
    }

    @Test func drainingAnswersWhatWasAskedAndClosesTheOthers() async throws {
        let (gate, cancelled) = (Gate(), Watched(false))
        try await withHTTP(Self.waiting(gate, cancelled)) { listener in
            let idle = try await RawPeer.connect(port: listener.port)
            let busy = try await RawPeer.connect(port: listener.port)
            try await busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            try await gate.reached()
            async let drained: Void = listener.drain(within: .seconds(60))
            #expect(try await idle.all() == "")
            gate.open()
            #expect(try await busy.wholeText() == onWire("200 OK", "GET / |", connection: "close"))
            await drained
            #expect(listener.connectionCount == 0)
            #expect(!cancelled.value)
            await #expect(throws: (any Error).self) { try await RawPeer.connect(port: listener.port) }
        }
    }

    @Test func drainingEndsWhatDoesNotEndByItself() async throws {
        let (gate, cancelled) = (Gate(), Watched(false))
        try await withHTTP(Self.waiting(gate, cancelled)) { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            try await gate.reached()
            await listener.drain(within: .milliseconds(10))
            #expect(try await peer.all() == "")
            _ = try await within { await cancelled.first { $0 } }
        }
    }

    @Test func cancellingEndsEverythingAtOnce() async throws {
        let (gate, cancelled) = (Gate(), Watched(false))
        let kept = Watched<RawPeer?>(nil)
        try await withHTTP(Self.waiting(gate, cancelled)) { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            try await gate.reached()
            kept.change { $0 = peer }
        }
        #expect(cancelled.value)
        #expect(try await kept.value?.all() == "")
    }

    @Test func aTakenPortIsNamed() async throws {
        try await withHTTP { listener in
            let error = await #expect(throws: ListenerError.self) {
                try await HTTPListener.open(ListenerSetting(port: listener.port), table: ConnectionTable())
            }
            #expect(error?.reason == .inUse)
            #expect(listener.url == "http://127.0.0.1:\(listener.port)")
        }
    }
}
