import ApusPolicy
import Foundation
import Testing

/// bash itself is asked: what it accepts, how it writes down what it read, and what words become.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/bin/bash"), "needs bash")) struct BashComparisonTests {
    private func bash(_ arguments: [String]) throws -> (status: Int32, output: [UInt8], complaint: [UInt8]) {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = arguments
        process.environment = ["LC_ALL": "C.UTF-8", "PATH": "/nowhere", "HOME": "/nowhere"]
        let output = Pipe()
        let complaint = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = complaint
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        let words = complaint.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, Array(bytes), Array(words))
    }

    private func isRead(_ text: String) -> Bool {
        // The refusal's words are the business of ShellRefusalTests.
        (try? ShellParser.parse(text)) != nil
    }

    private static let accepted = [
        "ls -la | grep x; a && b || c & d", "! a; ! ! b", "time a | b", "time", "if a; then b; elif c; then d; else e; fi >f 2>&1",
        "while a; do b; done < <(c)", "until a\ndo\nb\ndone", "for x in a \"b c\" $(d); do e; done", "for x; do a; done",
        "for x\n in a\ndo b; done",
        "for ((i=0; i<3; i++)); do a; done", "for ((;;))\ndo a\ndone", "case x in a|b) c;; (d) e;& *) f;;& esac",
        "case x in\n\n  a)\n;;\nesac",
        "case x in esac", "case \"a b\" in [ab]*) ls; esac", "f() { a; }", "f () ( a )", "function f { a; }", "function f () { a; } >b",
        "f() if a; then b; fi", "f() [[ a ]]", "coproc a b", "coproc { a; }", "coproc N { a; }", "select x in a b; do c; done",
        "[[ -f x && ! ( $b == c* || d =~ ^(e f|g)$ ) ]]", "[[ a < b || -z $c ]]", "[[ x ]]", "[[\na == b &&\nc ]]", "((x = 1 + 2))",
        "(( a > b ? 1 : 2 )) && c",
        "x=1 y+=2 a[1]=b c=(d \"e f\" [2]=g) h", "x=", "a=() b=(\n1 # c\n2\n)", "declare -a x=(1 2)", "export A=b C=d", "readonly x=(1)",
        "ls >a 2>>b <c <>d >|e &>f &>>g <&3 >&- {h}>i <<<j", ">f", "2>f ls", "<f cat", "{fd}<f", "ls >&f", "ls 1>&2-",
        "cat <<E\na $b $(c)\nE\n", "cat <<'E'\n$(a\nE\n", "cat <<\"E\" | b\na\nE\n", "cat <<\\E\na\nE\n", "cat <<-E\n\ta\n\tE\n",
        "cat <<A <<B\na\nA\nb\nB\n",
        "cat <<E && ls\na\nE\n", "cat <<E", "$(cat <<E\na\nE\n)", "cat <<E\n$(b <<F\nc\nF\n)\nE\n", "if cat <<E; then\na\nE\nb; fi",
        "echo $((1+2)) $((a[1])) $(( (1+2)*3 )) $((x<y))", "echo $( (a) ) $(a; b) $() `a` `a \\`b\\`` \"`c \\\"d\\\"`\"",
        "echo ${x} ${x:-a b} ${x-} ${x:=y} ${x+\"a}b\"} ${x:?'c}d'} ${x#a*} ${x%%'}'} ${x/a/b} ${x//\\}/c} ${x:1:2} ${x: -1} ${#x} ${!x} ${!x*} ${!x[@]}",
        "echo ${x@Q} ${x^^} ${x,} ${a[1]} ${a[@]} ${a[$i]} ${a['b c']} ${@} ${*:1} ${10} $1 $@ $# $? $- $$ $!",
        "echo \"${x:-\"a b\"}\" \"${x:-$(a \"b\")}\"",
        "echo 'a' \"b\" $'c\\'d' $\"e\" \\f \\\ng", "echo a#b #c\nd", "# a\n\n# b\nc # d", "{ a; } | ( b; c ) & d", "{ a; } 2>&1 | b",
        "(a) (b)",
        "a |& b", "a |\n\nb &&\n\nc", "a;", "a &\nb", ";", "a;;", "a & & b", "a | | b", "a &&", "( )", "{ }", "if a; then fi", "fi", "a )",
        "f() a", "for x in a; done",
        "case x in a) b", "[[ a b ]]", "[[ -f ]]", "a > ", "a > > b", "> 2<f", "a (b)", "a=(b",
        "x=(a;b)", "'", "\"", "`", "$(", "${",
        "$((1", "((1", "a || ; b", "then a", "do", "}", "{ a }", "! | a", "a | !", "function", "coproc", "select", "while a; done",
        "until do a; done",
        "echo {a,b}{1..3} {a,{b,c}} {} {a a}", "echo *.c [ab]? ~ ~root/x a=~/b", "\\if a", "'if' a", "x=1 if", "i\\\nf a; then b; fi",
        "a &\\\n& b",
        "<(a)", "a <(b) >(c) 2> >(d)", "a=<(b)", "rm\u{A0}x", "ls\rx", "é=1", "a\u{0B}b",
    ]

    /// Never what bash refuses, and nothing of this list is refused but for the reasons given in `ShellRefusalTests`.
    @Test func whatBashReadsIsReadAndWhatItRefusesIsRefused() throws {
        for text in Self.accepted {
            let answer = try bash(["-n", "-c", text])
            // Of a here-document without end bash only warns.
            #expect(
                isRead(text) == (answer.status == 0 && answer.complaint.isEmpty),
                "\(text): \(String(decoding: answer.complaint, as: UTF8.self))")
        }
    }

    /// bash writes down what it read with its own layout: that must be the same script to us, but for four ways of its printer.
    @Test func whatBashWritesDownIsTheSameScript() throws {
        let help = try bash(["--help"])
        guard String(decoding: help.output + help.complaint, as: UTF8.self).contains("pretty-print") else { return }
        let folder = FileManager.default.temporaryDirectory.appending(path: "apus-bash-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var compared = 0
        for text in Self.accepted where isRead(text) && !Self.isPrintedInAnotherWay(text) {
            let file = folder.appending(path: "script")
            try Data(text.utf8).write(to: file)
            let printed = String(decoding: try bash(["--pretty-print", file.path]).output, as: UTF8.self)
            let again = try ShellParser.parse(printed)
            #expect(ShellOutline.lines(of: again) == ShellOutline.lines(of: try ShellParser.parse(text)), "\(text) became \(printed)")
            compared += 1
        }
        #expect(compared > 60)
    }

    /// `elif` becomes an inner `if`, `[[ x ]]` gets its `-n`, descriptors are written that were not, here-documents before `&&` lose their line.
    private static func isPrintedInAnotherWay(_ text: String) -> Bool {
        [
            "elif", "[[ x ]]", "[[\na ==", "[[ a ]]", "<>d", "<c", "<&3", ">&f", "1>&2-", "for x;", "<<E &&", "<<E; then", "coproc",
            "f() if",
            "f () (", "((;;))", "! !", "$'c", "for x\n",
        ].contains {
            text.contains($0)
        }
    }

    @Test func wordsThatAreKnownAreWhatBashMakesOfThem() throws {
        let words = [
            "a", "a\\b", "\\\"", "\\\\", "\\$x", "\\ ", "a\\\nb", "''", "'a b'", "'\\n'", "\"\"", "\"a b\"",
            "\"\\$x \\`y\\` \\\" \\\\ \\n\"", "\"a\\\nb\"", "\"$\"",
            "\"$ \"", "\"a'b\"", "'a\"b'", "\"$'a'\"", "$'\\a\\b\\e\\E\\f\\n\\r\\t\\v'", "$'\\\\\\'\\\"\\?'", "$'\\x41\\x7a\\x4'",
            "$'\\101\\60\\7'", "$'\\u41\\u00e9\\U1F600'",
            "$'\\cA\\cz\\c?'", "$'\\z\\8'", "$'a\\\nb'", "$'\\xc3\\xa9'", "$\"a b\"", "a'b'\"c\"\\d$'e'", "{}", "{a}", "{a", "a}", "a,b",
            "{a\\,b}", "\\{a,b}", "{'a,b'}", "a{b}c",
            "[", "]", "[]", "a[", "a=b", "+", "%", "@", "^", "a:b", "!", "a!b", "x~", "a#b", "é\u{A0}ｒ", "e\u{301}", "a\rb", "\u{0B}", "-",
            "--x=y", "=", "\\~", "a\\*b", "'*'", "$",
            "a$", "$'\\u0430'", "r\\m", "\"r\"m", "'r'\"m\"", "r''m", "r\"\"m", "$'r'm", "r$'\\x6d'",
        ]
        for word in words {
            guard case .simple(let command)? = try ShellParser.parse("printf %s " + word).statements.first?.first.commands.first else {
                Issue.record("no command: \(word)")
                continue
            }
            let text = try #require(command.words.last?.text, "\(word)")
            #expect(Array(text.utf8) == (try bash(["-c", "printf %s " + word]).output), "\(word)")
        }
    }

    @Test func bracesAreTheWordsThatBashMakesOfThem() throws {
        for word in [
            "{a,b}", "{a,b}c", "x{1..3}y", "{01..10..4}", "{3..1}", "{a..g..3}", "{-1..1}", "{a,{b,c}}", "{{1..2},x}", "{a,}", "{,a}b",
            "{a,b}{c,d}", "{a,b}}", "{{a,b}", "{1..2..0}",
            "{a,b{c}", "a{b{c,d}e", "{+1..3}", "{5..5}", "{a,'b,c'}", "{\"x y\",z}",
        ] {
            guard case .simple(let command)? = try ShellParser.parse("printf '%s|' " + word).statements.first?.first.commands.first else {
                continue
            }
            let mine = Self.combinations(try #require(command.words.last)).filter { !$0.isEmpty }.map { $0 + "|" }.joined()
            #expect(mine == String(decoding: try bash(["-c", "printf '%s|' " + word]).output, as: UTF8.self), "\(word)")
        }
    }

    private static func combinations(_ word: ShellWord) -> [String] {
        var results = [""]
        for piece in word.pieces {
            let parts: [String] = if case .braces(let words) = piece { words.flatMap(combinations) } else { [piece.text ?? "?"] }
            results = results.flatMap { result in parts.map { result + $0 } }
        }
        return results
    }
}
