import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import DroidWire
import Testing

/// Going on at a cursor (`docs/protocols/droid.md`, Resuming).
struct DroidResumeTests {
    private static func house() -> DroidHouse {
        DroidHouse(
            ScriptedModel(.init(.call("c1", "Execute", ["command": "ls"])), .text("Done"), .text("Again")), tools: [.execute()],
            policy: .askingAboutCommands)
    }

    private static func cursor(_ frame: JSONValue) -> String? { frame["params"]?["cursor"]?.stringValue }

    private static func resume(_ client: DroidClient, after cursor: String) async throws -> JSONValue {
        try await client.call("resume_events", ["sessionId": "s1", "after": .string(cursor)])
    }

    @Test func whoeverResumesAtAnyNotificationMissesNothingAndGetsNothingTwice() async throws {
        let house = Self.house()
        try await house.running {
            try await house.connected { first in
                try await first.call("enable_event_cursors")
                let opened = try await first.open()
                let start = try #require(opened["cursor"]?.stringValue)
                try await first.prompt("go", "m1")
                let id = try #require(try await first.asked()["id"]?.stringValue)
                first.answer(id, ["selectedOption": "proceed_once"])
                _ = try await first.ended("m1")
                try await first.prompt("again", "m2")
                _ = try await first.ended("m2")
                let told = first.all.filter { Self.cursor($0) != nil }
                #expect(told.count > 15)
                #expect(Set(told.compactMap(Self.cursor)).count == told.count)
                for (index, cursor) in ([start] + told.compactMap(Self.cursor)).enumerated() {
                    try await house.connected { second in
                        try await second.call("enable_event_cursors")
                        #expect(try await Self.resume(second, after: cursor) == ["sessionId": "s1", "cursor": .string(cursor)])
                        let rest = Array(told.dropFirst(index))
                        try await second.count(rest.count) { Self.cursor($0) != nil }
                        // Behind everything that was missed.
                        try await second.call("rename_session", ["sessionId": "s1", "title": .string("T\(index)")])
                        try await second.count(rest.count + 1) { Self.cursor($0) != nil }
                        let again = second.all.filter { Self.cursor($0) != nil }
                        #expect(Array(again.prefix(rest.count)) == rest, "after \(cursor)")
                        // A question that was answered is asked of nobody.
                        #expect(!second.all.contains { $0["method"] == "daemon.request_permission" })
                    }
                }
            }
        }
    }

    @Test func anOpenQuestionIsAskedAgain() async throws {
        let house = Self.house()
        try await house.running {
            try await house.connected { first in
                try await first.call("enable_event_cursors")
                try await first.open()
                try await first.prompt("go", "m1")
                let id = try #require(try await first.asked()["id"]?.stringValue)
                let last = try #require(first.all.compactMap(Self.cursor).last)
                try await house.connected { second in
                    try await second.call("enable_event_cursors")
                    _ = try await Self.resume(second, after: last)
                    #expect(try await second.asked()["id"] == .string(id))
                    second.answer(id, ["selectedOption": "proceed_once"])
                    #expect(try await second.ended("m1")["reason"] == "completed")
                }
            }
        }
    }

    @Test func whoNeverAsksSeesNoCursor() async throws {
        let house = Self.house()
        try await house.serving { client in
            let opened = try await client.open()
            #expect(opened["cursor"] == nil)
            try await client.prompt("go", "m1")
            _ = try await client.asked()
            #expect(!client.all.contains { Self.cursor($0) != nil })
            #expect(try await client.load()["cursor"] == nil)
            #expect(try await client.code("enable_event_cursors") == -32_600)
            #expect(try await client.code("resume_events", ["sessionId": "s1", "after": "1"]) == -32_600)
        }
    }

    @Test(arguments: [
        (#"{"sessionId":"s1","after":"9999999"}"#, -32_602), (#"{"sessionId":"s1","after":"x"}"#, -32_602),
        (#"{"sessionId":"s1","after":"01"}"#, -32_602), (#"{"sessionId":"s1","after":"-1"}"#, -32_602),
        (#"{"sessionId":"s1"}"#, -32_602), (#"{"sessionId":"nobody","after":"1"}"#, -32_004),
        (#"{"sessionId":"s1","after":"1","more":1}"#, -32_602),
    ])
    func whatIsNoPlaceIsRefused(params: String, code: Int) async throws {
        let house = Self.house()
        try await house.running {
            try await house.connected { first in
                try await first.open()
                try await house.connected { second in
                    try await second.call("enable_event_cursors")
                    #expect(try await second.code("resume_events", try JSONValue(parsing: params)) == code)
                    _ = try await Self.resume(second, after: "1")
                    // Followed already.
                    #expect(try await second.code("resume_events", ["sessionId": "s1", "after": "1"]) == -32_600)
                }
            }
        }
    }
}
