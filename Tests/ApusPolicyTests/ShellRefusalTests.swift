import ApusPolicy
import Testing

@Suite struct ShellRefusalTests {
    private func refusal(_ text: String, for dialect: ShellDialect = .bash) -> ShellSyntaxError? {
        do throws(ShellSyntaxError) {
            _ = try ShellParser.parse(text, for: dialect)
            return nil
        } catch { return error }
    }

    @Test(arguments: [
        ("ls 'a", 3, "a single quote that is not closed"), ("ls \"a", 3, "a double quote that is not closed"),
        ("ls $'a", 4, "a single quote that is not closed"), ("ls `a", 3, "a backtick that is not closed"),
        ("ls $(a", 5, "a substitution that is not closed"), ("ls <(a", 5, "a substitution that is not closed"),
        ("ls ${a", 6, "a \"${\" that is not closed"), ("ls $((1", 7, "arithmetic that is not closed"),
        ("ls \\", 4, "a backslash at the end"), ("a\0b", 1, "a control character that shells drop or use as marks of their own"),
        ("ls |", 4, "an unexpected end"), ("| ls", 0, "an unexpected \"|\""), ("a && ; b", 5, "an unexpected \";\""),
        ("a ;; b", 2, "an unexpected \";\""), ("a; ; b", 3, "an unexpected \";\""), ("a & ; b", 4, "an unexpected \";\""),
        ("(a", 2, "an unexpected end"), ("a)", 1, "an unexpected \")\""), ("{ a; ", 5, "\"}\" expected"), ("{ a }", 5, "\"}\" expected"),
        ("()", 1, "an unexpected \")\""), ("if a; then fi", 11, "an unexpected \"f\""), ("if a; fi", 6, "\"then\" expected"),
        ("for x in a; b; done", 12, "\"do\" expected"), ("for 1 in a; do b; done", 4, "a variable expected"),
        ("case x in a) b", 14, "an unexpected end"), ("done", 0, "an unexpected \"d\""), ("a | ! b", 4, "an unexpected \"!\""),
        ("f() ls", 4, "the body of a function expected: \"{\" or another compound command"), ("a b()", 3, "an unexpected \"(\""),
        ("'f'() { a; }", 3, "an unexpected \"(\""), ("a >", 3, "an unexpected end"), ("a > 2<b", 5, "an unexpected \"<\""),
        ("!!", 0, "a program whose name begins with \"!\", as history does"),
        ("x=1 !ls", 4, "a program whose name begins with \"!\", as history does"),
        ("!(a)", 0, "\"!(\", which is a pattern or a subshell as the shell's options are"),
        ("@(a|b) c", 0, "\"@(\" in the name of a program, which is a pattern or not as the shell's options are"),
        ("ls $((a); (b))", 7, "arithmetic or commands: write \"( (\" with a space for commands"),
        ("((a) && b)", 3, "arithmetic or commands: write \"( (\" with a space for commands"),
        ("ls <((a) b)", 5, "arithmetic or commands: write \"( (\" with a space for commands"),
        ("((a; b))", 3, "a semicolon in arithmetic"), ("a[1 2]=3", 3, "a subscript with signs that end words for some shells"),
        ("a=(b)rm x", 5, "text directly behind an array"), ("a[1]", 4, "a subscript without an assignment"),
        ("ls $[1+1]", 4, "\"$[\", an old spelling of arithmetic that only some shells have"),
        ("ls ${ a; }", 5, "a \"${…}\" that is not understood"), ("ls ${|a}", 5, "a \"${…}\" that is not understood"),
        ("ls ${(e)a}", 5, "a \"${…}\" that is not understood"), ("ls ${}", 5, "a \"${…}\" that is not understood"),
        ("time -f x ls", 5, "an option of \"time\" that only some shells have"),
        ("ls \"${x:-'a'}\"", 9, "a single quote within \"${…}\" in double quotes, which is a letter or a quote as the shell is"),
        ("ls \"${x:-\"}\"}\"", 12, "a brace in double quotes within \"${…}\" in double quotes"),
        ("ls $'\\0'", 4, "a NUL, where shells cut a word"), ("ls $'\\xff'", 4, "bytes that are not UTF-8"),
        ("ls $'\\ud800'", 11, "\"\\u\" without a character's number"),
        ("ls `a # b`", 6, "a comment within backticks"), ("[[ a b ]]", 5, "an unknown operator in \"[[\""),
        ("[[ -f ]]", 6, "\"-f\" without an operand"), ("[[ a", 4, "an unexpected end"),
        ("ls {a..Z}", 0, "a sequence of letters that passes signs on its way"),
        ("ls {1..99999}", 3, "braces that stand for more than 2048 words"),
    ])
    func aTextThatIsNotUnderstoodIsRefusedWithItsPlace(text: String, offset: Int, reason: String) {
        #expect(refusal(text) == ShellSyntaxError(offset: offset, reason: reason))
    }

