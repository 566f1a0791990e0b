/// Sentences of the shell's grammar, chosen by bytes; when those end, everything ends as soon as it can.
struct ShellGrammar {
    private var choices: ArraySlice<UInt8>
    private var depth = 0

    init(_ choices: ArraySlice<UInt8>) { self.choices = choices }

    private mutating func choose(_ count: Int) -> Int { Int(choices.popFirst() ?? 0) % count }
    private mutating func pick(_ options: String...) -> String { options[choose(options.count)] }

    mutating func script() -> String {
        depth += 1
        defer { depth -= 1 }
        var text = list()
        while choose(3) == 2 { text += pick("; ", " & ", "\n", " # c\n") + list() }
        return text
    }

    private mutating func list() -> String {
        var text = pipeline()
        while choose(4) == 3 { text += pick(" && ", " || ", "&&\n") + pipeline() }
        return text
    }

    private mutating func pipeline() -> String {
        var text = (choose(8) == 7 ? "! " : "") + command()
        while choose(4) == 3 { text += pick("|", " |& ", " |\n") + command() }
        return text
    }

    private mutating func command() -> String {
        guard depth < 8, choose(4) == 3 else { return simple() }
        let body = script() + "\n"
        switch choose(12) {
        case 0: return "{ " + body + "}" + redirection()
        case 1: return "( " + body + ")" + redirection()
        case 2: return "if " + body + "then " + script() + "\nelse " + script() + "\nfi"
        case 3: return "while " + body + "do " + script() + "\ndone" + redirection()
        case 4: return "for v in " + word() + "; do " + body + "done"
        case 5: return "case " + word() + " in " + pick("a", "(*", "[ab]|\"c\"") + ") " + body + pick(";;", ";&", ";;&") + " esac"
        case 6: return "f() { " + body + "}"
        case 7: return "function f { " + body + "}"
        case 8: return "((" + arithmetic() + "))"
        case 9: return "[[ " + word() + pick(" == ", " != ", " -eq ", " < ") + word() + " && -f " + word() + " ]]"
        case 10: return "for ((i=0; " + arithmetic() + "; i++)); do " + body + "done"
        default: return "coproc { " + body + "}"
        }
    }

    private mutating func simple() -> String {
        var text = ""
        while choose(4) == 3 { text += pick("x=", "x+=1", "a[1]=2", "r=(a 'b' $c)", "y=~/a:~b", "z=" + quoted()) + " " }
        text += pick("ls", "rm", "'ls'", "l\\s", "$x", "/bin/rm", "[", "echo")
        while choose(3) != 0 { text += choose(5) == 4 ? redirection() : " " + word() }
        return text
    }

    private mutating func redirection() -> String {
        pick("", " >f", " 2>&1", " <f", " {fd}>>'a b'", " &>f", " <<<$x", " >&-", " >|" + word())
    }

    private mutating func word() -> String {
        var text = piece()
        while choose(3) == 2 { text += piece() }
        return text
    }

    private mutating func quoted() -> String {
        switch choose(4) {
        case 0: return "'" + pick("", "a b", "$x;`", "\"", "\n") + "'"
        case 1: return "$'" + pick("\\n", "\\'", "\\x41", "\\u00e9", "\\\\") + "'"
        default: return "\"" + pick("", "a b", "'", "\\\"", "{a,b}*~") + (choose(2) == 1 ? expansion(inQuotes: true) : "") + "\""
        }
    }

    private mutating func expansion(inQuotes: Bool) -> String {
        switch choose(8) {
        case 0: return pick("$x", "$1", "$@", "${x}", "${#x}", "${!x}", "${x@Q}", "${a[1]}", "${x:1:2}", "$$")
        case 1 where depth < 8: return "$( " + script() + "\n)"
        case 2: return "`" + pick("ls", "ls a; rm b", "echo \\$x", "ls | cat") + "`"
        case 3: return "$((" + arithmetic() + "))"
        case 4 where depth < 8:
            depth += 1
            defer { depth -= 1 }
            return "${x" + pick(":-", "-", ":=", "+", "#", "%%", "//") + (inQuotes ? pick("a", "$y", "a b") : word()) + "}"
        default: return "$y"
        }
    }

    private mutating func arithmetic() -> String {
        pick("1+2", "x", "(1+2)*3", "a[1]", "x<y", "x ? 1 : 2", "$x", "${y}+1")
            + (choose(4) == 3 && depth < 8 ? "+" + expansion(inQuotes: true) : "")
    }

    private mutating func piece() -> String {
        switch choose(10) {
        case 0, 1: return pick("a", "-rf", "x.c", "é", "=", "+", "@", "%", "a#b")
        case 2: return quoted()
        case 3, 4: return expansion(inQuotes: false)
        case 5: return pick("*", "?", "[ab]", "[!x]")
        case 6: return pick("{a,b}", "{1..3}", "{a", "{}", "{a,{b,c}}")
        case 7: return pick("~", "~root", "~/x")
        case 8 where depth < 8: return pick("<(", ">(") + " " + script() + "\n)"
        default: return pick("\\ ", "\\*", "\\$", "b\\\n", "b")
        }
    }
}
