import ApusBase
import ApusCore
import ApusTools
import ApusWorkspace
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct ReadToolTests {
    let bench = Bench()

    @Test func aTextComesAsItIsWithItsMark() async {
        bench.write("f", "one\r\ntwo\n")
        #expect(
            await bench.run("Read", ["file_path": "f"])
                == ToolResult(
                    .succeeded, "one\r\ntwo\n", files: [FileMark(path: bench("f"), hash: FileHash.of(Array("one\r\ntwo\n".utf8)))]))
    }

    @Test(arguments: [
        (0, 2, "l0\nl1\n\n[Lines 1-2 of 5 are shown. Read on with offset 2.]"),
        (2, 2, "l2\nl3\n\n[Lines 3-4 of 5 are shown. Read on with offset 4.]"),
        (4, 2, "l4"), (3, 2, "l3\nl4"),
    ])
    func aPartSaysHowToGoOn(offset: Int64, limit: Int64, text: String) async {
        bench.write("f", "l0\nl1\nl2\nl3\nl4")
        #expect(await bench.text("Read", ["file_path": "f", "offset": .integer(offset), "limit": .integer(limit)]) == text)
    }

    @Test func anOffsetBehindTheEndIsTold() async {
        bench.write("f", "a\nb\n")
        #expect(
            await bench.text("Read", ["file_path": "f", "offset": 2])
                == "offset 2 is behind the end: \(bench("f")) has 2 lines. Use an offset below 2.")
    }

    @Test func aFullResultEndsAtALine() async {
        bench.write("f", (0..<2_000).map { "\($0) " + String(repeating: "x", count: 50) + "\n" }.joined())
        let text = await bench.text("Read", ["file_path": "f"])
        #expect(text.count <= ByteLimit.maximumToolOutputCharacters)
        let lines = text.split(separator: "\n")
        let next = lines.count - 1
        #expect(lines.last == "[Lines 1-\(next) of 2000 are shown. Read on with offset \(next).]")
        #expect(lines[next - 1].hasPrefix("\(next - 1) xx"))
    }

    @Test func oneGiantLineIsCutInItsMiddle() async {
        bench.write("f", "start" + String(repeating: "é", count: 300_000) + "end\nnext\n")
        let text = await bench.text("Read", ["file_path": "f"])
        #expect(text.hasPrefix("startéé"))
        #expect(text.contains(" bytes omitted …]\n"))
        #expect(text.contains("éend\n"))
        #expect(
            text.hasSuffix("[Line 1 is larger than a result; its middle is left out. Lines 1-1 of 2 are shown. Read on with offset 1.]"))
        #expect(text.unicodeScalars.count <= ByteLimit.maximumToolOutputCharacters)
    }

    @Test func whatIsNoTextIsNamed() async {
        bench.write("bin", [1, 2, 0, 3])
        bench.write("elf", [0x7F, 0x45, 0x4C, 0x46, 2])
        #expect(
            await bench.text("Read", ["file_path": "bin"])
                == "\(bench("bin")) is not text: binary data, 4 bytes. Use a command that understands it.")
        #expect(await bench.text("Read", ["file_path": "elf"]).contains("an ELF program"))
    }

    @Test func aFewBrokenBytesAreRepaired() async {
        bench.write("f", Array("caf".utf8) + [0xE9] + Array(" au lait, and some more text".utf8))
        #expect(await bench.text("Read", ["file_path": "f"]) == "caf\u{FFFD} au lait, and some more text")
    }

    @Test func otherEncodingsAreReadToo() async {
        bench.write("mark", [0xEF, 0xBB, 0xBF] + Array("hi".utf8))
        bench.write("wide", [0xFF, 0xFE] + "hé\n".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
        #expect(await bench.text("Read", ["file_path": "mark"]) == "hi")
        #expect(await bench.text("Read", ["file_path": "wide"]) == "hé\n")
    }

    @Test func anEmptyFileSaysSoAndCountsAsRead() async {
        bench.write("f", "")
        let result = await bench.run("Read", ["file_path": "f"])
        #expect(result == ToolResult(.succeeded, "[The file is empty.]", files: [FileMark(path: bench("f"), hash: FileHash.of([]))]))
    }

    @Test(arguments: [
        ("pipe", "is a named pipe, not a regular file."), (".", "is a directory. Use LS to list it."),
        ("/dev/zero", "/dev/zero is a device, not a regular file."),
        ("none", "does not exist."), ("f/x", "is not a directory."),
    ])
    func whatIsNoFileIsNeverWaitedFor(name: String, sentence: String) async {
        bench.write("f", "")
        mkfifo(bench("pipe"), 0o600)
        let result = await bench.run("Read", ["file_path": .string(name)])
        #expect(result.status == .failed)
        #expect(result.text.hasSuffix(sentence), "\(result.text)")
    }

    @Test func aHugeFileIsReadInPartWithoutAMark() async {
        bench.write("f", String(repeating: "0123456789\n", count: 100_000))
        truncate(bench("f"), 5 << 30)
        let result = await bench.run("Read", ["file_path": "f", "limit": 1])
        #expect(
            result
                == ToolResult(
                    .succeeded,
                    "0123456789\n\n[Lines 1-1 of a file of 5368709120 bytes are shown. Read on with offset 1. "
                        + "The file is over 64 MiB: it can be read in parts but not edited with Edit.]"))
    }

    @Test func cancellingEndsALongRead() async {
        bench.write("f", "a\n")
        let input: JSONValue = ["file_path": "f"]
        let context = bench.context()
        let tool = bench.tool("Read")
        _ = try? tool.access(for: input, in: context)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await tool.run(input, in: context)
        }
        #expect(await task.value.status == .interrupted)
    }
}

@Suite struct LSToolTests {
    let bench = Bench()

    @Test func namesAreSortedAndFoldersHaveASlash() async {
        for name in ["b", "a/x", ".hidden", ".git/x", "z.log"] { bench.write(name, "") }
        bench.write(".gitignore", "b\n")
        #expect(await bench.text("LS", [:]) == ".gitignore\n.hidden\na/\nb\nz.log")
        #expect(await bench.text("LS", ["ignorePatterns": ["*.log", ".*"]]) == "a/\nb")
        #expect(await bench.text("LS", ["directory_path": .string(bench("a"))]) == "x")
        #expect(await bench.text("LS", ["directory_path": "b"]) == "\(bench("b")) is not a directory.")
    }

    @Test func longListsAreCut() async {
        for number in 0..<1_005 { bench.write("f\(10_000 + number)", "") }
        let text = await bench.text("LS", [:])
        #expect(text.hasPrefix("f10000\nf10001\n"))
        #expect(text.hasSuffix("f10999\n\n[1000 of 1005 entries are shown. Leave some out with ignorePatterns, or use Glob.]"))
    }

    @Test func anEmptyFolderSaysSo() async { #expect(await bench.text("LS", [:]) == "[The directory is empty.]") }
}
