import ApusBase
import ApusTestServer
import DroidSDK
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A hundred violent deaths of a daemon and of its MCP servers, whose trees are three deep and try to get away.
@Suite(.serialized, .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "needs /usr/bin/python3"))
struct HeavyMCPKillTests {
    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Peers/mcp_stdio_fixture.py").path
    private static let patience = Duration.seconds(120)

    private static func configure(_ stage: Stage, _ words: [String]) throws {
        let arguments = JSONValue.array(([script] + words).map { .string($0) })
        let servers: JSONValue = ["mcpServers": ["notes": ["command": "/usr/bin/python3", "args": arguments]]]
        try servers.serialized().write(toFile: stage.home.apus + "/mcp.json", atomically: false, encoding: .utf8)
    }

    /// A call of the server in each of so many turns.
    private static func calls(_ count: Int) -> Script {
        Script(
            replies: (0..<count).flatMap { number -> [Reply] in
                [.toolCall("notes___echo", ["number": .integer(Int64(number))], id: "call-\(number)"), .text(.piece("done \(number)"))]
            })
    }

    @Test func fiftyKilledDaemonsLeaveNothingOfTheirServers() async throws {
        try await withStage(.anthropic, []) { stage in
            for number in 0..<50 {
                let tree = ProcessTree()
                defer { tree.fell() }
                try Self.configure(stage, ["tree", tree.command])
                let daemon = try await DaemonStage.start(on: stage)
                defer { daemon.daemon.send(SIGKILL) }
                let connection = try await daemon.connect()
                _ = try await connection.createSession(DaemonSessionOptions(cwd: daemon.work))
                // Every other one dies while its server is just beginning.
                if number.isMultiple(of: 2) {
                    try await tree.hasGrown(within: Self.patience)
                } else {
                    try await eventually("the server begins", within: Self.patience) { !tree.alive.isEmpty }
                }
                #expect(kill(daemon.daemon.pid, SIGKILL) == 0)
                _ = try await daemon.daemon.finish(within: Self.patience)
                try await tree.isGone(within: Self.patience)
                await connection.close()
            }
        }
    }

    @Test func fiftyKilledServersLeaveNothingAndAreThereAgainForTheNextCall() async throws {
        let count = 50
        let tree = ProcessTree()
        defer { tree.fell() }
        try await withStage(.anthropic, Self.calls(count)) { stage in
            try Self.configure(stage, ["tree", tree.command])
            try await with(stage) { session in
                for number in 0..<count {
                    try await tree.hasGrown(within: Self.patience)
                    let server = try #require(Self.pythons(tree.alive).first)
                    #expect(kill(server, SIGKILL) == 0)
                    try await tree.isGone(within: Self.patience)
                    try await expectCall(number, stage, session)
                }
            }
            try await tree.isGone(within: Self.patience)
        }
    }

    @Test func killedKeepersTakeTheirServersWithThem() async throws {
        let count = 10
        let token = UUID().uuidString
        func servers() -> [Int32] { Self.pythons(Self.processes(withWord: token)) }
        try await withStage(.anthropic, Self.calls(count)) { stage in
            try Self.configure(stage, ["plain", token])
            try await with(stage) { session in
                for number in 0..<count {
                    try await eventually("the server runs", within: Self.patience) { servers().count == 1 }
                    let server = try #require(servers().first)
                    let keeper = try #require(Self.parent(of: server))
                    #expect(kill(keeper, SIGKILL) == 0)
                    try await eventually("the server is gone", within: Self.patience) { !servers().contains(server) }
                    try await expectCall(number, stage, session)
                }
            }
            try await eventually("nothing is left", within: Self.patience) { servers().isEmpty }
        }
    }

    /// A daemon with a session that has the server.
    private func with(_ stage: Stage, _ body: (DaemonSession) async throws -> Void) async throws {
        let daemon = try await DaemonStage.start(on: stage)
        defer { daemon.daemon.send(SIGKILL) }
        try await withDaemonConnection(ConnectDaemonOptions(apiKey: daemon.key, url: daemon.url)) { connection in
            var options = DaemonSessionOptions(cwd: daemon.work)
            options.autonomyLevel = .high
            try await connection.withSession(options) { session in
                try await eventually { try await session.listMcpServers().servers.first?.status == .connected }
                try await body(session)
            }
        }
        try await daemon.stop()
    }

    private func expectCall(_ number: Int, _ stage: Stage, _ session: DaemonSession) async throws {
        try await eventually { try await session.listMcpServers().servers.first?.status != .connected }
        #expect(try await session.result(of: "Call it.").text == "done \(number)")
        let told = stage.server.modelRequests.last?.bodyText ?? ""
        #expect(told.contains(#"{\"number\": \#(number)}"#), "call \(number): \(told.suffix(600))")
    }

    // MARK: Processes

    private static func words(of pid: Int32) -> [String] {
        // A process may end while it is looked at.
        let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func pythons(_ pids: [Int32]) -> [Int32] { pids.filter { words(of: $0).first == "/usr/bin/python3" } }

    private static func processes(withWord word: String) -> [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }.filter {
            words(of: $0).contains(word)
        }
    }

    private static func parent(of pid: Int32) -> Int32? {
        guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
        return String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ").dropFirst().first.flatMap {
            Int32($0)
        }
    }
}
