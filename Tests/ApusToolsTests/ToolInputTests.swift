import ApusBase
import ApusCore
import Testing

@testable import ApusTools

@Suite struct ToolInputTests {
    let bench = Bench()

    @Test(
        arguments: [
            ("Read", ["x": 1], "Read needs \"file_path\": the file to read. It is missing."),
            ("Read", ["file_path": 7], "Read wants \"file_path\" to be a string; got 7."),
            ("Read", ["file_path": "a", "offset": -1], "Read wants \"offset\" to be a whole number from 0 to 1000000000; got -1."),
            ("Read", ["file_path": "a", "limit": "5"], "Read wants \"limit\" to be a whole number from 1 to 1000000000; got \"5\"."),
            ("Read", "{broken", "Read wants a JSON object as input; got text that is not one: \"{broken\"."),
            ("Read", ["file_path": ""], "The path \"\" cannot be used: it is empty."),
            ("LS", ["ignorePatterns": [1]], "LS wants \"ignorePatterns\" to be only strings in the list; got 1."),
            ("Grep", ["pattern": "("], "Invalid regular expression: missing \")\" at character 2."),
            ("Grep", ["pattern": ""], "Grep needs a \"pattern\" that is not empty. Use Glob to list files."),
            (
                "Grep", ["pattern": "a", "output_mode": "count"],
                "Grep wants \"output_mode\" to be one of \"file_paths\", \"content\"; got \"count\"."
            ),
            ("Grep", ["pattern": "a", "multiline": 1], "Grep wants \"multiline\" to be true or false; got 1."),
            (
                "Glob", ["patterns": []],
                "Glob needs \"patterns\": a list of file patterns such as [\"**/*.swift\"]. It is missing or empty."
            ),
            ("Create", ["file_path": "a"], "Create needs \"content\": the whole content of the file, which may be empty. It is missing."),
            (
                "Edit", ["file_path": "a", "old_str": "x", "new_str": "x"],
                "\"old_str\" and \"new_str\" of Edit are the same; there is nothing to change."
            ),
            (
                "Edit", ["file_path": "a", "old_str": "", "new_str": "x"],
                "Edit needs an \"old_str\" that is not empty. To write a whole file use Create."
            ),
            (
                "TodoWrite", ["todos": "nonsense"],
                "Line 1 of \"todos\" is \"nonsense\"; it has to look like \"1. [pending] text\" with pending, in_progress or completed."
            ),
        ] as [(String, JSONValue, String)])
    func aWrongInputGetsASentence(tool: String, input: JSONValue, sentence: String) async {
        #expect(throws: ToolInputError(sentence)) { try bench.tool(tool).access(for: input, in: bench.context()) }
        #expect(await bench.tool(tool).run(input, in: bench.context()).status == .failed)
    }

    @Test func theToolsAreInTheOrderOfTheProtocolWithTheirIds() async {
        let definitions = await BuiltinTools(processes: nil, environment: [:], temporaryDirectory: "/tmp").tools(
            for: ToolScope(session: "s")
        ).map(\.definition)
        #expect(definitions.map(\.id) == ["read-cli", "ls-cli", "grep-cli", "glob-cli", "create-cli", "edit-cli", "todo-write-cli"])
        #expect(definitions.map(\.name) == ["Read", "LS", "Grep", "Glob", "Create", "Edit", "TodoWrite"])
        #expect(definitions.map(\.category) == [.readOnly, .readOnly, .readOnly, .readOnly, .edit, .edit, .other])
    }

    @Test func accessNamesTheRealPath() throws {
        bench.write("a/file", "x")
        bench.write("b/.keep", "")
        _ = bench.link("b/door", to: "../a")
        let request = try bench.tool("Edit").access(
            for: ["path": "b/door/file", "old_string": "x", "new_string": "y", "extra": true], in: bench.context())
        #expect(request == AccessRequest(action: .write([bench("a/file")]), summary: "Edit \(bench("a/file"))"))
        #expect(try bench.tool("LS").access(for: [:], in: bench.context()).action == .read([bench.path + "/ws"]))
        #expect(try bench.tool("TodoWrite").access(for: ["todos": "1. [pending] x"], in: bench.context()).action == .session)
    }

    @Test func aPathThatMeansSomethingElseAfterTheCheckIsRefused() async throws {
        bench.write("a/file", "inside")
        bench.write("b/file", "outside")
        _ = bench.link("door", to: "a")
        let input: JSONValue = ["file_path": "door/new", "content": "x"]
        let context = bench.context()
        _ = try bench.tool("Create").access(for: input, in: context)
        _ = bench.link("door", to: "b")
        let result = await bench.tool("Create").run(input, in: context)
        #expect(result.status == .failed)
        #expect(result.text.contains("it led to \(bench("a/new")) and now leads to \(bench("b/new"))"))
        #expect(bench.bytes("b/new") == nil && bench.bytes("a/new") == nil)
    }

    @Test func aCallThatWasNeverCheckedTouchesNothing() async {
        let result = await bench.tool("Create").run(["file_path": "x", "content": "x"], in: bench.context())
        #expect(result.status == .failed)
        #expect(bench.bytes("x") == nil)
    }
}
