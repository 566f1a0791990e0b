import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Signing in to an MCP server with the real executable; the browser is a few lines of Python.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "needs /usr/bin/python3"))
struct MCPSignInCommandTests {
    private static let peers = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Peers").path
    private static let patience = Duration.seconds(120)

    /// Runs `body` with the address of a server that wants a sign-in.
    private func with(_ stage: Stage, _ body: (String) async throws -> Void) async throws {
        let server = try ChildProcess(
            "/usr/bin/python3", [Self.peers + "/mcp_oauth_fixture.py"], environment: ["PATH": "/usr/bin:/bin"], directory: stage.home.work,
            scratch: stage.home.scratch)
        defer { server.send(SIGKILL) }
        try await eventually("the server prints its port", within: Self.patience) { server.stdoutSoFar.contains("\n") }
        try await body("http://127.0.0.1:\(server.stdoutSoFar.prefix { $0 != "\n" })/mcp")
    }

    private func browse(_ url: String, _ stage: Stage, script: String) async throws -> Outcome {
        try await ChildProcess(
            "/usr/bin/python3", ["-c", script, url], environment: ["PATH": "/usr/bin:/bin"], directory: stage.home.work,
            scratch: stage.home.scratch
        ).finish(within: Self.patience)
    }

    @Test func aRunGoesOnWithoutTheServerAndHasItsToolsAfterTheSignIn() async throws {
        try await withStage(.anthropic, [.text("without"), .toolCall("one___whoami", [:], id: "call-1"), .text("with")]) { stage in
            try await with(stage) { url in
                _ = try await stage.apus("mcp", "add", "one", url)
                let before = try await stage.apus("exec", "say so")
                #expect(before.status == .exited(0) && before.text == "without\n", "\(before.everything)")
                #expect(
                    before.diagnostics.contains("The MCP server \"one\" wants a sign-in; its tools are missing. Run: apus mcp auth one"))
                #expect(stage.server.modelRequests.first?.tells("one___whoami") == false)

                let signingIn = try stage.start("mcp", "auth", "one", stdin: .idlePipe)
                try await eventually("the address is shown", within: Self.patience) { signingIn.stdoutSoFar.contains("\n") }
                let address = String(signingIn.stdoutSoFar.prefix { $0 != "\n" })
                let page = try await browse(
                    address, stage, script: "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())")
                #expect(page.text.contains("Apus has the answer."), "\(page.everything)")
                let signedIn = try await signingIn.finish(within: Self.patience)
                #expect(signedIn.status == .exited(0) && signedIn.text.hasSuffix("\nSigned in: one\n"), "\(signedIn.everything)")

                let file = try String(contentsOfFile: stage.home.apus + "/mcp-tokens.json", encoding: .utf8)
                let token = try #require(try JSONValue(parsing: file)["servers"]?[url]?["accessToken"]?.stringValue)
                let after = try await stage.apus("exec", "-o", "stream-json", "--auto", "low", "who am I")
                #expect(after.status == .exited(0), "\(after.everything)")
                #expect(try after.lines().ofType("tool_result").map { $0["isError"] } == [false])
                // The server said it; nobody was told.
                let told = try #require(stage.server.modelRequests.last)
                #expect(told.tells("one___whoami") && !told.bodyText.contains(token))
                #expect(!after.everything.contains(token))

                let listed = try JSONValue(parsing: try await stage.apus("mcp", "list", "--json").text)
                #expect(listed[0]?["status"] == "connected" && listed[0]?["hasAuthTokens"] == true)
                #expect(try await stage.apus("mcp", "logout", "one").text == "Signed out: one\n")
                let gone = try JSONValue(parsing: try await stage.apus("mcp", "list", "--json").text)
                #expect(gone[0]?["status"] == "failed" && gone[0]?["requiresAuth"] == true)
            }
        }
    }

    @Test func theAddressOfTheCallbackMayBePasted() async throws {
        try await withStage(.anthropic, []) { stage in
            try await with(stage) { url in
                _ = try await stage.apus("mcp", "add", "one", url)
                // The browser of another machine: it is told where to go and gets nowhere. What it shows is pasted.
                let fifo = stage.home.scratch + "/pasted"
                #expect(mkfifo(fifo, 0o600) == 0)
                let command = try ChildProcess(
                    "/bin/sh", ["-c", "exec \"$0\" mcp auth one < \(fifo)", stage.executable.path], environment: stage.home.environment,
                    directory: stage.home.work, scratch: stage.home.scratch)
                let script = """
                    import os, sys, time, urllib.error, urllib.request
                    class Stay(urllib.request.HTTPRedirectHandler):
                        def redirect_request(self, *rest): return None
                    fifo, shown = sys.argv[1].split(' ')
                    with open(fifo, 'w') as pasted:
                        while not os.path.exists(shown): time.sleep(0.05)
                        try: urllib.request.build_opener(Stay).open(open(shown).read().strip())
                        except urllib.error.HTTPError as error: pasted.write(error.headers['Location'] + '\\n')
                    """
                let shown = stage.home.scratch + "/shown"
                async let pasting = browse("\(fifo) \(shown)", stage, script: script)
                try await eventually("the address is shown", within: Self.patience) { command.stdoutSoFar.contains("\n") }
                try command.stdoutSoFar.write(toFile: shown, atomically: true, encoding: .utf8)
                let outcome = try await command.finish(within: Self.patience)
                _ = try await pasting
                #expect(outcome.status == .exited(0) && outcome.text.hasSuffix("\nSigned in: one\n"), "\(outcome.everything)")
            }
        }
    }

    @Test(arguments: [["auth", "nobody"], ["logout", "nobody"]])
    func aServerThatIsNotThereIsNamed(words: [String]) async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.executable.start(["mcp"] + words, home: stage.home).finish()
            #expect(outcome.status == .exited(1))
            #expect(outcome.diagnostics == "No MCP server named \"nobody\"\n")
        }
    }

    @Test func aFileWithServersIsForOneRun() async throws {
        try await withStage(.anthropic, [.text("done"), .text("done")]) { stage in
            let file = stage.home.scratch + "/servers.json"
            let servers: JSONValue = [
                "mcpServers": ["notes": ["command": "/usr/bin/python3", "args": [.string(Self.peers + "/mcp_stdio_fixture.py")]]]
            ]
            try servers.serialized().write(toFile: file, atomically: false, encoding: .utf8)
            _ = try await stage.apus("exec", "--mcp-config", file, "say so")
            _ = try await stage.apus("exec", "say so")
            #expect(stage.server.modelRequests.map { $0.tells("notes___echo") } == [true, false])
        }
    }

    @Test(arguments: [("none.json", "There is no file"), ("broken.json", "cannot be read"), ("empty.json", "has no object \"mcpServers\"")])
    func aFileThatCannotBeUsedEndsTheRunAtOnce(name: String, words: String) async throws {
        try await withStage(.anthropic, []) { stage in
            try "{".write(toFile: stage.home.work + "/broken.json", atomically: false, encoding: .utf8)
            try "{}".write(toFile: stage.home.work + "/empty.json", atomically: false, encoding: .utf8)
            try await stage.refuses(["--mcp-config", stage.home.work + "/" + name, "say so"], saying: words)
        }
    }
}