    @Test(arguments: [
        ("cat <<E\na\n", 4, "a here-document that does not end"), ("cat <<E", 4, "a here-document without text"),
        ("cat <<''\n\n", 6, "a here-document without a delimiter"), ("cat <<$x\n$x\n", 6, "an expansion in a here-document's delimiter"),
        ("ls $(cat <<E)\na\nE", 9, "a here-document that does not end within its substitution"),
        ("ls `cat <<E`\na\nE", 8, "a here-document that does not end within its backticks"),
        // Where bash ends it at the parenthesis.
        ("ls $(cat <<E\na\nE)\nE\n)", 17, "a here-document's delimiter with more on its line"),
        ("cat <<E 'a\nb'\nE\n", 4, "a line break within a word before a here-document"),
        ("cat <<E $(a\nb)\nE\n", 11, "a line break within a substitution before a here-document of the line around it"),
        ("cat <<E\n\\\nE\nE\n", 11, "a here-document's delimiter in a line that is continued"),
        ("cat <<E\na\\\nE\nE\n", 12, "a here-document's delimiter in a line that is continued"),
    ])
    func aHereDocumentWhoseEndIsDoubtfulIsRefused(text: String, offset: Int, reason: String) {
        #expect(refusal(text) == ShellSyntaxError(offset: offset, reason: reason))
    }

    /// What dash would run, or write, for it.
    @Test(arguments: [
        "((a>b))", "[[ a || rm ]]", "ls &>b", "ls &>>b", "ls $'\\'' ; rm x #'", "ls $\"a\"", "function f { a; }",
        "select x in a; do b; done",
        "coproc a", "a |& b", "cat <<<a", "ls <(a)", "x+=1", "x=(a)", "x[1]=a", "for ((;;)); do a; done", "ls @(a)", "ls {x}>a",
        "ls ${x[1]}",
    ])
    func whatOtherShellsReadInAnotherWayIsRefusedForThem(text: String) {
        #expect(refusal(text) == nil)
        #expect(refusal(text, for: .sh) != nil)
        #expect(refusal(text, for: [.bash, .sh]) != nil)
    }

    @Test(arguments: [
        "ls $x:h", "ls $x[1]", "ls =rm", "=rm x", "ls *(N)", "ls }", "noglob rm x", "repeat 3 rm x", "coproc N { a; }", "a >! b", "ls $=x",
    ])
    func whatZshReadsInAnotherWayIsRefusedForIt(text: String) {
        #expect(refusal(text) == nil || text.contains("("))
        #expect(refusal(text, for: .zsh) != nil)
    }

    @Test(arguments: [
        "ls -la | grep 'x' > out 2>&1", "for f in *.c; do echo \"$f\"; done", "cat <<E\n$(ls)\nE\n", "x=1; echo ${x:-2} $((x+1))",
    ])
    func plainScriptsAreReadAlikeForAllShells(text: String) throws {
        #expect(try ShellParser.parse(text, for: [.bash, .sh, .zsh]) == ShellParser.parse(text))
    }

    @Test(arguments: [
        ("/bin/bash", ShellDialect.bash), ("bash", .bash), ("sh", .sh), ("/bin/dash", .sh), ("busybox", .sh), ("/usr/bin/zsh", .zsh),
    ])
    func aShellIsKnownByItsName(program: String, dialect: ShellDialect) {
        #expect(ShellDialect(program: program) == dialect)
    }

    @Test(arguments: ["fish", "nu", "", "/", "xonsh"])
    func shellsWithAGrammarOfTheirOwnAreNotKnown(program: String) {
        #expect(ShellDialect(program: program) == nil)
    }
}
