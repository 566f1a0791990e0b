import ApusBase
import ApusTestServer
import DroidSDK
import Foundation
import Testing

/// The programs of `Examples/`, each run as its reader would run it, against a daemon.
@Suite struct ExampleTests {
    private func run(
        _ name: String, _ arguments: [String], on stage: DaemonStage, environment: [String: String] = [:]
    ) async throws -> Outcome {
        let own = ["FACTORY_API_KEY": stage.key, "APUS_URL": stage.url]
        let child = try ChildProcess(
            try ApusExecutable.sibling("example-" + name), arguments,
            environment: stage.home.environment.merging(own) { $1 }.merging(environment) { $1 }, directory: stage.work,
            scratch: stage.home.scratch)
        return try await child.finish()
    }

    /// The lines of a run that goes well.
    private func lines(
        _ name: String, _ arguments: String..., on stage: DaemonStage, environment: [String: String] = [:]
    ) async throws -> [String] {
        let outcome = try await run(name, arguments, on: stage, environment: environment)
        #expect(outcome.status == .exited(0), "\(outcome.everything)")
        #expect(outcome.diagnostics.isEmpty, "\(outcome.everything)")
        return outcome.text.split(separator: "\n").map(String.init)
    }

    @Test func firstPrompt() async throws {
        try await withDaemonStage([.toolCall("LS", [:], id: "call-1"), .text("One file: a.txt.")]) { stage in
            try stage.home.write("x\n", to: "a.txt")
            let lines = try await lines("FirstPrompt", "What is here?", on: stage)
            #expect(lines.filter { !$0.hasPrefix("Done in ") } == ["[Tool] LS", "[Result] OK", "One file: a.txt."])
            #expect(lines.last?.wholeMatch(of: #/Done in \d+ ms: success/#) != nil, "\(lines)")
            #expect(stage.stage.server.modelRequests.last?.tells("What is here?", "a.txt") == true)
        }
    }

    @Test func anExampleWithAWrongKeySaysWhy() async throws {
        try await withDaemonStage([]) { stage in
            let outcome = try await run("FirstPrompt", [], on: stage, environment: ["FACTORY_API_KEY": "fk-other"])
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(outcome.stdout.isEmpty)
            #expect(outcome.diagnostics.contains("Daemon authentication failed"), "\(outcome.everything)")
        }
    }

    @Test func permissions() async throws {
        let script: Script = [
            .toolCall("Create", ["file_path": "notes.txt", "content": "one line\n"], id: "call-1"), .text("Created."),
            .command("touch forbidden.txt", id: "call-2"),
        ]
        try await withDaemonStage(script) { stage in
            let allowed = try await lines("Permissions", on: stage)
            #expect(allowed == ["[Asked] Create (create)", "Created."])
            #expect(try stage.home.read("notes.txt") == "one line\n")
            let refused = try await lines("Permissions", "Touch a file.", on: stage)
            #expect(refused.first == "[Asked] Execute (exec)", "\(refused)")
            #expect(!stage.home.has("forbidden.txt"))
        }
    }

    @Test func concurrentSessions() async throws {
        let script = Script.conversations([("/left", [.text("left has a.txt")]), ("/right", [.text("right has b.txt")])])
        try await withDaemonStage(script) { stage in
            try stage.home.write("x\n", to: "left/a.txt")
            try stage.home.write("x\n", to: "right/b.txt")
            let folders = ["\(stage.work)/left", "\(stage.work)/right"]
            let lines = try await lines("ConcurrentSessions", folders[0], folders[1], on: stage)
            #expect(lines.sorted() == ["\(folders[0]): left has a.txt", "\(folders[1]): right has b.txt"])
        }
    }

    @Test func fireAndForget() async throws {
        let gate = Gate()
        try await withDaemonStage([.after(gate, .text("All lint errors are fixed."))]) { stage in
            let handed = try await lines("FireAndForget", "Fix", "it.", on: stage)
            let id = try #require(handed.only)
            try await gate.reached()
            let before = try await lines("FireAndForget", "--resume", id, on: stage)
            #expect(before == ["0 approvals wait"])
            gate.open()
            try await eventually {
                try await lines("FireAndForget", "--resume", id, on: stage) == ["0 approvals wait", "All lint errors are fixed."]
            }
        }
    }

    @Test func structuredOutput() async throws {
        try await withDaemonStage([.text(#"{"title":"Apus","files":["a.txt","b.txt"]}"#)]) { stage in
            let lines = try await lines("StructuredOutput", on: stage)
            #expect(lines == ["Apus: a.txt, b.txt"])
            #expect(stage.stage.server.modelRequests.last?.tells("additionalProperties", "Summarize this project.") == true)
        }
    }

    @Test func toolsOfTheProgram() async throws {
        let script: Script = [
            .toolCall("shop___order_status", ["number": 17], id: "call-1"),
            .toolCall("shop___order_status", ["number": "x"], id: "call-2"),
            .toolCall("shop___order_status", ["number": 99], id: "call-3"), .text("It was shipped."),
        ]
        try await withDaemonStage(script) { stage in
            let lines = try await lines("SDKTools", on: stage)
            let expected = [
                "[Tool] shop___order_status", "[Result] shipped on Monday", "[Tool] shop___order_status",
                "[Result] The input of order_status does not fit: /number must be integer, not string.", "[Tool] shop___order_status",
                "[Result] There is no order 99.", "It was shipped.",
            ]
            #expect(lines == expected)
            #expect(stage.stage.server.modelRequests.first?.tells("Tells what became of an order.") == true)
        }
    }

    @Test func remoteComputer() async throws {
        try await withDaemonStage([.text("Linux")]) { stage in
            try await TestRelay.lend(to: stage.url, computer: "comp-1") { relay in
                let lines = try await lines(
                    "RemoteComputer", "comp-1", "uname", on: stage, environment: ["APUS_RELAY": relay.url, "APUS_URL": "ws://127.0.0.1:1"])
                #expect(lines == ["Linux"])
                #expect(relay.paths == ["/v0/computer/comp-1/client"])
            }
        }
    }

    @Test func execMode() async throws {
        try await withStage(.anthropic, [.text("a.txt")]) { stage in
            let child = try ChildProcess(
                try ApusExecutable.sibling("example-ExecMode"), ["list", "the", "files"],
                environment: stage.home.environment.merging(["FACTORY_DROID_BINARY": stage.executable.path]) { $1 },
                directory: stage.home.work, scratch: stage.home.scratch)
            let outcome = try await child.finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.text.wholeMatch(of: #/a\.txt\nsuccess, \d+ ms, \d+ tokens\n/#) != nil, "\(outcome.everything)")
            #expect(stage.server.modelRequests.first?.tells("list the files") == true)
        }
    }
}

extension Collection {
    /// The element of a collection that has one.
    fileprivate var only: Element? { count == 1 ? first : nil }
}
