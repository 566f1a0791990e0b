import ApusBase
import ApusCore
import Synchronization
import Testing

@testable import ApusExtensions

/// Custom droids from files (`droid-exec.md` §5.9).
@Suite struct CustomDroidTests {
    let folder = ScratchFolder()

    private static let definitions = [
        ToolDefinition(id: "read-cli", name: "Read", summary: "", category: .readOnly, inputSchema: [:]),
        ToolDefinition(id: "grep-cli", name: "Grep", summary: "", category: .readOnly, inputSchema: [:]),
        ToolDefinition(id: "edit-cli", name: "Edit", summary: "", category: .edit, inputSchema: [:]),
        ToolDefinition(id: "apply-patch-cli", name: "ApplyPatch", summary: "", category: .edit, inputSchema: [:]),
        ToolDefinition(id: "execute-cli", name: "Execute", summary: "", category: .execute, inputSchema: [:]),
        ToolDefinition(id: "fetch-url-cli", name: "FetchUrl", summary: "", category: .web, inputSchema: [:]),
    ]

    private func droids(_ announce: @escaping @Sendable (String) -> Void = { _ in }) -> CustomDroids {
        CustomDroids(
            apusHome: folder("apus"), factoryHome: folder("home/.factory"), definitions: Self.definitions, announce: announce)
    }

    private func load(_ text: String, as file: String = "d.md") async -> SubagentList {
        folder.write("ws/.git/HEAD", "ref: refs/heads/main\n")
        folder.write("ws/.factory/droids/" + file, text)
        return await droids().subagents(for: folder("ws"))
    }

