import ApusBase
import ApusTestServer
import Testing

private let messages = "/v1/messages"
private let completions = "/chat/completions"

@Suite struct ScriptedProviderTests {
    @Test func repliesComeInOrderOnOneConnectionAndAreRecorded() async throws {
        try await withScriptedProvider([.text("one"), .text("two")]) { server in
            try await RawClient.withConnection(to: server.port) { client in
                try await client.send(requestText("\(messages)?beta=true", ["n": 1], headers: "X-Api-Key: k\r\n"))
                #expect(try await client.bytes(upTo: "0\r\n\r\n").contains("one"))
                try await client.send(requestText(completions, ["n": 2]))
                #expect(try await client.bytes(upTo: "0\r\n\r\n").contains("two"))
            }
            #expect(server.requests.map(\.body) == [["n": 1], ["n": 2]])
            #expect(server.requests.map(\.path) == [messages, completions])
            #expect(server.requests.map(\.query) == ["beta=true", nil])
            #expect(server.requests.first?.header("x-api-key") == "k")
            #expect(server.requests.map(\.ending) == [.complete, .complete])
            #expect(server.requests.map(\.wasExpected) == [true, true])
        }
    }

    @Test func aRequestTooManyGetsASentenceAndIsRecorded() async throws {
        try await withScriptedProvider([.text("only")]) { server in
            _ = try await exchange(server.port, messages)
            let second = try await exchange(server.port, messages)
            #expect(second.status == 500)
            #expect(try second.json["error"]?["message"] == "The script has no reply left for request 2 (POST /v1/messages).")
            #expect(server.requests.map(\.wasExpected) == [true, false])
        }
    }

    @Test func theStatusForTooManyCanBeChosen() async throws {
        try await withScriptedProvider(Script([], surplusStatus: 400)) { server in
            let response = try await exchange(server.port, completions)
            #expect(response.status == 400)
        }
    }

    @Test func modelsAreListedWithoutUsingAReply() async throws {
        try await withScriptedProvider(Script([ScriptStep(.text("x"))], models: ["a", "b"])) { server in
            let listing = try await exchange(server.port, "/v1/models", method: "GET")
            #expect(try listing.json["data"]?.arrayValue?.map { $0["id"] } == ["a", "b"])
            #expect(try await exchange(server.port, "/v1/embeddings").status == 404)
            #expect(try await exchange(server.port, messages).status == 200)
            #expect(server.modelRequests.map(\.number) == [3])
        }
    }

    @Test func matchersChooseAndForeverRepeats() async throws {
        let script = Script([
            ScriptStep(.text("for-b"), when: .header("authorization", "Bearer b").and(.path(completions))),
            ScriptStep(.computed { .text(.piece("echo \($0.body["x"]?.stringValue ?? "-")")) }, times: .forever),
        ])
        try await withScriptedProvider(script) { server in
            let authorization = "authorization: Bearer b\r\n"
            let first = try await exchange(server.port, completions, ["x": "1"])
            let second = try await exchange(server.port, completions, headers: authorization)
            let third = try await exchange(server.port, completions, ["x": "2"], headers: authorization)
            #expect(first.body.contains("echo 1"))
            #expect(second.body.contains("for-b"))
            #expect(third.body.contains("echo 2"))
        }
    }

    @Test func fiftyClientsAtOnceEachGetTheirOwnSequence() async throws {
        let markers = (0..<50).map { "<run-\($0)>" }
        let script = Script.conversations(markers.map { ($0, [.text(.piece("first of \($0)")), .text(.piece("second of \($0)"))]) })
        try await withScriptedProvider(script) { server in
            let port = server.port
            try await withThrowingTaskGroup(of: Void.self) { group in
                for marker in markers {
                    group.addTask {
                        for word in ["first", "second"] {
                            let response = try await exchange(port, messages, ["prompt": .string(marker)])
                            #expect(response.body.contains("\(word) of \(marker)"))
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(server.requests.allSatisfy { $0.wasExpected && $0.ending == .complete })
            #expect(server.requests.map(\.number) == Array(1...100))
        }
    }

    @Test func aClosedGateHoldsTheStreamAndOpensOnce() async throws {
        let gate = Gate()
        try await withScriptedProvider([.text("before", .wait(gate), "behind")]) { server in
            try await RawClient.withConnection(to: server.port) { client in
                try await client.send(requestText(messages, [:], headers: "connection: close\r\n"))
                try await gate.reached()
                let shown = try await client.bytes(upTo: "before")
                #expect(!shown.contains("behind"))
                #expect(server.requests.map(\.ending) == [.open])
                gate.open()
                gate.open()
                #expect(String(decoding: try await client.rest(), as: UTF8.self).contains("behind"))
            }
        }
    }

    @Test func aSilentProviderIsLeftByItsClient() async throws {
        try await withScriptedProvider([.after(Gate(), .text("never"))]) { server in
            try await RawClient.withConnection(to: server.port) { client in
                try await client.send(requestText(messages, [:]))
                try await server.received(1)
            }
            try await server.abandoned(1)
        }
    }

    @Test func stoppingEndsRepliesThatWait() async throws {
        let client = try await withScriptedProvider([.text("a", .wait(Gate()))]) { server in
            let port = server.port
            let client = Task { try await exchange(port, messages) }
            try await server.received(1)
            return client
        }
        let response = try await client.value
        #expect(!response.isWhole)
    }

    @Test func waitingForWhatNeverComesThrowsInTime() async throws {
        try await withScriptedProvider([]) { server in
            await #expect(throws: ScriptTimeout.self) { try await server.received(1, within: .milliseconds(20)) }
            await #expect(throws: ScriptTimeout.self) { try await Gate().reached(within: .milliseconds(20)) }
        }
    }

    @Test func garbageAndHangUpsAreNoHTTP() async throws {
        try await withScriptedProvider([.garbage([0, 255, 1]), .hangUp(.closed)]) { server in
            let garbage = try await exchangeBytes(server.port, messages)
            let nothing = try await exchangeBytes(server.port, messages)
            #expect(garbage == [0, 255, 1])
            #expect(nothing == [])
        }
    }

    @Test func aRequestThatIsNoHTTPIsRefused() async throws {
        try await withScriptedProvider([]) { server in
            let answer = try await RawClient.withConnection(to: server.port) { client in
                try await client.send("\u{1}\u{2}\r\n\r\n")
                return try await client.rest()
            }
            #expect(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await withScriptedProvider([.text("one"), .text("two")]) { server in
            let both = try await RawClient.withConnection(to: server.port) { client in
                let first = requestText(messages, [:])
                try await client.send(first + requestText(messages, [:], headers: "connection: close\r\n"))
                return String(decoding: try await client.rest(), as: UTF8.self)
            }
            let one = try #require(both.firstRange(of: #""text":"one""#))
            let two = try #require(both.firstRange(of: #""text":"two""#))
            #expect(one.upperBound < two.lowerBound)
        }
    }
}
