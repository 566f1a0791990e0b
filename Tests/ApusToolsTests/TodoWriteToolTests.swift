import ApusBase
import ApusCore
import ApusTools
import Testing

@Suite struct TodoWriteToolTests {
    let bench = Bench()

    @Test(
        arguments: [
            "1. [completed] first\n2. [in_progress] second one\n\n3. [pending] third",
            "- [x] first\n* [~] second one\n[ ] third  ",
            [
                ["content": "first", "status": "completed"], ["id": "7", "content": "second one", "status": "in_progress"],
                ["content": "third", "status": "pending"],
            ],
        ] as [JSONValue])
    func everyFormGivesTheSameList(todos: JSONValue) async {
        let result = await bench.run("TodoWrite", ["todos": todos])
        let list = [
            Todo(text: "first", status: .completed), Todo(text: "second one", status: .inProgress), Todo(text: "third", status: .pending),
        ]
        #expect(
            result
                == ToolResult(
                    .succeeded, "TODO List Updated\n\n1. [completed] first\n2. [in_progress] second one\n3. [pending] third", todos: list))
    }

    @Test func priorityIsKept() async {
        let result = await bench.run("TodoWrite", ["todos": [["content": "a", "status": "pending", "priority": "high"]]])
        #expect(result.todos == [Todo(text: "a", status: .pending, priority: "high")])
    }

    @Test(
        arguments: [
            ([["content": "a"]], "TodoWrite wants \"todos[0].status\" to be \"pending\", \"in_progress\" or \"completed\"; got null."),
            (
                [["status": "pending"]],
                "TodoWrite wants \"todos[0]\" to be an object with \"content\" as text that is not empty; got {\"status\":\"pending\"}."
            ),
            (
                .string((0..<51).map { "\($0). [pending] x" }.joined(separator: "\n")),
                "TodoWrite takes at most 50 items; got 51. Join some or leave finished ones out."
            ),
            (
                .string("[pending] " + String(repeating: "x", count: 501)),
                "Item 1 of TodoWrite has more than 500 characters. Say it shorter."
            ),
            (7, "TodoWrite wants \"todos\" to be text with one item a line, or an array; got 7."),
        ] as [(JSONValue, String)])
    func whatDoesNotFitIsTold(todos: JSONValue, sentence: String) async {
        #expect(await bench.run("TodoWrite", ["todos": todos]) == ToolResult(.failed, sentence))
    }
}
