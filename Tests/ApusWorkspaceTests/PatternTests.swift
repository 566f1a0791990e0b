import ApusWorkspace
import Testing

@Suite struct TextPatternTests {
    private static let cases: [(pattern: String, yes: [String], no: [String])] = [
        ("abc", ["xabcx", "abc"], ["ab", "ABC", ""]),
        ("a|b|cd", ["xbx", "cd"], ["c", "d"]),
        ("^a.c$", ["abc", "aéc"], ["xabc", "abcx", "ac", "abbc"]),
        ("colou?r", ["color", "colour"], ["colouur"]),
        ("a+b*", ["a", "caab"], ["b", ""]),
        ("x{2,3}y", ["xxy", "xxxxy"], ["xy"]),
        ("^x{2}$", ["xx"], ["x", "xxx"]),
        ("^(ab){2,}$", ["abab", "ababab"], ["ab", "aba"]),
        ("[a-c]x", ["bx"], ["dx"]),
        ("[^a-c]x", ["dx", "éx"], ["ax", "x"]),
        ("[]a]", ["]"], ["b"]),
        ("[a-]", ["-"], ["b"]),
        (#"\bfoo\b"#, ["foo", "a foo.", "—foo—"], ["food", "_foo"]),
        (#"\<get"#, ["getX", "a getX"], ["forget"]),
        (#"\Bfoo"#, ["xfoo"], ["foo"]),
        (#"^\d+\s\w+$"#, ["12 ab_3"], ["12ab", "x 1"]),
        (#"\W"#, ["a b", "é"], ["ab"]),
        ("(?i)hello", ["HeLLo"], ["hell"]),
        ("a(?i:b)c", ["aBc"], ["aBC"]),
        ("(?i)ÄPFEL", ["äpfel"], ["apfel"]),
        ("(?:foo|bar)baz", ["barbaz"], ["foobar"]),
        ("(?<name>x)y", ["xy"], ["x"]),
        ("(?P<name>x)y", ["xy"], ["x"]),
        (#"fn\("#, ["fn(x)"], ["fn x"]),
        (#"\x41\u0042"#, ["AB"], ["ab"]),
        (#"\x{1F600}"#, ["a😀"], ["a"]),
        ("[α-ω]", ["β"], ["b"]),
        ("[[:digit:][:upper:]]", ["7", "Q"], ["q"]),
        ("interface{}", ["interface{}"], ["interface"]),
        ("foo {", ["foo { "], ["foo"]),
        (#"\Qa.b\E+"#, ["a.b", "a.bb"], ["axb"]),
        ("a*?b", ["aab"], ["a"]),
        ("(a*)*$", ["", "aa", "b"], []),
        ("()|x", ["", "y"], []),
        ("^$", [""], ["a"]),
        (".", ["日"], [""]),
        (#"\s$"#, ["a "], ["a"]),
        (#"\."#, ["a.b"], ["ab"]),
        (#"(a|ab)(c|bcd)(d*)$"#, ["abcd"], ["ab"]),
    ]

    @Test(arguments: cases.indices)
    func linesMatchAsTheSyntaxSays(index: Int) throws {
        let (pattern, yes, no) = Self.cases[index]
        let automaton = try TextPattern(pattern).automaton()
        for text in yes { #expect(automaton.matches(Array(text.utf8)), "\(pattern) should match \(text)") }
        for text in no { #expect(!automaton.matches(Array(text.utf8)), "\(pattern) should not match \(text)") }
    }

    @Test(arguments: [
        "(", ")", "a)", "[a", "*a", "a{3,2}", #"a\"#, "[z-a]", "[[:nope:]]", #"\y"#, "(?=a)", "(?<!a)", #"(a)\1"#, #"\p{L}"#, "(?>a)",
        "x{5000}", "((a{900}){900}){900}", "a\nb", #"a\nb"#,
    ])
    func whatCannotBeDoneIsRefusedInWords(pattern: String) {
        do {
            _ = try TextPattern(pattern)
            Issue.record("\(pattern) was accepted")
        } catch {
            #expect(error.description.hasSuffix(".") && error.description.count > 20, "\(error)")
        }
    }

    @Test func deepNestingIsRefusedAndNotACrash() {
        #expect(throws: RegexFault.self) { try TextPattern("a" + String(repeating: "*", count: 8_000)) }
        #expect(throws: RegexFault.self) {
            try TextPattern(String(repeating: "(", count: 8_000) + "a" + String(repeating: ")", count: 100))
        }
    }

    @Test(arguments: ["(a*)*b", "(a|a)*b", "(a|aa)+$b", "(x+x+)+y", "(.*)(.*)(.*)(.*)(.*)[^a]b"])
    func hostilePatternsStayLinear(pattern: String) throws {
        let automaton = try TextPattern(pattern).automaton()
        #expect(!automaton.matches([UInt8](repeating: UInt8(ascii: "a"), count: 100_000)))
    }

    @Test func aPatternThatNeedsManyStatesEndsWhenCancelled() throws {
        let flag = CancelFlag()
        let automaton = try TextPattern("a[ab]{300}c").automaton(flag: flag)
        #expect(automaton.matches(Array("a".utf8) + [UInt8](repeating: UInt8(ascii: "b"), count: 300) + Array("c".utf8)))
        flag.cancel()
        #expect(!automaton.matches((0..<100_000).map { UInt8(ascii: "a") + UInt8($0 * $0 % 7 & 1) }))
    }

    @Test func bytesThatAreNotTextDoNotStopTheSearch() throws {
        #expect(try TextPattern("abc").automaton().matches([0xFF, 0xFE, 0x61, 0x62, 0x63, 0x80]))
    }

    @Test(arguments: [
        ("a.b", "", []), ("abc", "xabcabc", [1..<4, 4..<7]), ("a+", "baac a", [1..<3, 5..<6]), ("a+?", "aa", [0..<1, 1..<2]),
        ("b$", "ab\nb\n", [1..<2, 3..<4]), ("a\nb", "xa\nb", [1..<4]), ("^", "a\nb", [0..<0, 2..<2]), ("foo|foobar", "foobar", [0..<3]),
        (#"a[\s\S]*?b"#, "a\n\nb b", [0..<4]), ("(?s)a.b", "a\nb", [0..<3]),
    ])
    func spansAreLeftmostAndDoNotOverlap(pattern: String, text: String, expected: [Range<Int>]) throws {
        var spans: [Range<Int>] = []
        try TextPattern(pattern, multiline: true).spans(in: Array(text.utf8)) { span in
            spans.append(span)
            return true
        }
        #expect(spans == expected)
    }

    @Test func requiredLiteralIsInEveryMatch() throws {
        #expect(try TextPattern(#"\bfunc \w+\("#).requiredLiteral == Array("func ".utf8))
        #expect(try TextPattern("a|b").requiredLiteral.isEmpty)
        #expect(try TextPattern("(abc)+d?").requiredLiteral == Array("abc".utf8))
    }
}

@Suite struct GlobPatternTests {
    @Test(arguments: [
        ("*.swift", "a.swift", true), ("*.swift", "x/y/a.swift", true), ("*.swift", "a.swift.txt", false), ("src/*.c", "src/a.c", true),
        ("src/*.c", "src/x/a.c", false), ("src/**/*.c", "src/a.c", true), ("src/**/*.c", "src/x/y/a.c", true), ("**/a", "a", true),
        ("**/a", "x/a", true), ("x/**", "x/a/b", true), ("x/**", "x", false), ("*.{ts,tsx}", "a.tsx", true), ("*.{ts,tsx}", "a.js", false),
        ("{a,b/{c,d}}.x", "b/d.x", true), ("a?c", "abc", true), ("a?c", "aéc", true), ("a?c", "a/c", false), ("[a-c]1", "b1", true),
        ("[!a-c]1", "b1", false), ("[!a-c]1", "d1", true), ("a[", "a[", true), ("{a", "{a", true), (#"\*"#, "*", true),
        (#"\*"#, "a", false),
        ("./a/b", "a/b", true), ("/a", "a", true), ("/a", "x/a", false), ("**", "x/y", true), ("a**b", "axxb", true),
        ("{**/,}x.c", "p/q/x.c", true),
        ("[]]", "]", true), ("a{,b}", "a", true), ("a{,b}", "ab", true),
    ])
    func matchesAsDocumented(pattern: String, path: String, expected: Bool) throws {
        #expect(try GlobPattern(pattern).matcher().matches(path) == expected)
    }

    @Test(arguments: [
        String(repeating: "*a", count: 500), String(repeating: "{a,b}", count: 400), String(repeating: "**/", count: 500) + "x",
        String(repeating: "{", count: 15), String(repeating: "{a", count: 15), String(repeating: "[", count: 1_000),
    ])
    func hostilePatternsEndSoon(pattern: String) throws {
        let matcher = try GlobPattern(pattern).matcher()
        #expect(!matcher.matches(String(repeating: "a", count: 3_000) + "b/c"))
    }

    @Test func deepBracesAreRefused() {
        #expect(throws: GlobPattern.Fault.self) { try GlobPattern(String(repeating: "{", count: 100)) }
    }
}
