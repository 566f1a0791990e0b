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
        let own = ["py___add", "py___fail", "py___picture", "py___count", "py___linger", "py___ask"]
        #expect(await pool.names() == own + ["ListMcpResources", "ReadMcpResource"])
        #expect(await pool.tools(of: session).map(\.isReadOnly) == [true, nil, nil, nil, nil, nil])
        try await expectResources(pool)
        let sum = try await pool.run("py___add", ["a": 40, "b": 2])
        #expect(sum == ToolResult(.succeeded, "42"))
        let failure = try await pool.run("py___fail", ["reason": "on purpose"])
        #expect(failure.status == .failed)
        let picture = try await pool.run("py___picture", .object([:]))
        #expect(picture.media.map(\.details.type) == [.png])
        try await expectConversation(pool)
        while await pool.status(of: session).first?.promptCount != 1 { await Task.yield() }
        #expect(await pool.status(of: session).first?.resourceCount == 2)
        try await expectCancelling(pool)
    }

    private func expectResources(_ pool: MCPPool) async throws {
        let list = try await pool.run("ListMcpResources", ["server": "py"])
        let told = try list.text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(told.map { $0["uri"] ?? $0["uriTemplate"] } == ["peer://motto", "peer://picture", "peer://notes/{number}"], "\(list.text)")
        #expect(told.first?["description"] == "A motto.")
        func read(_ uri: JSONValue) async throws -> ToolResult { try await pool.run("ReadMcpResource", ["server": "py", "uri": uri]) }
        let motto = try await read("peer://motto")
        #expect(motto == ToolResult(.succeeded, "festina lente"))
        let picture = try await read("peer://picture")
        #expect(picture.media.map(\.details.type) == [.png])
        let note = try await read("peer://notes/7")
        #expect(note == ToolResult(.succeeded, "note 7"))
        let nothing = try await read("peer://nothing")
        #expect(nothing.status == .failed && nothing.text.contains("Unknown resource"), "\(nothing.text)")
    }

    /// The server's own function hears that its call is not waited for.
    private func expectCancelling(_ pool: MCPPool) async throws {
        let home = Home()
        let folder = home.path
        let tool = try #require(await pool.tool("py___linger"))
        try await withThrowingTaskGroup(of: ToolResult.self) { group in
            group.addTask { await tool.run(["folder": .string(folder)], in: context) }
            try await exists(folder + "/started")
            group.cancelAll()
            let ended = try await group.next()
            #expect(ended?.status == .interrupted)
        }
        try await exists(folder + "/cancelled")
        let sum = try await pool.run("py___add", ["a": 1, "b": 2])
        #expect(sum == ToolResult(.succeeded, "3"))
    }

    /// Waits for what another process writes.
    private func exists(_ path: String) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while !FileManager.default.fileExists(atPath: path) {
            guard ContinuousClock.now < deadline else { throw MCPFault.timedOut(path, .seconds(120)) }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// A server that asks an authorization server of every token: signed in to, used, renewed, and refused when it was revoked.
    @Test(.enabled(if: !installed.isEmpty, hint), arguments: installed)
    func aServerThatWantsTokensOfAnotherServerIsSignedInTo(peer: Peer) async throws {
        try await AuthorizationFixture.with { issuer, http in
            try await with(peer, ["mcp_protected_server", "http://127.0.0.1:\(http.port)"]) { url, pool in
                await pool.connect([server(url)], to: session)
                let before = try #require(await pool.status(of: session).first)
                #expect(before.phase == .failed && before.needsSignIn, "\(before)")
                let outcome = try await signIn(pool, issuer)
                #expect(outcome == .succeeded)
                while await pool.status(of: session).first?.phase != .connected { await Task.yield() }
                #expect(await pool.names() == ["one___whoami"])
                let first = try await pool.run("one___whoami", [:])
                #expect(first == ToolResult(.succeeded, "registered"))

                issuer.expireAll()
                let renewed = try await pool.run("one___whoami", [:])
                #expect(renewed == ToolResult(.succeeded, "registered"))
                let forms = http.requests.filter { $0.path == "/token" }.map { OAuthForm.decode(String(decoding: $0.body, as: UTF8.self)) }
                #expect(forms.map { $0["grant_type"] } == ["authorization_code", "refresh_token"])
                #expect(forms.map { $0["resource"] } == [url, url])

                issuer.revokeAll()
                let refused = try await pool.run("one___whoami", [:])
                #expect(refused.status == .failed && refused.text.contains("wants a sign-in (HTTP 401)"), "\(refused.text)")
                #expect(await pool.status(of: session).first?.needsSignIn == true)

                // A token that is good, and for somebody else, is refused by the server itself.
                let again = try await signIn(pool, issuer)
                #expect(again == .succeeded)
                issuer.state.withLock { state in for token in state.accesses { state.audiences[token] = "https://elsewhere.test/mcp" } }
                issuer.state.withLock { $0.failsRenewals = true }
                let foreign = try await pool.run("one___whoami", [:])
                #expect(foreign.status == .failed && foreign.text.contains("wants a sign-in (HTTP 401)"), "\(foreign.text)")
            }
        }
    }

    private func signIn(_ pool: MCPPool, _ issuer: AuthorizationFixture) async throws -> MCPSignInOutcome {
        let news = pool.signInNews(of: session)
        return try await withThrowingTaskGroup(of: MCPSignInOutcome?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await pool.signIn(to: "one", in: session) }
            group.addTask {
                for await case .required(let pending) in news {
                    let given = issuer.agree(to: pending.url)
                    try await pool.answerSignIn(to: "one", state: pending.state, .code(given["code"] ?? ""), in: session)
                }
                return nil
            }
            while let next = try await group.next() { if let next { return next } }
            return .cancelled
        }
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
