import ApusPolicy
import Testing

@Suite struct ShellWordTests {
    typealias Piece = ShellWord.Piece

    /// Places apart, the same piece.
    private static func plain(_ piece: Piece) -> Piece {
        switch piece {
        case .inDoubleQuotes(let inner): .inDoubleQuotes(inner.map(plain))
        case .arithmetic(let inner): .arithmetic(inner.map(plain))
        case .parameter(let name, let words): .parameter(name: name, words: words.map(plain))
        case .braces(let words): .braces(words.map(plain))
        case .literal, .quoted, .command, .process, .glob, .tilde: piece
        }
    }

    private static func plain(_ word: ShellWord) -> ShellWord { ShellWord(pieces: word.pieces.map(plain)) }

    private func arguments(_ text: String) throws -> [ShellWord] {
        guard case .simple(let command)? = try ShellParser.parse(text).statements.first?.first.commands.first else { return [] }
        return command.words
    }

    private static func word(_ pieces: Piece...) -> ShellWord { ShellWord(pieces: pieces) }

    @Test(arguments: [
        ("abc", [Piece.literal("abc")]), ("a\\bc", [.literal("a"), .quoted("b"), .literal("c")]), ("'a'\"b\"\\c", [.quoted("abc")]),
        ("''", [.quoted("")]), ("\"\"", [.quoted("")]), ("$'a\\tb'", [.quoted("a\tb")]), ("$\"a\"", [.quoted("a")]),
        ("\"a$x\"", [.inDoubleQuotes([.quoted("a"), .parameter(name: "x", words: [])])]), ("$", [.literal("$")]), ("a$", [.literal("a$")]),
        ("$x$1$@", [.parameter(name: "x", words: []), .parameter(name: "1", words: []), .parameter(name: "@", words: [])]),
        ("$12", [.parameter(name: "1", words: []), .literal("2")]), ("${12}", [.parameter(name: "12", words: [])]),
        ("${x:-a b}", [.parameter(name: "x", words: [word(.literal("a b"))])]),
        ("${x:=a}", [.parameter(name: "x=", words: [word(.literal("a"))])]),
        ("${x=}", [.parameter(name: "x=", words: [word()])]), ("${!x}", [.parameter(name: "!x", words: [])]),
        ("${!x@}", [.parameter(name: "!x@", words: [])]), ("${#x}", [.parameter(name: "#x", words: [])]),
        ("${#}", [.parameter(name: "#", words: [])]),
        ("${!}", [.parameter(name: "!", words: [])]), ("${x@P}", [.parameter(name: "x@P", words: [])]),
        ("${x%%*.c}", [.parameter(name: "x", words: [word(.glob("*"), .literal(".c"))])]),
        ("${x/a/'}'}", [.parameter(name: "x", words: [word(.literal("a/"), .quoted("}"))])]),
        ("${x:1:$y}", [.parameter(name: "x", words: [word(.arithmetic([.literal("1:"), .parameter(name: "y", words: [])]))])]),
        ("${a[$i]}", [.parameter(name: "a", words: [word(.arithmetic([.parameter(name: "i", words: [])]))])]),
        ("$((a+$b))", [.arithmetic([.literal("a+"), .parameter(name: "b", words: [])])]),
        ("*.c", [.glob("*"), .literal(".c")]), ("\\*'?'", [.quoted("*?")]), ("[a-c]x", [.glob("[a-c]"), .literal("x")]),
        ("[", [.literal("[")]),
        ("[]", [.literal("[]")]), ("a[1", [.literal("a[1")]), ("/bin/r?", [.literal("/bin/r"), .glob("?")]),
        ("@(a|b*)", [.glob("@("), .literal("a"), .glob("|"), .literal("b"), .glob("*)")]),
        ("{a,b}c", [.braces([word(.literal("a")), word(.literal("b"))]), .literal("c")]), ("{a}", [.literal("{a}")]),
        ("{}", [.literal("{}")]),
        ("{a,{b,c}}", [.braces([word(.literal("a")), word(.braces([word(.literal("b")), word(.literal("c"))]))])]),
        ("{a,b", [.literal("{a,b")]), ("{{a,b}", [.literal("{"), .braces([word(.literal("a")), word(.literal("b"))])]),
        ("{a,\"b,c\"}", [.braces([word(.literal("a")), word(.quoted("b,c"))])]), ("\\{a,b}", [.quoted("{"), .literal("a,b}")]),
        ("{3..1}", [.braces([word(.literal("3")), word(.literal("2")), word(.literal("1"))])]),
        ("{01..5..2}", [.braces([word(.literal("01")), word(.literal("03")), word(.literal("05"))])]),
        ("{a..c}", [.braces([word(.literal("a")), word(.literal("b")), word(.literal("c"))])]), ("{a..1}", [.literal("{a..1}")]),
        ("~", [.tilde(user: "")]), ("~ada/x", [.tilde(user: "ada"), .literal("/x")]), ("a~", [.literal("a~")]), ("\\~", [.quoted("~")]),
        ("~'x'", [.literal("~"), .quoted("x")]), ("of=~/x", [.literal("of="), .tilde(user: ""), .literal("/x")]),
        ("--of=~/x", [.literal("--of=~/x")]), ("{~,a}/x", [.braces([word(.tilde(user: "")), word(.literal("a"))]), .literal("/x")]),
    ])
    func aWordBecomesItsPieces(text: String, pieces: [Piece]) throws {
        let word = try #require(try arguments("ls " + text).last)
        #expect(Self.plain(word).pieces == pieces)
        #expect(word.range == 3..<(3 + text.utf8.count))
    }

    @Test func placesWithinBackticksAndHereDocumentsAreThoseOfTheSource() throws {
        let text = "cat <<E\n\\$ `echo \\`rm x\\``\nE\n"
        guard case .simple(let command)? = try ShellParser.parse(text).statements.first?.first.commands.first,
            case .inDoubleQuotes(let pieces)? = command.redirections.first?.target.pieces.first,
            case .command(let outer)? = pieces.dropFirst().first,
            case .simple(let echo)? = outer.statements.first?.first.commands.first,
            case .command(let inner)? = echo.words.last?.pieces.first,
            case .simple(let remove)? = inner.statements.first?.first.commands.first
        else {
            Issue.record("another tree")
            return
        }
        let bytes = Array(text.utf8)
        #expect(remove.words.map { String(decoding: bytes[$0.range], as: UTF8.self) } == ["rm", "x"])
        #expect(String(decoding: bytes[echo.words[0].range], as: UTF8.self) == "echo")
    }

    @Test func aValueHasHomesBehindColons() throws {
        guard case .simple(let command)? = try ShellParser.parse("x=~/a:~b").statements.first?.first.commands.first,
            case .word(let value)? = command.assignments.first?.value
        else {
            Issue.record("no assignment")
            return
        }
        #expect(value.pieces == [.tilde(user: ""), .literal("/a:"), .tilde(user: "b")])
    }

    @Test func aValueIsNeitherPatternNorBraces() throws {
        guard case .simple(let command)? = try ShellParser.parse("x={a,*}").statements.first?.first.commands.first,
            case .word(let value)? = command.assignments.first?.value
        else {
            Issue.record("no assignment")
            return
        }
        #expect(value.text == "{a,*}")
    }
}
