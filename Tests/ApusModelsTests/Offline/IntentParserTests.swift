import Testing

@testable import ApusModels

@Suite struct IntentParserTests {
    @Test(arguments: listing + finding + counting + ranking)
    func understandsQuestionsAboutSetsOfFiles(_ row: Row) { #expect(intents(row.prompt) == row.intents) }

    @Test(arguments: reading + searching + repository)
    func understandsQuestionsAboutContents(_ row: Row) { #expect(intents(row.prompt) == row.intents) }

    @Test(arguments: running + creating + replacing)
    func understandsChanges(_ row: Row) { #expect(intents(row.prompt) == row.intents) }

    @Test(arguments: chains)
    func cutsPromptsIntoSteps(_ row: Row) { #expect(intents(row.prompt) == row.intents) }

    @Test(arguments: others)
    func doesNotPretendToUnderstand(_ prompt: String) {
        let found = intents(prompt)
        #expect(found.contains { !$0.isUnderstood }, "\(found)")
    }

    @Test(arguments: doubtful)
    func saysWhatIsMissing(_ prompt: String) {
        let found = intents(prompt)
        let hasDoubt = found.contains { intent in
            if case .unclear = intent { true } else { false }
        }
        #expect(hasDoubt, "\(found)")
    }

    @Test(arguments: ["help", "What can you do?", "hello", "Hi!", "who are you?", "Which model is this?"])
    func saysWhatItIs(_ prompt: String) { #expect(intents(prompt) == [.help]) }

    @Test func cutsLongPromptsAndRemembersIt() {
        let prompt = "list the files" + String(repeating: " ", count: IntentParser.maximumBytes) + "é then run \"rm x\""
        let parsed = IntentParser.parse(prompt)
        #expect(parsed.wasCut)
        #expect(parsed.steps.map(\.intent) == [.list(folder: nil)])
    }

    @Test func tooManyStepsAreRefused() {
        let prompt = Array(repeating: "git status", count: IntentParser.maximumSteps + 1).joined(separator: "; ")
        #expect(intents(prompt) == [.unclear("These are more than 20 steps; ask for fewer at a time.")])
    }

    /// Each takes less than a second; a grammar that backtracks would not end. The limit only keeps that from hanging the run.
    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            "'a ", "\"", "` ", "```", "and read ", "then ", "please ", "the ", "in ", "1 ", "find ", "x. ", "; ", "\\\"", "“", "c and ",
            "in the all ",
            "search for ", "case ",
        ])
    func repetitionDoesNotSlowItDown(_ unit: String) {
        let prompt = String(repeating: unit, count: IntentParser.maximumBytes / unit.utf8.count)
        #expect(IntentParser.parse(prompt).steps.count <= IntentParser.maximumSteps)
    }
}

struct Row: Sendable, CustomTestStringConvertible {
    var prompt: String
    var intents: [Intent]

    init(_ prompt: String, _ intents: Intent...) {
        self.prompt = prompt
        self.intents = intents
    }

    var testDescription: String { prompt }
}

private func intents(_ prompt: String) -> [Intent] { IntentParser.parse(prompt).steps.map(\.intent) }

private func kind(_ name: String, _ extensions: String..., folder: String? = nil) -> FileQuery {
    FileQuery(patterns: extensions.map { "**/*.\($0)" }, folder: folder, kind: name)
}

private let swift = kind("Swift", "swift")

// MARK: Sets of files

private let listing: [Row] = [
    Row("list files", .list(folder: nil)),
    Row("List the files.", .list(folder: nil)),
    Row("ls", .list(folder: nil)),
    Row("ls -la", .list(folder: nil)),
    Row("Please list all files in this directory", .list(folder: nil)),
    Row("could you show me the files in the Sources folder?", .list(folder: "Sources")),
    Row("What files are here?", .list(folder: nil)),
    Row("which files are in Sources/ApusCore", .list(folder: "Sources/ApusCore")),
    Row("list `Sources/My Folder/`", .list(folder: "Sources/My Folder/")),
    Row("list the contents of the docs directory", .list(folder: "docs")),
    Row("what's in Tests?", .list(folder: "Tests")),
    Row("ls src", .list(folder: "src")),
    Row("list the directory Sources", .list(folder: "Sources")),
    Row("show the files and folders in ..", .list(folder: "..")),
    Row("Hey, can you list files for me, please?", .list(folder: nil)),
    Row("what is in this project?", .list(folder: nil)),
]

private let finding: [Row] = [
    Row("find Package.swift", .find(FileQuery(patterns: ["**/Package.swift"]))),
    Row("where is the file Package.swift?", .find(FileQuery(patterns: ["**/Package.swift"]))),
    Row("where is Package.swift", .find(FileQuery(patterns: ["**/Package.swift"]))),
    Row("find files named Plan in Sources", .find(FileQuery(patterns: ["**/Plan", "**/Plan.*"], folder: "Sources"))),
    Row("find all *.md files", .find(kind(".md", "md"))),
    Row("find all .yaml files in config/", .find(kind(".yaml", "yaml", folder: "config/"))),
    Row("list all Swift files", .find(swift)),
    Row("show me the Swift files in Sources", .find(kind("Swift", "swift", folder: "Sources"))),
    Row("Which Python files are there?", .find(kind("Python", "py"))),
    Row("find files matching \"*Test*.swift\"", .find(FileQuery(patterns: ["**/*Test*.swift"]))),
    Row("find files ending in Tests.swift", .find(FileQuery(patterns: ["**/*Tests.swift"]))),
    Row("find files with planner in the name", .find(FileQuery(patterns: ["**/*planner*"]))),
    Row("find files with the extension toml", .find(kind(".toml", "toml"))),
    Row("list files recursively", .find(FileQuery())),
    Row("find all files in docs", .find(FileQuery(folder: "docs"))),
    Row("are there any markdown files?", .find(kind("Markdown", "md", "markdown"))),
    Row(
        "list the C and C++ files",
        .find(FileQuery(patterns: ["**/*.c", "**/*.h", "**/*.cpp", "**/*.cc", "**/*.cxx", "**/*.hpp", "**/*.hh"], kind: "C and C++"))),
]

private let counting: [Row] = [
    Row("how many files are there?", .countFiles(FileQuery())),
    Row("How many Swift files are in Sources?", .countFiles(kind("Swift", "swift", folder: "Sources"))),
    Row("count the files by kind", .countFiles(FileQuery())),
    Row("count files in the Tests folder", .countFiles(FileQuery(folder: "Tests"))),
    Row("what is the number of JSON files in this repo?", .countFiles(kind("JSON", "json"))),
    Row("count the lines in README.md", .countLines(.file(.named("README.md")))),
    Row("how many lines does 'my notes.txt' have?", .countLines(.file(.named("my notes.txt")))),
    Row("how long is Package.swift?", .countLines(.file(.named("Package.swift")))),
    Row("wc -l Package.swift", .countLines(.file(.named("Package.swift")))),
    Row("How many lines of Swift code are there in Sources?", .countLines(.files(kind("Swift", "swift", folder: "Sources")))),
    Row("count lines in all Swift files", .countLines(.files(swift))),
    Row("how many lines of code are in this project", .countLines(.files(FileQuery()))),
    Row("line count of the readme", .countLines(.file(.named("README.md")))),
]

private let ranking: [Row] = [
    Row("which Swift files here are the longest?", .rank(Ranking(files: swift, measure: .lines))),
    Row("Which Swift files here are the longest", .rank(Ranking(files: swift, measure: .lines))),
    Row("what are the 5 largest files in docs?", .rank(Ranking(files: FileQuery(folder: "docs"), measure: .bytes, limit: 5))),
    Row("show the top three longest Python files", .rank(Ranking(files: kind("Python", "py"), measure: .lines, limit: 3))),
    Row("what is the longest file in Sources?", .rank(Ranking(files: FileQuery(folder: "Sources"), measure: .lines, limit: 1))),
    Row("list the biggest files by lines", .rank(Ranking(measure: .lines))),
    Row("which file has the most lines?", .rank(Ranking(measure: .lines, limit: 1))),
    Row("find the 20 largest JSON files", .rank(Ranking(files: kind("JSON", "json"), measure: .bytes, limit: 20))),
    Row("the longest swift files please", .rank(Ranking(files: swift, measure: .lines))),
    Row("top 5 files by size", .rank(Ranking(measure: .bytes, limit: 5))),
    Row(
        "which are the shortest markdown files",
        .rank(Ranking(files: kind("Markdown", "md", "markdown"), measure: .lines, isAscending: true))),
]

// MARK: Contents

private let reading: [Row] = [
    Row("read README.md", .read(.named("README.md"), .all)),
    Row("Show me the file `Sources/a b.swift`", .read(.named("Sources/a b.swift"), .all)),
    Row("cat Makefile", .read(.named("Makefile"), .all)),
    Row("print the readme, please!", .read(.named("README.md"), .all)),
    Row("What is in Package.swift?", .read(.named("Package.swift"), .all)),
    Row("what does notes.txt contain?", .read(.named("notes.txt"), .all)),
    Row("show the first 20 lines of README.md", .read(.named("README.md"), .first(20))),
    Row("show the last five lines of log.txt", .read(.named("log.txt"), .last(5))),
    Row("show lines 10 to 20 of a.swift", .read(.named("a.swift"), .range(10, 20))),
    Row("read a.swift lines 3-4", .read(.named("a.swift"), .range(3, 4))),
    Row("display the contents of .gitignore", .read(.named(".gitignore"), .all)),
    Row("open /etc/hostname.conf", .read(.named("/etc/hostname.conf"), .all)),
    Row("summarise README.md", .summarise(.named("README.md"))),
    Row("Summarize the file \"docs/design notes.md\".", .summarise(.named("docs/design notes.md"))),
    Row("give me a summary of Sources/Plan.swift", .summarise(.named("Sources/Plan.swift"))),
    Row("tell me about Package.swift", .summarise(.named("Package.swift"))),
    Row("Summarize src/main.ts in one sentence.", .summarise(.named("src/main.ts"))),
    Row("summarise README.md briefly", .summarise(.named("README.md"))),
    Row("could you outline the readme for me?", .summarise(.named("README.md"))),
]

private let searching: [Row] = [
    Row("search for 'TODO' in src", .search(TextSearch(text: "TODO", place: "src"))),
    Row("search for hello world", .search(TextSearch(text: "hello world"))),
    Row("grep ModelProvider Sources", .search(TextSearch(text: "ModelProvider", place: "Sources"))),
    Row("grep -rn \"let x = 1\"", .search(TextSearch(text: "let x = 1"))),
    Row("where is parseConfig used?", .search(TextSearch(text: "parseConfig"))),
    Row("Where is \"ModelEvent\" defined in Sources?", .search(TextSearch(text: "ModelEvent", place: "Sources", want: .declarations))),
    Row("where do we use ByteLimit in Swift files", .search(TextSearch(text: "ByteLimit", fileGlob: "*.swift"))),
    Row("find all uses of Plan in Sources/ApusModels", .search(TextSearch(text: "Plan", place: "Sources/ApusModels"))),
    Row("which files contain \"fatalError\"?", .search(TextSearch(text: "fatalError", want: .files))),
    Row("which Swift files import Foundation?", .search(TextSearch(text: "Foundation", fileGlob: "*.swift", want: .files))),
    Row("find files in Sources that mention 'keeper'", .search(TextSearch(text: "keeper", place: "Sources", want: .files))),
    Row("how many times is TODO mentioned?", .search(TextSearch(text: "TODO"))),
    Row("search the docs folder for \"cursor\"", .search(TextSearch(text: "cursor", place: "docs"))),
    Row("find \"some words\"", .search(TextSearch(text: "some words"))),
    Row("find TODO in src", .search(TextSearch(text: "TODO", place: "src"))),
    Row("search for the regex \"a.+b\" ignoring case", .search(TextSearch(text: "a.+b", isPattern: true, ignoresCase: true))),
    Row("look for deprecated in README.md", .search(TextSearch(text: "deprecated", place: "README.md"))),
    Row("show me where Intent is declared", .search(TextSearch(text: "Intent", want: .declarations))),
    Row("search for \"then; and\" in a.txt", .search(TextSearch(text: "then; and", place: "a.txt"))),
]

private let repository: [Row] = [
    Row("git status", .git(.status)),
    Row("what has changed?", .git(.status)),
    Row("show git status please", .git(.status)),
    Row("Which branch am I on?", .git(.status)),
    Row("are there any uncommitted changes?", .git(.status)),
    Row("git diff", .git(.difference(isStaged: false, path: nil))),
    Row("show me the diff", .git(.difference(isStaged: false, path: nil))),
    Row("show my changes", .git(.difference(isStaged: false, path: nil))),
    Row("git diff --staged", .git(.difference(isStaged: true, path: nil))),
    Row("show the diff of README.md", .git(.difference(isStaged: false, path: "README.md"))),
    Row("git log", .git(.log(limit: 10))),
    Row("show the last 5 commits", .git(.log(limit: 5))),
    Row("what are the recent commits?", .git(.log(limit: 10))),
    Row("run git status", .git(.status)),
]

// MARK: Changes

private let running: [Row] = [
    Row("run \"swift --version\"", .run("swift --version")),
    Row("Please run `make test`.", .run("make test")),
    Row("execute the command 'echo a; echo b'", .run("echo a; echo b")),
    Row("run \"echo \\\"hi\\\"\"", .run("echo \"hi\"")),
    Row("run:\n```sh\nls -l\nwc -l x\n```", .run("ls -l\nwc -l x")),
]

private let creating: [Row] = [
    Row("create notes.txt with content \"hello\"", .create(path: "notes.txt", content: "hello")),
    Row("Create a file called notes.txt containing 'hello world'", .create(path: "notes.txt", content: "hello world")),
    Row("create a new file \"my notes.txt\" with the text \"a\"", .create(path: "my notes.txt", content: "a")),
    Row("create an empty file a/b.txt", .create(path: "a/b.txt", content: "")),
    Row("write \"x = 1\" to config/x.py", .create(path: "config/x.py", content: "x = 1")),
    Row("create hello.py with\n```python\nprint('hi')\n```", .create(path: "hello.py", content: "print('hi')\n")),
    Row("make a file named LICENSE with content \"MIT\" in the docs folder", .create(path: "docs/LICENSE", content: "MIT")),
    Row("create notes.txt with content hello, world!", .create(path: "notes.txt", content: "hello, world")),
    Row("save “grüße” as g.txt", .create(path: "g.txt", content: "grüße")),
    Row("create a.txt containing \"first then second; third\"", .create(path: "a.txt", content: "first then second; third")),
]

private let replacing: [Row] = [
    Row("replace \"a\" with \"b\" in file.txt", .replace(Replacement(old: "a", new: "b", file: .named("file.txt")))),
    Row(
        "Replace all occurrences of \"a b\" with \"\" in file.txt",
        .replace(Replacement(old: "a b", new: "", file: .named("file.txt"), isEverywhere: true))),
    Row(
        "replace foo by bar in src/x.c everywhere",
        .replace(Replacement(old: "foo", new: "bar", file: .named("src/x.c"), isEverywhere: true))),
    Row("in README.md, change 'old' to 'new'", .replace(Replacement(old: "old", new: "new", file: .named("README.md")))),
    Row("find and replace `x` with `y` in a.txt", .replace(Replacement(old: "x", new: "y", file: .named("a.txt")))),
    Row("replace \"in a\" with \"to b\" in \"my file.txt\"", .replace(Replacement(old: "in a", new: "to b", file: .named("my file.txt")))),
]

private let chains: [Row] = [
    Row("find README.md, then summarise it", .find(FileQuery(patterns: ["**/README.md"])), .summarise(.previous)),
    Row(
        "create a.txt with content \"one\" and then replace \"one\" with \"two\" in that file; read it",
        .create(path: "a.txt", content: "one"), .replace(Replacement(old: "one", new: "two", file: .previous)), .read(.previous, .all)),
    Row("git status; git diff", .git(.status), .git(.difference(isStaged: false, path: nil))),
    Row("read a.txt and summarise it", .read(.named("a.txt"), .all), .summarise(.previous)),
    Row("Read a.txt. Count its lines.", .read(.named("a.txt"), .all), .countLines(.file(.previous))),
    Row("- list files\n- git status\n", .list(folder: nil), .git(.status)),
    Row("First list the files. After that, run \"pwd\".", .list(folder: nil), .run("pwd")),
    Row(
        "which Swift file is the longest, then show the first 10 lines of it", .rank(Ranking(files: swift, measure: .lines, limit: 1)),
        .read(.previous, .first(10))),
    Row("search for \"a and read b\" and read c.txt", .search(TextSearch(text: "a and read b")), .read(.named("c.txt"), .all)),
]

private let others = [
    "", "   ", "Fix the bug in the parser", "Refactor Sources/Plan.swift to use actors", "list files that were modified yesterday",
    "which functions are the longest?", "what is the longest line in a.txt?", "explain how the engine works", "write a poem",
    "make a website",
    "create a server that lists files", "delete notes.txt", "how are you today my friend", "why is the sky blue?", "find bugs in the code",
    "list the important files", "show me the money", "what is the meaning of life",
    "create fib.py containing a fibonacci function that is fast",
    "rename a.txt to b.txt", "commit my changes", "read the room", "count to ten", "\u{0}\u{1}", "....", "then then then", "🦆",
    "list the files and make me a sandwich", "replace the engine with a better one", "run the tests", "git push",
    "translate README.md to German",
    "add a test for IntentParser", "review the diff", "list files, but only if it rains",
]

private let doubtful = [
    "run swift test", "git push --force", "run \"make\" in the src folder", "replace \"a\" with \"b\"",
    "create notes.txt containing a parser",
    "create a.txt with content hello then git status", "replace \"a\" with \"a\" in x.txt", "run \"\"", "search for \"\"",
]
