import ApusWorkspace
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct IgnoreRulesTests {
    let folder = TemporaryFolder()

    /// Patterns, a path, whether it is a folder, whether it is ignored.
    @Test(arguments: [
        ("*.log", "a/b.log", true), ("/a.log", "x/a.log", false), ("/a.log", "a.log", true), ("build/", "x/build/y", true),
        ("build/", "build", false),
        ("a/b", "x/a/b", false), ("a/b", "a/b", true), ("**/b", "x/y/b", true), ("a/**", "a/x/y", true), ("a/**/z", "a/z", true),
        ("a/**/z", "a/x/y/z", true),
        ("*.log\n!keep.log", "keep.log", false), ("!keep.log\n*.log", "keep.log", true), ("x/\n!x/y", "x/y", true), ("# c", "# c", false),
        ("\\#c", "#c", true), (#"\!c"#, "!c", true), ("a ", "a", true), (#"a\ "#, "a ", true), ("[ab].x", "b.x", true),
        ("[!ab].x", "b.x", false),
        ("a?c", "abc", true), ("a\r", "a", true), ("*", "x", true), ("/*\n!/keep", "keep/x", false), ("foo[", "foo[", false),
        ("a**b", "a/b", false),
        ("[[:digit:]]x", "1x", true), ("doc/*.txt", "doc/x/a.txt", false), ("**", "a/b", true), ("/*.log", "a/b.log", false),
        ("/*.log", "b.log", true), (#"a\*"#, "a*", true), (#"a\*"#, "ab", false),
    ])
    func aPatternDecides(patterns: String, path: String, isIgnored: Bool) throws {
        folder.write(".gitignore", patterns)
        folder.write(path, "")
        #expect(try !walked().contains(path) == isIgnored)
    }

    @Test func innerFilesOverrideOuterOnesAndExcludeComesLast() throws {
        folder.write(".git/HEAD", "ref: refs/heads/main\n")
        folder.write(".git/info/exclude", "*.tmp\nsecret\n")
        folder.write(".gitignore", "*.log\n!a.tmp\n")
        folder.write("in/.gitignore", "!b.log\n/c\n")
        for name in ["a.log", "a.tmp", "b.tmp", "secret", "in/b.log", "in/a.log", "in/c", "in/d/c"] { folder.write(name, "") }
        #expect(try walked() == [".gitignore", "a.tmp", "in", "in/.gitignore", "in/b.log", "in/d", "in/d/c"])
        #expect(try walked("in") == [".gitignore", "b.log", "d", "d/c"])
    }

    /// Random ignore files over a random tree, decided by git itself.
    @Test(arguments: 0..<12)
    func agreesWithGit(seed: Int) throws {
        var random = Counter(state: UInt64(seed) &* 7_919 + 17)
        runProgram(["git", "init", "-q", "."], in: folder.path)
        let names = ["a", "b", "ab", "x.log", "y.txt", "build", "#h", "a b", "1"]
        let pieces = ["a", "b", "*", "**", "?", "[ab]", "[!a]", "x.*", "*.log", "build", "a*", "\\#h", "[[:digit:]]", "*.t[x]t", "a\\ b"]
        var folders = [""]
        for _ in 0..<25 {
            let name = folders.randomElement(using: &random)! + names.randomElement(using: &random)!
            if contents(folder(name)) == nil, access(folder(name), F_OK) != 0 {
                folder.folder(name)
                folders.append(name + "/")
            }
        }
        for place in folders {
            for name in names where Bool.random(using: &random) && access(folder(place + name), F_OK) != 0 {
                folder.write(place + name, "")
            }
            guard place.isEmpty || Int.random(in: 0..<4, using: &random) == 0 else { continue }
            var lines: [String] = []
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                var line = Int.random(in: 0..<4, using: &random) == 0 ? "!" : ""
                if Int.random(in: 0..<4, using: &random) == 0 { line += "/" }
                line += (0..<Int.random(in: 1...3, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined(
                    separator: "/")
                if Int.random(in: 0..<4, using: &random) == 0 { line += "/" }
                lines.append(line)
            }
            folder.write(place + ".gitignore", lines.joined(separator: "\n") + "\n")
        }
        let visible = Set(try walked())
        let all = try walked(honouringRules: false)
        let ignored = runProgram(
            ["git", "check-ignore", "--no-index", "-z", "--stdin"], in: folder.path, input: all.joined(separator: "\0") + "\0",
            environment: ["GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null"])
        let byGit = Set(ignored.split(separator: "\0").map(String.init))
        #expect(Set(all).subtracting(visible) == byGit)
        #expect(!all.isEmpty)
    }

    private func walked(_ name: String = ".", honouringRules: Bool = true) throws -> [String] {
        let root = try SafePath.resolve(name, against: folder.path)
        let tree = try FileTree(root: root, rules: honouringRules ? Project.ignoreRules(walking: root) : nil)
        var paths: [String] = []
        while let entry = tree.next() { paths.append(entry.text) }
        return paths
    }
}

struct Counter: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
