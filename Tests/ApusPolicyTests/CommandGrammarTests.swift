import ApusCore
import ApusPolicy
import Foundation
import Testing

/// Threat S10: a head that may run, an operator, a dangerous tail in any quoting. It is never allowed at the default level.
///
/// `APUS_GRAMMAR_CASES` says how many of the 100,000 cases run: every one does in an optimised build, an even sample of them in others.
@Suite struct CommandGrammarTests {
    private static let heads = [
        "ls", "ls -la", "git status", "echo x", "cat README.md", "pwd", "git log --oneline -5", "grep -rn foo src", "true", "printf '%s' a",
        "wc -l a", "[ -f a ]", "[[ -f a ]]",
        "((1))", "git diff | head", "(ls)", "{ ls; }", "if ls; then pwd; fi", "for i in 1 2; do echo $i; done", "x=1", "echo \"$(pwd)\"",
        "f() { ls; }", "date", "head -n 3 'a b'", ":",
    ]

    /// What stands between them: `H` is the head, `T` the tail.
    private static let operators = [
        "H; T", "H;T", "H && T", "H&&T", "H || T", "H||T", "H | T", "H|T", "H |& T", "H & T", "H&T", "H\nT", "H\n\n\tT", "H # a\nT",
        "H;\nT", "H \\\n; T", "H && ! T", "H; time T",
        "H; (T)", "H; { T; }", "(H; T)", "{ H; T; }", "if H; then T; fi", "if H; then :; else T; fi", "while H; do T; break; done",
        "until ! H; do T; done", "for i in 1; do H; T; done",
        "case a in a) H; T;; esac", "case a in b) H;; *) T;; esac", "H; f() { T; }; f", "H; echo $(T)", "H; echo \"$(T)\"", "H; echo `T`",
        "H > >(T)", "H; cat <(T)", "H; x=$(T)",
        "H; echo ${y:-$(T)}", "cat <<E\n$(T)\nE\nH", "H; coproc T", "H; command T", "H; env T", "H; exec T", "H; eval 'T'", "H; nohup T",
        "H | xargs T", "T; H", "T && H", "T | H", "H; [[ a == $(T) ]]",
        "H; echo $((1 + $(T)))",
    ]

    /// Programs with their words; none of them only reads.
    private static let tails: [[String]] = [
        ["rm", "-rf", "x"], ["rm", "x"], ["mv", "a", "b"], ["dd", "if=a", "of=b"], ["sh", "x.sh"], ["git", "push"],
        ["git", "reset", "--hard"], ["chmod", "777", "a"], ["curl", "-o", "a", "http://x.test"],
        ["sudo", "ls"], ["tee", "a"], ["touch", "a"], ["python3", "x.py"], ["kill", "-9", "1"], ["sed", "-i", "s/a/b/", "c"],
        ["find", ".", "-delete"], ["xargs", "rm"], ["npm", "install"], ["make", "all"],
        ["cat", ".env"],
    ]

    /// How a word may be written without changing what it is.
    private static let quotings: [@Sendable (String) -> String] = [
        { $0 }, { "'" + $0 + "'" }, { "\"" + $0 + "\"" }, { "\\" + $0 }, { $0.prefix(1) + "''" + $0.dropFirst() },
        { $0.prefix(1) + "\"\"" + $0.dropFirst() }, { "$'" + $0 + "'" },
        { "\"" + $0.prefix(1) + "\"" + $0.dropFirst() }, { $0.prefix(1) + "\\\n" + $0.dropFirst() },
        { "$'\\x" + String($0.utf8.first ?? 0, radix: 16) + "'" + $0.dropFirst() },
        { "{" + $0 + ",}" }, { "$\"" + $0 + "\"" }, { $0 + "$z" }, { "$(echo " + $0 + ")" }, { "${z:-" + $0 + "}" },
    ]

    /// SplitMix64: the same cases everywhere.
    private struct Numbers {
        var state: UInt64

        mutating func next(_ bound: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return Int((value ^ (value >> 31)) >> 33) % bound
        }
    }

    private static func command(_ number: Int) -> String {
        var numbers = Numbers(state: UInt64(number))
        let head = heads[numbers.next(heads.count)]
        // The second quoting of many is none, so that one word alone is often dressed.
        let tail = tails[numbers.next(tails.count)].map { word in numbers.next(2) == 0 ? word : quotings[numbers.next(quotings.count)](word)
        }.joined(separator: " ")
        let form = operators[numbers.next(operators.count)]
        // Quotes do not nest: within `eval '…'` and backticks others are meant.
        let written = form.contains("'T'") ? form.replacing("'T'", with: quoted(tail)) : form
        let backticks =
            written.contains("`T`") ? tail.replacing("\\", with: "\\\\").replacing("`", with: "\\`").replacing("$(", with: "\\$(") : tail
        return written.replacing("H", with: head, maxReplacements: 1).replacing("T", with: backticks, maxReplacements: 1)
    }

    private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }

    private static var step: Int {
        if let cases = ProcessInfo.processInfo.environment["APUS_GRAMMAR_CASES"].flatMap(Int.init) {
            return max(1, 100_000 / max(1, cases))
        }
        #if DEBUG
            return 25
        #else
            return 1
        #endif
    }

    @Test(arguments: 0..<4)
    func noCompositionWithADangerousTailIsAllowedAtTheDefaultLevel(quarter: Int) {
        let policy = AutonomyPolicy()
        var found: [String] = []
        for number in stride(from: quarter * 25_000, to: (quarter + 1) * 25_000, by: Self.step) {
            let command = Self.command(number)
            let request = AccessRequest(action: .command(command, declaredRisk: "low"), summary: "")
            if case .allow(let rule) = policy.decide(request, at: .off, in: CommandCatalogTests.workspace) {
                found.append("\(number) \(command.debugDescription) by \(rule)")
            }
        }
        #expect(found.isEmpty, "\(found.count), such as \(found.prefix(10).joined(separator: "\n"))")
    }

    /// The heads alone, so that the test above can fail.
    @Test(arguments: heads)
    func everyHeadAloneIsAllowedAtTheDefaultLevel(head: String) {
        let request = AccessRequest(action: .command(head, declaredRisk: "low"), summary: "")
        #expect(AutonomyPolicy().decide(request, at: .off, in: CommandCatalogTests.workspace).isAllowed)
    }
}

extension AccessDecision {
    fileprivate var isAllowed: Bool { if case .allow = self { true } else { false } }
}
