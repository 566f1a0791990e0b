import ApusBase
import ApusTestServer
import Foundation
import Testing

/// A command of ordinary work, and what it must have done.
struct EverydayCommand: Sendable, CustomStringConvertible {
    var command: String
    /// Must stand in what the model reads of it.
    var expected: String
    /// A program that not every machine has; without it the command is left out.
    var program: String?

    init(_ command: String, _ expected: String = "", needs program: String? = nil) {
        self.command = command
        self.expected = expected
        self.program = program
    }

    var description: String { command }

    var isPossible: Bool {
        guard let program else { return true }
        return ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"].contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
        }
    }
}

extension Stage {
    /// Lets the model run the commands one after the other in one session, each called low risk, and expects of every one that it ended
    /// with code 0 and said what it should.
    func run(_ commands: [EverydayCommand], _ arguments: [String], environment: [String: String] = [:]) async throws {
        let outcome = try await executable.start(
            ["exec", "-o", "stream-json"]
                + arguments + ["work"],
            home: home, environment: environment, stdin: .none
        ).finish(within: .seconds(240))
        #expect(outcome.status == .exited(0), "\(outcome.everything.suffix(3_000))")
        let lines = try outcome.lines()
        let results = Dictionary(
            lines.ofType("tool_result").map { ($0["id"]?.stringValue ?? "", $0) }, uniquingKeysWith: { first, _ in first })
        for (number, command) in commands.enumerated() {
            let result = results["call-\(number)"]
            let text = result?["value"]?.stringValue ?? result?["error"]?["message"]?.stringValue ?? "never run"
            #expect(
                text.hasSuffix("[Process exited with code 0]") && (command.expected.isEmpty || text.contains(command.expected)),
                "\(command): \(text)")
        }
    }

    static func script(_ commands: [EverydayCommand]) -> Script {
        let calls = commands.enumerated().map { number, command -> Reply in
            .toolCall(
                "Execute", ["command": .string(command.command), "riskLevel": "low", "riskLevelReason": "ordinary work"],
                id: "call-\(number)")
        }
        return Script(replies: calls + [.text("done")])
    }
}

extension TemporaryHome {
    /// A small project under git, with two commits and a change that is in neither.
    func makeProject() async throws {
        try write("# Demo\n\nhello world\n", to: "README.md")
        try write("import sys\n\n\ndef main():\n    print('hello')\n\n\nmain()\n", to: "src/main.py")
        try write("def add(a, b):\n    return a + b\n", to: "src/calc.py")
        try write("pear\napple\npear\nfig\n", to: "words.txt")
        try write("a,1\nb,2\nc,4\n", to: "data.csv")
        try write((1...20).map { "line \($0)\n" }.joined(), to: "log.txt")
        try write("one\ntwo\n", to: "a.txt")
        try write("one\nthree\n", to: "b.txt")
        try write("int main(void) { return 0; }\n", to: "main.c")
        try write(
            "all: out.txt\nout.txt: words.txt\n\tsort words.txt > out.txt\ntest: all\n\t@grep -q apple out.txt && echo passed\n",
            to: "Makefile")
        try write("build/\n*.tmp\n.venv/\nout.txt\n", to: ".gitignore")
        try write("[user]\n\tname = Test\n\temail = test@example.invalid\n[init]\n\tdefaultBranch = main\n", to: "../user/.gitconfig")
        try await commitEverything()
        try write("# Demo\n\nhello world\nmore\n", to: "README.md")
        _ = try await git(["commit", "-q", "-a", "-m", "second"])
        try write("changed\n", to: "b.txt")
    }
}
