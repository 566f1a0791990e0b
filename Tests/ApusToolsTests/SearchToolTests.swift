import ApusBase
import ApusCore
import ApusTools
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct GrepToolTests {
    let bench = Bench()

    private func grep(_ input: JSONObject) async -> String {
        await bench.text("Grep", .object(input)).replacing(bench.path + "/ws", with: "~")
    }

    @Test func pathsAreTheDefault() async {
        bench.write("b.swift", "let needle = 1\nneedle")
        bench.write("a/c.py", "needle")
        bench.write("a/none.py", "nothing")
        bench.write("out.log", "needle")
        bench.write("bin", [0, 1] + Array("needle".utf8))
        bench.write(".gitignore", "*.log\n")
        #expect(await grep(["pattern": "needle"]) == "~/a/c.py\n~/b.swift")
        #expect(await grep(["pattern": "NEEDLE"]) == "No matches found")
        #expect(await grep(["pattern": "NEEDLE", "case_insensitive": true, "type": "py"]) == "~/a/c.py")
        #expect(await grep(["pattern": "needle", "glob_pattern": "*.{swift,log}"]) == "~/b.swift")
        #expect(await grep(["pattern": "needle", "glob_pattern": "!a/**"]) == "~/b.swift")
        #expect(await grep(["pattern": "needle", "path": "a"]) == "~/a/c.py")
        #expect(await grep(["pattern": "needle", "path": "out.log"]) == "~/out.log")
        #expect(await grep(["pattern": "needle", "head_limit": 1]) == "~/a/c.py\n\n[The first 1 lines are shown.]")
        #expect(await grep(["pattern": "x", "type": "cobol"]).hasPrefix("Grep knows no file type \"cobol\". Known: c, cmake,"))
    }

    @Test func linesCarryPathAndNumber() async {
        bench.write("f", "one\r\ntwo x\nthree\nx four\nfive\nsix\nseven\neight x")
        #expect(await grep(["pattern": "x", "output_mode": "content"]) == "~/f:2:two x\n~/f:4:x four\n~/f:6:six\n~/f:8:eight x")
        #expect(await grep(["pattern": "^x", "output_mode": "content", "line_numbers": false]) == "~/f:x four")
        #expect(await grep(["pattern": "one$", "output_mode": "content"]) == "~/f:1:one")
        #expect(
            await grep(["pattern": "^(one|seven)$", "output_mode": "content", "context": 1])
                == "~/f:1:one\n~/f-2-two x\n--\n~/f-6-six\n~/f:7:seven\n~/f-8-eight x")
        #expect(
            await grep(["pattern": "[tf](wo|our|ive)", "output_mode": "content", "context_before": 1])
                == "~/f-1-one\n~/f:2:two x\n~/f-3-three\n~/f:4:x four\n~/f:5:five")
        #expect(await grep(["pattern": "three", "output_mode": "content", "context_after": 2]) == "~/f:3:three\n~/f-4-x four\n~/f-5-five")
        #expect(
            await grep(["pattern": "x", "output_mode": "content", "head_limit": 2])
                == "~/f:2:two x\n~/f:4:x four\n\n[The first 2 lines are shown.]")
    }

    @Test func contextReachesAcrossBlocksOfALargeFile() async {
        let filler = String(repeating: "y", count: 99)
        var lines = (1...9_000).map { "\($0) \(filler)" }
        for hit in [2_600, 5_201, 8_999] { lines[hit - 1] = "needle" }
        bench.write("f", lines.joined(separator: "\n"))
        let found = await grep(["pattern": "needle", "output_mode": "content", "context": 2])
        let expected = [2_600, 5_201, 8_999].map { hit in
            ((hit - 2)...min(hit + 2, 9_000)).map { number in
                number == hit ? "~/f:\(number):needle" : "~/f-\(number)-\(number) \(filler)"
            }.joined(separator: "\n")
        }.joined(separator: "\n--\n")
        #expect(found == expected)
    }

    @Test func aMatchMaySpanLinesWhenAsked() async {
        bench.write("f", "a\nstart {\n  x\n}\nb\nstart {\n}\n")
        #expect(
            await grep(["pattern": #"start \{[^}]*\}"#, "output_mode": "content", "multiline": true])
                == "~/f:2:start {\n~/f:3:  x\n~/f:4:}\n~/f:6:start {\n~/f:7:}")
        #expect(await grep(["pattern": #"x\n\}"#, "multiline": true]) == "~/f")
        #expect(await grep(["pattern": #"x\n\}"#]).contains("Set multiline to true"))
    }

    @Test func tooMuchIsCutInTheMiddleAndLongLinesAtTheirEnd() async {
        bench.write("f", (0..<5_000).map { "match \($0) ........................" }.joined(separator: "\n"))
        let text = await bench.text("Grep", ["pattern": "match", "output_mode": "content"])
        #expect(
            text.contains("characters omitted …]") && text.hasPrefix("\(bench("f")):1:match 0")
                && text.hasSuffix("match 4999 ........................"))
        #expect(text.unicodeScalars.count <= ByteLimit.maximumToolOutputCharacters)
        bench.write("g", "hit " + String(repeating: "z", count: 100_000))
        #expect(
            await grep(["pattern": "hit", "path": "g", "output_mode": "content"]) == "~/g:1:hit " + String(repeating: "z", count: 1_996)
                + "[… line cut, it has 100004 bytes …]")
    }

    @Test func aPipeInTheTreeIsPassedOver() async {
        bench.write("f", "needle")
        mkfifo(bench("e"), 0o600)
        #expect(await grep(["pattern": "needle"]) == "~/f")
        #expect(await grep(["pattern": "needle", "path": "e"]) == "~/e is a named pipe, not a regular file.")
    }
}

@Suite struct GlobToolTests {
    let bench = Bench()

    private func glob(_ input: JSONObject) async -> String {
        await bench.text("Glob", .object(input)).replacing(bench.path + "/ws", with: "~")
    }

    @Test func theNewestComeFirst() async {
        for (index, name) in ["a.swift", "x/b.swift", "x/c.md", "build/d.swift", "x/y/e.swift"].enumerated() {
            bench.write(name, "")
            var times = [timeval(tv_sec: 1_000 + index, tv_usec: 0), timeval(tv_sec: 1_000 + index, tv_usec: 0)]
            utimes(bench(name), &times)
        }
        bench.write(".gitignore", "build/\n")
        #expect(await glob(["patterns": ["**/*.swift"]]) == "~/x/y/e.swift\n~/x/b.swift\n~/a.swift")
        #expect(await glob(["patterns": "x/*.{md,swift}"]) == "~/x/c.md\n~/x/b.swift")
        #expect(await glob(["patterns": ["*.swift"], "excludePatterns": ["y/", "**/y/**"]]) == "~/x/b.swift\n~/a.swift")
        #expect(await glob(["patterns": ["*.md", "!x/**"]]) == "No files found")
        #expect(await glob(["patterns": ["*.swift"], "folder": "x/y"]) == "~/x/y/e.swift")
        #expect(await glob(["patterns": [.string(bench("x/*.md"))]]) == "~/x/c.md")
        #expect(await glob(["patterns": ["*"], "folder": "nowhere"]) == "~/nowhere does not exist.")
    }

    @Test func manyFilesAreCut() async {
        for number in 0..<1_010 { bench.write("f\(number)", "") }
        let text = await glob(["patterns": ["f*"]])
        #expect(text.hasSuffix("[The newest 1000 of 1010 files are shown. Use a narrower pattern or folder.]"))
    }
}
