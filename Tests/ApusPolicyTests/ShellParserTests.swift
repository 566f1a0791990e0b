import ApusPolicy
import Testing

@Suite struct ShellParserTests {
    private func outline(_ text: String, for dialect: ShellDialect = .bash) throws -> [String] {
        ShellOutline.lines(of: try ShellParser.parse(text, for: dialect))
    }

    @Test(arguments: [
        (#"ls -la 'a b' "c d" e\ f"#, ["run ls -la 'a b' 'c d' e' 'f"]),
        ("a && b || c & d", ["list &", "  run a", "  &&", "  run b", "  ||", "  run c", "run d"]),
        ("! a | b |& c", ["not", "pipeline", "  run a", "  run b", "    redirect 2>& 1", "  run c"]),
        ("a; b\nc", ["run a", "run b", "run c"]),
        ("(a; b) >f", ["subshell", "  run a", "  run b", "  redirect > f"]),
        ("{ a; } 2>&1", ["group", "  run a", "  redirect 2>& 1"]),
        (
            "if a; then b; elif c; then d; else e; fi",
            ["if", "  run a", "then", "  run b", "elif", "  run c", "then", "  run d", "else", "  run e"]
        ),
        ("while a; do b; done", ["while", "  run a", "do", "  run b"]),
        ("until a\ndo b\ndone", ["while", "  run a", "do", "  run b"]),
        ("for x in a $(b); do c; done", ["for x in a $(…)", "  substitution", "    run b", "do", "  run c"]),
        ("for x\ndo a; done", ["for x", "do", "  run a"]),
        ("select x in a; do b; done", ["for x in a", "do", "  run b"]),
        ("for ((i=0; i<$(a); i++)); do b; done", ["for ((i=0)); (( i<$(…))); (( i++))", "  substitution", "    run a", "do", "  run b"]),
        (
            "case $x in a|b) c;; (d) e;& *) f;;& esac",
            ["case $x", "  when a | b", "    run c", "  when d", "    run e", "  when *", "    run f"]
        ),
        ("case x in esac", ["case x"]),
        ("f() { rm x; }; f", ["function f", "  group", "    run rm x", "run f"]),
        ("function f { a; } >b", ["function f", "  group", "    run a", "    redirect > b"]),
        ("function f () (a)", ["function f", "  subshell", "    run a"]),
        (":(){ :|:& };:", ["function :", "  group", "    background &", "      pipeline", "        run :", "        run :", "run :"]),
        ("coproc a b", ["coprocess", "  run a b"]),
        ("coproc N { a; }", ["coprocess", "  group", "    run a"]),
        ("time -p a | b", ["pipeline", "  run a", "  run b"]),
        ("a | time b", ["pipeline", "  run a", "  run time b"]),
        ("x=1 Y+=2 a", ["run a", "  assign x=1", "  assign Y+=2"]),
        ("a[$(b)]=c", ["run nothing", "  assign a[(($(…)))]=c", "    substitution", "      run b"]),
        ("a=(b 'c' $(d)\n[1]=e)", ["run nothing", "  assign a=(b 'c' $(…) [((1))]=e)", "    substitution", "      run d"]),
        ("declare -a x=(b)", ["run declare -a", "  assign x=(b)"]),
        ("export A=b", ["run export A=b"]),
        ("((a = $(b)))", ["arithmetic ((a = $(…)))", "  substitution", "    run b"]),
        ("[[ -f a && ! ( $b == c* || d =~ ^(e f|g)$ ) ]]", ["test -f a && ! ( $b == c* || d =~ ^(e f|g)$ )"]),
        ("a <(b) >(c)", ["run a <(…) >(…)", "  process <", "    run b", "  process >", "    run c"]),
        ("a `b \\`c\\``", ["run a $(…)", "  substitution", "    run b $(…)", "      substitution", "        run c"]),
        ("a \"`b \\\"c d\\\"`\"", ["run a \"$(…)\"", "  substitution", "    run b 'c d'"]),
        ("a \"${x:-$(b)}\" ${!y} ${z@P} ${v:=w}", ["run a \"${x \"$(…)\"}\" ${!y} ${z@P} ${v= w}", "  substitution", "    run b"]),
        (
            "a >b 2>>c <d <>e >|f &>g &>>h <&3 >&- {i}>j <<<k",
            [
                "run a", "  redirect > b", "  redirect 2>> c", "  redirect < d", "  redirect <> e", "  redirect >| f", "  redirect &> g",
                "  redirect &>> h", "  redirect <& 3", "  redirect >& -", "  redirect {i}> j", "  redirect <<< k",
            ]
        ),
        ("a # b\nc", ["run a", "run c"]),
        ("a#b", ["run a#b"]),
        ("r\\\nm -\\\nrf x &\\\n& y", ["list", "  run rm -rf x", "  &&", "  run y"]),
        ("'if' a; \\then b; x=1 fi", ["run 'if' a", "run 't'hen b", "run fi", "  assign x=1"]),
        ("a\rb\u{A0}c ｒm", ["run a\\rb\u{A0}c ｒm"]),
        ("", []),
    ])
    func aScriptBecomesItsCommands(text: String, expected: [String]) throws {
        #expect(try outline(text) == expected)
    }
}