    @Test func everyFieldIsRead() async throws {
        let list = await load(
            """
            ---
            # a comment
            name: code-review
            description: "Looks: for mistakes" # and this
            model: custom:Fast
            reasoningEffort: high
            tools: [Read, 'Edit', notes___echo]
            mcpServers:
              - notes
              - "github"
            color: blue
            ---
            You review code.

            - name: not a head any more
            """)
        #expect(list.problems == [])
        #expect(
            try #require(list["code-review"])
                == SubagentProfile(
                    name: "code-review", summary: "Looks: for mistakes", prompt: "You review code.\n\n- name: not a head any more",
                    model: "custom:Fast", effort: .high,
                    tools: ToolSelection(
                        only: ["Read", "Edit", "notes___echo", "ApplyPatch", "MCP:github", "TodoWrite", "Skill"],
                        servers: ["notes", "github"]),
                    location: .project, path: folder("ws/.factory/droids/d.md")))
    }

    @Test(arguments: [
        ("", ToolSelection.usual), ("model: inherit\n", .usual), ("tools:\n", .usual), ("mcpServers: []\n", ToolSelection(servers: [])),
        ("mcpServers: [a, b]\n", ToolSelection(servers: ["a", "b"])), ("tools: []\n", ToolSelection(only: ["TodoWrite", "Skill"])),
        ("tools: read-only\n", ToolSelection(only: ["Read", "Grep", "TodoWrite", "Skill"])),
        ("tools: edit\n", ToolSelection(only: ["Edit", "ApplyPatch", "TodoWrite", "Skill"])),
        ("tools: execute, web\n", ToolSelection(only: ["Execute", "FetchUrl", "WebSearch", "TodoWrite", "Skill"])),
        ("tools: [mcp]\n", ToolSelection(only: ["MCP:*", "TodoWrite", "Skill"])),
        ("tools: [read-cli, Read]\nmcpServers: [n]\n", ToolSelection(only: ["Read", "MCP:n", "TodoWrite", "Skill"], servers: ["n"])),
        (
            "tools: [ReadMcpResource]\nmcpServers: [n]\n", ToolSelection(only: ["ReadMcpResource", "TodoWrite", "Skill"], servers: ["n"])
        ),
        ("tools:\n- Read\n- Skill\n", ToolSelection(only: ["Read", "Skill", "TodoWrite"])),
        ("tools: [ApplyPatch]\n", ToolSelection(only: ["ApplyPatch", "TodoWrite", "Skill"], additional: ["ApplyPatch"])),
    ])
    func toolsAreCategoriesOrIds(members: String, selection: ToolSelection) async throws {
        let list = await load("---\nname: d\n\(members)---\nPrompt\n")
        let droid = try #require(list["d"], "\(list.problems)")
        #expect(droid.tools == selection && droid.model == nil)
    }

    @Test(arguments: [
        ("Just text", "it does not begin with a head"), ("---\nname: d\nPrompt", "its head has no end"),
        ("---\ndescription: x\n---\nPrompt", "its head has no \"name\""), ("---\nname: No Good\n---\nPrompt", "\"No Good\" is no name"),
        ("---\nname: ../d\n---\nPrompt", "\"../d\" is no name"), ("---\nname: d\n---\n \n", "it has no text behind its head"),
        ("---\nname: d\ntools: [Read, Bash]\n---\nP", "\"tools\" has names that are no tools: \"Bash\""),
        ("---\nname: d\ntools: [a, b\n---\nP", "the list \"tools\" of its head is not closed"),
        ("---\nname: d\nname: e\n---\nP", "its head has \"name\" twice"), ("---\nname: d\nnonsense\n---\nP", "is no \"name: value\""),
        ("---\nname: d\nreasoningEffort: huge\n---\nP", "\"huge\" is no \"reasoningEffort\""),
        ("---\nname: d\ndescription: \(String(repeating: "x", count: 501))\n---\nP", "more than 500 characters"),
        ("---\nname: [d]\n---\nP", "\"name\" has to be a text"), ("---\n  name: d\n---\nP", "belongs to nothing"),
        ("---\nname: d\nmcpServers: [\(String(repeating: "x", count: 200))]\n---\nP", "is no name of an MCP server"),
    ])
    func whatCannotBeUsedIsNotThereAndToldWhy(text: String, sentence: String) async throws {
        let list = await load(text)
        #expect(list.profiles.map(\.name) == ["explorer", "worker"])
        let problem = try #require(list.problems.first)
        #expect(list.problems.count == 1 && problem.hasPrefix("The droid \(folder("ws/.factory/droids/d.md")) is not loaded: "))
        #expect(problem.contains(sentence), "\(problem)")
    }

    /// Aliases are text like any other: nothing multiplies.
    @Test func aBombOfAliasesIsAFileThatIsNotLoaded() async {
        var lines = ["---", "name: d", "a: &a [x,x,x,x,x,x,x,x,x]"]
        for step in 1...40 { lines.append("a\(step): &a\(step) [*a,*a,*a,*a,*a,*a,*a,*a,*a]") }
        lines += ["tools: *a40", "---", "P"]
        let list = await load(lines.joined(separator: "\n"))
        #expect(list["d"] == nil)
        #expect(list.problems.first?.contains("\"*a40\"") == true, "\(list.problems)")
    }

    @Test func hostileFilesAreNotReadAndTheOthersAre() async {
        folder.write("ws/.git/HEAD", "ref: refs/heads/main\n")
        folder.write("ws/.apus/droids/good.md", "---\nname: good\n---\nP")
        folder.write("secret.md", "---\nname: secret\n---\nP")
        folder.run("cd ws/.apus/droids && ln -s ../../../secret.md link.md && mkfifo pipe.md && mkdir folder.md && ln -s /dev/zero zero.md")
        folder.run("cd ws/.apus/droids && (printf -- '---\\nname: big\\n---\\n'; head -c 10485760 /dev/zero | tr '\\0' x) > big.md")
        folder.write("ws/.apus/droids/deep/inner.md", "---\nname: inner\n---\nP")
        folder.write("ws/.apus/droids/notes.txt", "x")
        let list = await droids().subagents(for: folder("ws"))
        #expect(list.profiles.map(\.name) == ["explorer", "good", "worker"])
        #expect(
            list.problems.count == 5 && list.problems.allSatisfy { $0.hasPrefix("The droid ") && $0.contains(" is not used") },
            "\(list.problems)")
    }

    @Test func theProjectComesBeforeTheUserAndBothBeforeTheBuiltIn() async throws {
        func droid(_ name: String, _ prompt: String) -> String { "---\nname: \(name)\n---\n\(prompt)" }
        folder.write("ws/.git/HEAD", "ref: refs/heads/main\n")
        folder.write("ws/a/.factory/droids/x.md", droid("near", "deep"))
        folder.write("ws/.factory/droids/x.md", droid("near", "root"))
        folder.write("ws/.apus/droids/y.md", droid("ours", "apus"))
        folder.write("ws/.factory/droids/y.md", droid("ours", "factory"))
        folder.write("apus/droids/a.md", droid("ours", "user"))
        folder.write("apus/droids/worker.md", droid("worker", "mine"))
        folder.write("home/.factory/droids/b.md", droid("only-there", "user"))
        let list = await droids().subagents(for: folder("ws/a"))
        #expect(list.problems == [])
        #expect(
            list.profiles.map { "\($0.name) \($0.location.rawValue) \($0.location == .builtin ? "" : $0.prompt)" } == [
                "explorer builtin ", "near project deep", "only-there personal user", "ours project apus", "worker personal mine",
            ])
    }

    @Test func aProjectsFileThatNobodyTrustsTakesNoNameOfAnother() async {
        folder.write("ws/.git/HEAD", "ref: refs/heads/main\n")
        for name in ["reviewer", "explorer", "fresh"] {
            folder.write("ws/.apus/droids/\(name).md", "---\nname: \(name)\n---\nObey the repository.")
        }
        folder.write("apus/droids/reviewer.md", "---\nname: reviewer\ntools: [read-only]\n---\nReview.")
        let droids = CustomDroids(
            apusHome: folder("apus"), factoryHome: folder("home/.factory"), definitions: Self.definitions,
            trust: { ExtensionTrust { _, _ in false } })
        let list = await droids.subagents(for: folder("ws"))
        #expect(list["reviewer"]?.prompt == "Review." && list["explorer"]?.location == .builtin)
        #expect(list["fresh"]?.location == .project)
        #expect(list.problems.count == 2 && list.problems.allSatisfy { $0.contains("it is not trusted") }, "\(list.problems)")
    }

    @Test func twoOfOneNameInOneFolderAreAProblem() async {
        folder.write("apus/droids/a.md", "---\nname: d\n---\nfirst")
        folder.write("apus/droids/b.md", "---\nname: d\n---\nsecond")
        let list = await droids().subagents(for: folder.path)
        #expect(list["d"]?.prompt == "first")
        #expect(list.problems.count == 1 && list.problems[0].contains("the name \"d\" is taken"))
    }

    @Test func theBuiltInOnesAreAWorkerAndAnExplorerThatOnlyReads() async throws {
        let list = await droids().subagents(for: folder.path)
        #expect(list.profiles.map(\.name) == ["explorer", "worker"])
        let explorer = try #require(list["explorer"])
        #expect(
            explorer.complexity == .light && explorer.tools == ToolSelection(only: ["Read", "Grep", "TodoWrite", "Skill"], servers: []))
        #expect(list["worker"]?.complexity == .medium && list["worker"]?.tools == .usual)
    }

    @Test func aBrokenFileIsAnnouncedOnceAndReadAnewWithEachList() async {
        final class Heard: Sendable {
            let sentences = Mutex<[String]>([])
        }
        let heard = Heard()
        folder.write("apus/droids/d.md", "broken")
        let droids = droids { sentence in heard.sentences.withLock { $0.append(sentence) } }
        _ = await droids.subagents(for: folder.path)
        _ = await droids.subagents(for: folder.path)
        #expect(heard.sentences.withLock { $0 }.count == 1)
        folder.write("apus/droids/d.md", "---\nname: d\n---\nmended")
        #expect(await droids.subagents(for: folder.path)["d"]?.prompt == "mended")
    }
}
