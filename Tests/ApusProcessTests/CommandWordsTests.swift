import ApusProcess
import Testing

struct CommandWordsTests {
    @Test(arguments: [
        ("npm run dev", ["npm", "run", "dev"]),
        ("  a \t b\n", ["a", "b"]),
        ("echo 'a b' \"c d\"", ["echo", "a b", "c d"]),
        ("echo a' 'b\"c\"", ["echo", "a bc"]),
        ("echo '' \"\" x", ["echo", "", "", "x"]),
        ("echo a\\ b \\'", ["echo", "a b", "'"]),
        ("echo 'a\\b' \"a\\b\" \"\\\"\" \"\\\\\"", ["echo", "a\\b", "a\\b", "\"", "\\"]),
        ("echo \"it's\" '\"'", ["echo", "it's", "\""]),
        ("a && b | c > d; $HOME `x` * ~", ["a", "&&", "b", "|", "c", ">", "d;", "$HOME", "`x`", "*", "~"]),
        ("é ü\u{301}", ["é", "ü\u{301}"]),
    ])
    func wordsAreSplitByBlanksAndQuotesAndNothingElse(line: String, words: [String]) throws {
        #expect(try CommandWords.split(line) == words)
    }

    @Test(arguments: [
        ("", "The command names no program."), (" \t", "The command names no program."), ("'' x", "The command names no program."),
        ("echo 'a", "The command has a ' without its end."), ("echo \"a\\\"", "The command has a \" without its end."),
        ("echo a\\", "The command ends with a backslash that stands for nothing."),
    ])
    func whatHasNoMeaningIsRefused(line: String, sentence: String) {
        #expect(throws: CommandWords.Fault.self) { try CommandWords.split(line) }
        do { _ = try CommandWords.split(line) } catch { #expect(error.description == sentence) }
    }

    @Test(arguments: [["a", "b c", "", "it's", "$x", "a;b", "/x/y-z.w"], ["x'y''z'"], ["\\", "\"", "*"]])
    func quotedWordsAreTheSameWordsAgain(words: [String]) throws {
        #expect(try CommandWords.split(CommandWords.quoted(["p"] + words)) == ["p"] + words)
    }
}
