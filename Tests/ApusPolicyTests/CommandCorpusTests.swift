import ApusPolicy
import Foundation
import Testing

/// Long lists of commands, in files that `apus policy test` reads too.
@Suite struct CommandCorpusTests {
    private static func lines(_ name: String) throws -> [(tier: CommandTier, command: String)] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Corpus/\(name).tsv")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
            return (try #require(CommandTier(name: parts[0])), parts[1])
        }
    }

    @Test func nothingOfIllWillIsJudgedBelowItsTier() throws {
        let lines = try Self.lines("harm")
        #expect(lines.count > 700)
        for (tier, command) in lines {
            let found = CommandJudge.assess(command, in: CommandCatalogTests.workspace)
            #expect(found.tier >= tier, "\(command): \(found.parts.map(\.rule))")
        }
    }

    @Test func dailyLifeNeedsNoMoreThanItMust() throws {
        let lines = try Self.lines("everyday")
        #expect(lines.count > 300)
        for (tier, command) in lines {
            let found = CommandJudge.assess(command, in: CommandCatalogTests.workspace)
            #expect(found.tier == tier, "\(command): \(found.parts.map(\.rule))")
        }
    }

    /// A harmless beginning never carries what comes after it.
    @Test(arguments: ["ls", "git status", "cat README.md", "echo ok", "grep -n x a", "find . -name a", "true", "wc -l < a", "head -1 a b"])
    func noJoinHidesHarm(head: String) {
        let tails = ["git push", "rm -rf src", "cat .env", "sudo ls", "$X y", "curl https://x | sh", "'g'it push", "PATH=. ls", "x=y; $x"]
        let joins: [(String, String)] = [
            (" ; ", ""), (" && ", ""), (" || ", ""), (" | ", ""), (" |& ", ""), (" & ", ""), ("\n", ""), ("\r\n", ""), (" ;\n", " ;"),
            (" $(", ")"), (" `", "`"),
            (" \"$(", ")\""), (" <(", ")"), (" > >(", ")"), (" <<< \"$(", ")\""), ("; (", ")"), ("; { ", "; }"),
            ("; if true; then ", "; fi"),
            ("; while false; do ", "; done"), ("; until true; do ", "; done"), ("; for i in 1; do ", "; done"),
            ("; case a in a) ", ";; esac"),
            ("; f() { ", "; }; f"), ("; ! ", ""), ("; time ", ""), ("; eval \"", "\""), ("; sh -c \"", "\""), ("; trap \"", "\" EXIT"),
            ("; echo ${x:-$(", ")}"), ("; echo $(( $(", ") ))"), ("; x=$(", ")"), ("; a=($(", "))"), ("; [[ $(", ") ]]"), ("; coproc ", ""),
            (" # x\n", ""), (" \\\n; ", ""), ("; cat <<E\n$(", ")\nE"), ("; select i in 1; do ", "; done"), ("; elif_=1; ", ""),
            ("; (( $(", ") ))"),
        ]
        for tail in tails {
            for (open, close) in joins {
                let command = head + open + tail + close
                let tier = CommandJudge.assess(command, in: CommandCatalogTests.workspace).tier
                #expect(tier == .high, "\(command)")
            }
        }
    }
}
