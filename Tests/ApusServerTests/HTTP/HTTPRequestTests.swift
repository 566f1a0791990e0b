import ApusCore
import ApusFronts
import ApusServer
import ApusTestServer
import ApusTesting
import Testing

/// Requests as they stand on the wire, and what the service and the peer get of them.
@Suite struct HTTPRequestTests {
    @Test func aConnectionIsKeptAndAnswersComeInOrder() async throws {
        try await withHTTP { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("GET /one HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await peer.text(endingWith: "|") == onWire("200 OK", "GET /one |"))
            // Three at once, the last in pieces.
            try await peer.send(
                "POST /two HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /three HTTP/1.1\r\nHost: a\r\n\r\nGET /fo")
            try await peer.send("ur HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let expected =
                onWire("200 OK", "GET /one |") + onWire("200 OK", "POST /two abc|") + onWire("200 OK", "GET /three |")
                + onWire("200 OK", "GET /four |", connection: "close")
            #expect(try await peer.wholeText() == expected)
        }
    }

    @Test func whatStandsInALineWaitsForWhatIsBeforeIt() async throws {
        let gate = Gate()
        let service = ScriptedService(answer: { head, body in
            if head.path == "/slow" { _ = await gate.pass() }
            return HTTPAnswer(200, .bytes(Array(ScriptedService.shown(head, body).utf8)))
        })
        try await withHTTP(service) { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /quick HTTP/1.1\r\nHost: a\r\n\r\n")
            try await gate.reached()
            let other = try await RawPeer.connect(port: listener.port)
            try await other.send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await other.text(endingWith: "|") == onWire("200 OK", "GET /other |"))
            gate.open()
            #expect(try await peer.text(endingWith: "/quick |") == onWire("200 OK", "GET /slow |") + onWire("200 OK", "GET /quick |"))
        }
    }

    @Test func tooManyInALineAreAnsweredUpToTheBound() async throws {
        try await withHTTP(ScriptedService(), { $0.limits.http.pipelined = 3 }) { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send(String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 50))
            let answers = try await peer.all().ranges(of: "HTTP/1.1 200").count
            #expect(3...4 ~= answers)
        }
    }

    @Test(arguments: [
        ("GET /a%2Fb/%20?x=%2F&y#z HTTP/1.1", "GET /a%2Fb/%20?x=%2F&y#z |"), ("GET /? HTTP/1.1", "GET /? |"),
        ("GET http://other.test:1/p?q HTTP/1.1", "GET /p?q |"), ("GET http://other.test?q HTTP/1.1", "GET /?q |"),
        ("OPTIONS * HTTP/1.1", "OPTIONS * |"), ("DELETE //x HTTP/1.1", "DELETE //x |"),
    ])
    func targetsAreHandedOverAsTheyCame(line: String, body: String) async throws {
        try await withHTTP { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("\(line)\r\nHost: a\r\n\r\n")
            #expect(try await peer.text(endingWith: "|") == onWire("200 OK", body))
        }
    }

    @Test func fieldsComeInLowerCaseTrimmedAndAllOfThem() async throws {
        let service = ScriptedService(answer: { head, _ in
            let fields = head.fields.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
            return HTTPAnswer(200, .bytes(Array("\(fields);\(head.peer);\(head.localPort)|".utf8)))
        })
        try await withHTTP(service) { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("GET http://b.test:9/ HTTP/1.1\r\nHost: a\r\nX-Two:  b \t\r\nx-two:c\r\nEmpty:\r\n\r\n")
            let expected = "x-two=b;x-two=c;empty=;host=b.test:9;127.0.0.1;\(listener.port)|"
            #expect(try await peer.text(endingWith: "|") == onWire("200 OK", expected))
        }
    }

