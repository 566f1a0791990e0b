import ApusBase
import ApusCore
import ApusProcess
import Foundation
import Synchronization
import Testing

@testable import ApusMCP

/// Servers of the `mcp` package, whose two generations most servers are made with, and of the Python droid SDK.
@Suite(.serialized) struct MCPPeerTests {
    struct Peer: Sendable, CustomTestStringConvertible {
        var environment: String
        var python: String { root.appending(path: ".build/\(environment)/bin/python").path }
        var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: python) }
        var testDescription: String { environment }
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let old = Peer(environment: "venv-droid")
    static let installed = [old, Peer(environment: "venv-mcp2")].filter(\.isInstalled)
    static let hint: Comment = "needs droid-sdk[mcp] in .build/venv-droid and mcp 2 in .build/venv-mcp2: see the stage peers of .ci/run"

    private static func script(_ name: String) -> String { root.appending(path: "Tests/Peers/\(name).py").path }

    private static func setting(_ processes: ProcessTable, _ home: String) -> MCPProgramSetting {
        MCPProgramSetting(
            processes: processes, environment: ["PATH": "/usr/bin:/bin", "HOME": home], workingDirectory: home, temporaryDirectory: home)
    }

    @Test(.enabled(if: !installed.isEmpty, hint), arguments: installed)
    func aServerOnItsStandardStreamsIsListedAndCalled(peer: Peer) async throws {
        let home = Home()
        let setting = Self.setting(ProcessTable(keeper: keeper), home.path)
        try await withPool(programs: setting) { pool in
            let transport = MCPServerConfiguration.Transport.stdio(
                command: peer.python, arguments: [Self.script("mcp_server"), "stdio"], environment: [:])
            await pool.connect([MCPServerConfiguration(name: "py", transport: transport)], to: session)
            try await expectPeer(pool)
        }
    }

    @Test(.enabled(if: !installed.isEmpty, hint), arguments: installed)
    func aServerOfStreamableHTTPIsListedAndCalled(peer: Peer) async throws {
        try await with(peer, ["mcp_server", "http"]) { url, pool in
            await pool.connect([server(url, name: "py")], to: session)
            try await expectPeer(pool)
        }
    }

    @Test(.enabled(if: !installed.isEmpty, hint), arguments: installed)
    func aServerOfTheOlderTransportIsListedAndCalled(peer: Peer) async throws {
        try await with(peer, ["mcp_server", "sse"]) { url, pool in
            await pool.connect([MCPServerConfiguration(name: "py", transport: .sse(url: url, headers: []))], to: session)
            try await expectPeer(pool)
        }
    }

    @Test(.enabled(if: old.isInstalled, hint)) func toolsThatThePythonSDKHostsAreListedAndCalled() async throws {
        try await with(Self.old, ["mcp_sdk_server"]) { line, pool in
            let told = try JSONValue(parsing: line)
            let headers = (told["headers"]?.arrayValue ?? []).map { ($0["name"]?.stringValue ?? "", $0["value"]?.stringValue ?? "") }
            let url = try #require(told["url"]?.stringValue)
            await pool.connect([server(url, name: "peer", headers: headers), server(url, name: "stranger")], to: session)
            let greeting = try await pool.run("peer___greet", ["name": "Ada"])
            #expect(greeting == ToolResult(.succeeded, "Hello, Ada"))
            let wrong = try await pool.run("peer___greet", ["name": 5])
            #expect(wrong.status == .failed)
            let stranger = await pool.status(of: session).last
            #expect(stranger?.phase == .failed)
            #expect(stranger?.error?.contains("HTTP 401") == true)
        }
    }

    private func expectPeer(_ pool: MCPPool) async throws {
        let status = await pool.status(of: session)
        #expect(status.map(\.phase) == [.connected], "\(status)")
        #expect(await pool.names() == ["py___add", "py___fail", "py___picture", "py___count", "py___ask"])
        #expect(await pool.tools(of: session).map(\.isReadOnly) == [true, nil, nil, nil, nil])
        let sum = try await pool.run("py___add", ["a": 40, "b": 2])
        #expect(sum == ToolResult(.succeeded, "42"))
        let failure = try await pool.run("py___fail", ["reason": "on purpose"])
        #expect(failure.status == .failed)
        let picture = try await pool.run("py___picture", .object([:]))
        #expect(picture.media.map(\.details.type) == [.png])
        try await expectConversation(pool)
        while await pool.status(of: session).first?.promptCount != 1 { await Task.yield() }
        #expect(await pool.status(of: session).first?.resourceCount == 1)
    }

    /// Progress is shown, and a question of the server is answered.
    private func expectConversation(_ pool: MCPPool) async throws {
        let shown = Mutex<[String]>([])
        var context = context
        context.showOutput = { text in shown.withLock { $0.append(text) } }
        context.askUser = { items in
            UserAnswer(
                id: .newQuestion(), isCancelled: false,
                items: zip(items, ["Ada", "36"]).map { UserAnswer.Item(index: $0.index, question: $0.question, answer: $1) })
        }
        let counting = try #require(await pool.tool("py___count"))
        let counted = await counting.run(["to": 3], in: context)
        #expect(counted == ToolResult(.succeeded, "counted"))
        // The last pieces may come when the call is over.
        #expect(["1 of 3: at 1\n", "2 of 3: at 2\n", "3 of 3: at 3\n"].starts(with: shown.withLock { $0 }))
        let asking = try #require(await pool.tool("py___ask"))
        let answered = await asking.run(.object([:]), in: context)
        #expect(answered == ToolResult(.succeeded, "Ada is 36"))
        let declined = try await pool.run("py___ask", .object([:]))
        #expect(declined == ToolResult(.succeeded, "decline"))
    }

    /// Runs a script, and `body` with the first line that it prints.
    private func with(
        _ peer: Peer, _ words: [String], _ body: @escaping @Sendable (String, MCPPool) async throws -> Void
    ) async throws {
        let home = Home()
        let processes = ProcessTable(keeper: keeper)
        let output = Output()
        let request = ProcessRequest(
            executable: peer.python, arguments: [Self.script(words[0])] + words.dropFirst(),
            environment: ["PATH": "/usr/bin:/bin", "HOME": home.path, "PYTHONUNBUFFERED": "1"], workingDirectory: home.path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                _ = try await processes.run(request, timeout: .seconds(300)) { output.append($0) }
                throw MCPFault.lost(output.text)
            }
            group.addTask {
                let line = await output.line()
                try await withPool { pool in try await body(line, pool) }
            }
            try await group.next()
        }
    }
}

/// What a script prints.
private final class Output: Sendable {
    private let state = Mutex("")
    private let watch = Watch()

    var text: String { state.withLock { $0 } }

    func append(_ bytes: [UInt8]) {
        state.withLock { $0 += String(decoding: bytes, as: UTF8.self) }
        watch.change()
    }

    /// Waits for the first line.
    func line() async -> String {
        var seen = 0
        while !text.contains("\n"), !Task.isCancelled { seen = await watch.change(after: seen) }
        return String(text.prefix { $0 != "\n" })
    }
}
