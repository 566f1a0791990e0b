import Testing

@testable import ApusModels

@Suite struct FileSummaryTests {
    @Test func listsDeclarationsOfCode() {
        let text = """
            // swift-tools-version: 6.2
            import Testing

            /// Greets people.
            /// Politely.
            package struct Greeter {
                @MainActor private static func greet(_ name: String) -> String { name }
                class func make() {}
                var count = 0
                init() {}
            }
            let x = "func no"
            """
        #expect(
            FileSummary(path: "a.swift", content: ReadText(text)).text == """
                a.swift: 12 lines, 42 words.

                Its first comment: Greets people. Politely.

                Declarations:
                  struct Greeter
                    func greet(_ name: String) -> String
                    func make()
                    init()

                This summary was made mechanically from the text; I do not understand it.
                """)
    }

    @Test(
        arguments: [
            ("a.py", "import x\nclass A:\n    def b(self):\n        pass\n", "  class A\n    def b(self)"),
            ("a.go", "package p\nfunc Main() {\n}\ntype T struct {\n", "  func Main()\n  type T struct"),
            ("a.rs", "pub fn a() {\nimpl B {\nuse x;\n", "  fn a()\n  impl B"),
            ("a.ts", "export default class A {\nconst x = 1\nexport function f() {\n", "  class A\n  function f()"),
            ("a.c", "#include <x.h>\n#define N 1\nstruct s {\n", "  #define N 1\n  struct s"),
        ])
    func knowsSeveralLanguages(_ path: String, _ text: String, _ rows: String) {
        #expect(FileSummary(path: path, content: ReadText(text)).text.contains("Declarations:\n\(rows)\n"))
    }

    @Test func showsTheBeginningOfOtherTexts() {
        let text = FileSummary(path: "notes.txt", content: ReadText("\nMilk\nand eggs\n\nBread\n")).text
        #expect(text.contains("It begins: Milk and eggs\n"))
    }

    @Test func namesTheMembersOfJSON() {
        #expect(
            FileSummary(path: "a.json", content: ReadText("{\"b\": 1, \"a\": [2]}")).text.contains(
                "A JSON object with 2 members:\n  b\n  a\n"))
        #expect(FileSummary(path: "a.json", content: ReadText("{broken")).text.contains("It begins: {broken"))
    }

    @Test func headingsInCodeBlocksAreNone() {
        let text = FileSummary(path: "a.md", content: ReadText("# One\n```\n# two\n```\n## Three\n#four\n")).text
        #expect(text.contains("Headings:\n  One\n    Three\n\n"))
    }
}