    @Test(arguments: [
        ("hello\r\n\r\n", "400"), ("GET / HTTP/1.1\r\n\r\n", "400"), ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", "400"), ("GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n", "400"),
        ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "400"), ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "501"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "400"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", "400"),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\nContent-Length: 1\r\n\r\nx", "417"),
        ("GET /\(String(repeating: "x", count: 20_000)) HTTP/1.1\r\nHost: a\r\n\r\n", "431"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 20_000))\r\n\r\n", "431"),
        ("GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: y\r\n", count: 200))\r\n", "431"),
    ])
    func whatIsNoRequestIsRefusedOnceAndTheConnectionEnds(request: String, status: String) async throws {
        try await withHTTP { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send(request)
            let answer = try await peer.all()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
            #expect(answer.ranges(of: "HTTP/1.1 ").count == 1, "\(answer)")
            #expect(answer.contains("connection: close\r\n"))
        }
    }

    @Test func whatIsNoRequestIsRefusedInItsTurn() async throws {
        try await withHTTP { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n")
            let answer = try await peer.all()
            #expect(answer.hasPrefix("HTTP/1.1 200 OK"), "\(answer)")
            #expect(answer.contains("GET / |HTTP/1.1 400 Bad Request"), "\(answer)")
        }
    }

    @Test func anUpgradeThatNobodyKnowsIsARequestLikeAnyOtherAndTheLast() async throws {
        try await withHTTP { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send(
                "GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n")
            #expect(try await peer.wholeText() == onWire("200 OK", "GET /x |", connection: "close"))
        }
    }

    @Test func bodiesInChunksArePutTogether() async throws {
        try await withHTTP { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n")
            try await peer.send("1\r\nc\r\n0\r\nTrailer: x\r\n\r\n")
            #expect(try await peer.text(endingWith: "|") == onWire("200 OK", "POST / abc|"))
        }
    }

    @Test(arguments: [
        "Content-Length: 1000\r\n\r\n" + String(repeating: "x", count: 1_000),
        "Transfer-Encoding: chunked\r\n\r\n3e8\r\n" + String(repeating: "x", count: 1_000) + "\r\n0\r\n\r\n",
    ])
    func aBodyMayBeAsLongAsItWasAdmitted(rest: String) async throws {
        try await withHTTP { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("POST / HTTP/1.1\r\nHost: a\r\n\(rest)")
            #expect(try await peer.text(endingWith: "|") == onWire("200 OK", "POST / 1000|"))
        }
    }

    @Test(arguments: [
        ("Content-Length: 1001\r\n\r\n" + String(repeating: "x", count: 1_001), "keep-alive"),
        // Nobody knows how much still comes.
        ("Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + String(repeating: "x", count: 1_001) + "\r\n", "close"),
    ])
    func oneByteMoreIsTooLong(rest: String, connection: String) async throws {
        try await withHTTP { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("POST / HTTP/1.1\r\nHost: a\r\n\(rest)")
            #expect(try await peer.text(endingWith: "|") == onWire("200 OK", "POST / too long|", connection: connection))
        }
    }

    @Test func whatWasRefusedWithoutItsBodyDoesNotEndTheConnection() async throws {
        let service = ScriptedService(admission: { head in
            head.path == "/no" ? .refused(HTTPAnswer(401, .bytes(Array("no|".utf8)))) : .admitted(ScriptedService.somebody, bodyBytes: 10)
        })
        try await withHTTP(service) { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
            #expect(try await peer.text(endingWith: "|") == onWire("401 Unauthorized", "no|"))
            try await peer.send("cdePOST /yes HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
            #expect(try await peer.text(endingWith: "x|") == onWire("401 Unauthorized", "no|") + onWire("200 OK", "POST /yes x|"))
        }
    }

    @Test func whoIsStillSendingGetsToReadWhyItWasRefused() async throws {
        let service = ScriptedService(admission: { _ in .refused(HTTPAnswer(401, .bytes(Array("no|".utf8)))) })
        try await withHTTP(service) { listener in
            let peer = try await RawPeer.connect(port: listener.port, staysOpen: true)
            let size = 8 << 20
            try await peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n")
            // The answer is out, and everything is taken all the same.
            _ = try await peer.text(endingWith: "|")
            try await peer.send([UInt8](repeating: 0x61, count: size))
            #expect(try await peer.wholeText() == onWire("401 Unauthorized", "no|", connection: "close"))
            await peer.close()
        }
    }

    @Test func whoSendsWithoutEndAfterARefusalIsCutOff() async throws {
        let service = ScriptedService(admission: { _ in .refused(HTTPAnswer(401)) })
        try await withHTTP(service, { $0.limits.http.lingerBytes = 100_000 }) { listener in
            let peer = try await RawPeer.connect(port: listener.port, staysOpen: true)
            try await peer.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = Array("4000\r\n".utf8) + [UInt8](repeating: 0x61, count: 0x4000) + Array("\r\n".utf8)
            await #expect(throws: (any Error).self) {
                while true { try await peer.send(chunk) }
            }
        }
    }

    @Test func aBodyIsAskedForOnlyWhenItIsAdmitted() async throws {
        let gate = Gate()
        let service = ScriptedService(admission: { head in
            _ = await gate.pass()
            return head.path == "/no" ? .refused(HTTPAnswer(401)) : .admitted(ScriptedService.somebody, bodyBytes: 10)
        })
        try await withHTTP(service) { listener in
            let head = "HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n"
            let peers = [try await RawPeer.connect(port: listener.port), try await RawPeer.connect(port: listener.port)]
            try await peers[0].send("POST /yes \(head)")
            try await peers[1].send("POST /no \(head)")
            try await gate.reached(by: 2)
            gate.open()
            let go = "HTTP/1.1 100 Continue\r\n\r\n"
            #expect(try await peers[0].text(endingWith: "\r\n\r\n") == go)
            try await peers[0].send("abc")
            #expect(try await peers[0].text(endingWith: "|") == go + onWire("200 OK", "POST /yes abc|"))
            // Whether it still sends its body cannot be known.
            #expect(try await peers[1].wholeText() == onWire("401 Unauthorized", "", connection: "close"))
        }
    }

    @Test func aBodyThatIsAnnouncedTooLongIsNotAskedFor() async throws {
        try await withHTTP { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await peer.wholeText() == onWire("200 OK", "POST / too long|", connection: "close"))
        }
    }

    @Test func oldClientsAreAnsweredAndLetGo() async throws {
        try await withHTTP { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nab")
            #expect(try await peer.wholeText() == onWire("200 OK", "POST / ab|", connection: "close"))
            let staying = try await RawPeer.connect(port: listener.port)
            try await staying.send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try await staying.text(endingWith: "|") == onWire("200 OK", "GET /1 |"))
            try await staying.send("GET /2 HTTP/1.0\r\n\r\n")
            #expect(try await staying.wholeText() == onWire("200 OK", "GET /1 |") + onWire("200 OK", "GET /2 |", connection: "close"))
        }
    }
}
