import ApusPolicy
import Testing

@Suite struct ShellLimitTests {
    private func outcome(_ text: String) -> (error: ShellSyntaxError?, steps: Int) {
        var steps = 0
        do throws(ShellSyntaxError) {
            _ = try ShellParser.parse(text, steps: &steps)
            return (nil, steps)
        } catch { return (error, steps) }
    }

    private static let units = [
        "(", ")", "{", "}", "[", "]", "$", "$(", "${", "$((", "`", "\\", "\\`", "\"", "'", "\"$(", "<(", ">(", "<", ">", "<<E\n", "<<-E ",
        "cat <<E\n$(",
        "a=(", "a[", "[[ ", "((", "!", "! ", "~", "*", "?", "@(", "*(", "#", "$#", "${#", "${x:-", "\"${x:-", "{a,", "{1..2}", ",",
        "{a..b}", "\n", "\\\n",
        "\t", " ", ";", "&", "|", "a|", "a;", "a&&", "if a; then ", "case x in a) ", "while a; do ", "f() { ", "{ ", "x=", "x=1 ", "=", ":",
        "é", "\u{1F600}",
        "$'", "$'\\", "$'\\x4", "1>", "{a}>", "time ", "coproc ", "function f ", "else ", "a\\\nb", "$\\\n(", "echo `", "\\\\", "[[ ( ",
        "[[ ! ", "a[b[",
    ]

    /// In a quarter of the longest text, for the sake of debug builds; nothing is decided by its length before that.
    @Test(arguments: units)
    func workGrowsAsTheTextDoes(unit: String) {
        func steps(_ bytes: Int) -> Int {
            let text = String(repeating: unit, count: bytes / unit.utf8.count)
            #expect(text.utf8.count <= ShellParser.maximumBytes)
            return outcome(text).steps
        }
        let few = steps(ShellParser.maximumBytes / 32)
        let many = steps(ShellParser.maximumBytes / 4)
        #expect(many <= few * 8 + 1_000)
        #expect(many <= ShellParser.maximumBytes)
    }

    /// Backticks within backticks take twice the backslashes each time.
    @Test func nestedBackticksAreReadAsOftenAsTheyAreDeep() throws {
        var text = "ls"
        for _ in 0..<10 {
            text = "echo `" + text.map { "`\\".contains($0) ? "\\" + String($0) : String($0) }.joined() + "`"
        }
        var steps = 0
        _ = try ShellParser.parse(text, steps: &steps)
        #expect(steps < text.utf8.count * 4)
    }

    /// Each within the text of the one around it.
    @Test func nestedHereDocumentsAreReadAsOftenAsTheyAreDeep() throws {
        var text = "ls"
        for level in 0..<12 { text = "cat <<E\(level)\n$(\n" + text + "\n)\nE\(level)\n" }
        var steps = 0
        _ = try ShellParser.parse(text + String(repeating: "# padding\n", count: 1_000), steps: &steps)
        #expect(steps < 12_000 * 12)
    }

    @Test(arguments: ["$(", "(", "{ ", "`\\`", "\"$(", "<(", "${x:-", "{a,", "a=(", "if ", "[[ ( ", "$((", "@("])
    func whatIsNestedTenThousandTimesIsRefusedAndNotFollowed(unit: String) throws {
        let prefix = unit == "@(" ? "ls " : ""
        let error = try #require(outcome(prefix + String(repeating: unit, count: 10_000)).error)
        #expect(error.offset < ShellParser.maximumBytes)
    }

    @Test func nestingIsReadUpToItsLimit() throws {
        func nested(_ levels: Int) -> String { String(repeating: "$(", count: levels) + "a" + String(repeating: ")", count: levels) }
        _ = try ShellParser.parse(nested(ShellParser.maximumDepth))
        #expect(outcome(nested(ShellParser.maximumDepth + 1)).error?.reason == "nested more than 48 levels deep")
    }

    @Test func aTextBeyondTheLimitIsRefusedUnread() {
        #expect(outcome(String(repeating: "a", count: ShellParser.maximumBytes)).error == nil)
        let (error, steps) = outcome(String(repeating: "a", count: ShellParser.maximumBytes + 1))
        #expect(error == ShellSyntaxError(offset: 65_536, reason: "65537 bytes are more than the 65536 that are read"))
        #expect(steps == 0)
    }

    @Test func bracesStandForABoundedNumberOfWords() throws {
        #expect(outcome("ls {1..2048}").error == nil)
        #expect(outcome("ls {1..1024} {1..1024}").error == nil)
        #expect(outcome("ls {1..1024} {1..1025}").error?.reason == "braces that stand for more than 2048 words")
        #expect(outcome("ls {1..9223372036854775807}").error != nil)
        #expect(outcome("ls {-9223372036854775808..1..9223372036854775807}").error != nil)
    }

    @Test func theOutlineIsBounded() throws {
        let script = try ShellParser.parse(String(repeating: "a;", count: 3_000))
        let lines = ShellOutline.lines(of: script)
        #expect(lines.count == ShellOutline.maximumLines + 1)
        #expect(lines.last == "…")
        let long = ShellOutline.lines(of: try ShellParser.parse("ls " + String(repeating: "$x", count: 3_000)))
        #expect(long.map(\.count) == [ShellOutline.maximumWidth])
    }
}
