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

@Suite struct CreateToolTests {
    let bench = Bench()

    @Test func aNewFileIsWrittenWithItsFolders() async {
        let result = await bench.run("Create", ["file_path": "a/b/c.txt", "content": "hi\n"])
        let mark = FileMark(path: bench("a/b/c.txt"), hash: FileHash.of(Array("hi\n".utf8)))
        #expect(result == ToolResult(.succeeded, "{\"success\":true,\"file_path\":\"\(bench("a/b/c.txt"))\"}", files: [mark]))
        #expect(bench.string("a/b/c.txt") == "hi\n")
    }

    @Test func aFileThatWasNotReadIsNotReplaced() async {
        bench.write("f", "precious")
        let refused = await bench.run("Create", ["file_path": "f", "content": "new"])
        #expect(refused == ToolResult(.failed, "\(bench("f")) has not been read in this session. Read it first, then replace it."))
        _ = await bench.run("Read", ["file_path": "f"])
        #expect(await bench.run("Create", ["file_path": "f", "content": "new"]).status == .succeeded)
        bench.write("f", "changed by hand")
        #expect(
            await bench.text("Create", ["file_path": "f", "content": "x"])
                == "\(bench("f")) has changed since it was last read. Read it again, then replace it.")
        #expect(bench.string("f") == "changed by hand")
    }

    @Test func runningTheSameCallAgainIsFine() async {
        let input: JSONValue = ["file_path": "f", "content": "same"]
        let first = await bench.run("Create", input)
        let fresh = bench.tool("Create")
        let context = ToolContext(session: "s", call: "again", workingDirectory: bench.path + "/ws")
        _ = try? fresh.access(for: input, in: context)
        #expect(await fresh.run(input, in: context) == first)
    }

    @Test func foldersAndPipesAreRefused() async {
        mkfifo(bench("pipe"), 0o600)
        #expect(
            await bench.text("Create", ["file_path": "pipe", "content": "x"]) == "\(bench("pipe")) is a named pipe, not a regular file.")
        #expect(await bench.text("Create", ["file_path": ".", "content": "x"]).hasSuffix("is a directory, not a file."))
        bench.write("f", "")
        #expect(await bench.text("Create", ["file_path": "f/x", "content": "x"]) == "\(bench("f")) is not a directory.")
    }
}

@Suite struct EditToolTests {
    let bench = Bench()

    private func edit(_ old: String, _ new: String, all: Bool = false) async -> ToolResult {
        _ = await bench.run("Read", ["file_path": "f"])
        return await bench.run("Edit", ["file_path": "f", "old_str": .string(old), "new_str": .string(new), "change_all": .bool(all)])
    }

    @Test func theChangeComesBackAsADiff() async {
        bench.write("f", (1...12).map { "line \($0)\n" }.joined())
        let result = await edit("line 6\nline 7", "LINE 6\nextra\nline 7")
        #expect(
            result.text == """
                --- \(bench("f"))
                +++ \(bench("f"))
                @@ -2,9 +2,10 @@
                 line 2
                 line 3
                 line 4
                 line 5
                -line 6
                +LINE 6
                +extra
                 line 7
                 line 8
                 line 9
                 line 10

                """)
        #expect(result.files == [FileMark(path: bench("f"), hash: FileHash.of(bench.bytes("f")!))])
        #expect(await bench.run("Edit", ["file_path": "f", "old_str": "extra\n", "new_str": ""]).status == .succeeded)
    }

    /// Written ahead, so that whoever finds the call without an outcome can tell whether it was done.
    @Test func whatAnEditWillMakeOfTheFileCanBeToldBefore() async throws {
        bench.write("f", "one\ntwo\n")
        let input: JSONValue = ["file_path": "f", "old_str": "two", "new_str": "2"]
        #expect(try await bench.changes("Edit", input) == [], "not read yet: it would be refused")
        _ = await bench.run("Read", ["file_path": "f"])
        let before = FileHash.of(bench.bytes("f")!)
        let told = try await bench.changes("Edit", input)
        #expect(bench.string("f") == "one\ntwo\n", "nothing was changed")
        let result = await bench.run("Edit", input)
        #expect(told == [FileChange(path: bench("f"), before: before, after: FileHash.of(bench.bytes("f")!), isSeen: true)])
        #expect(result.files.map(\.hash) == told?.map(\.after))
        #expect(try await bench.changes("Edit", input) == [], "there is no such text any more")
    }

    @Test func severalPlacesNeedToBeAskedFor() async {
        bench.write("f", "a = 1\nb = 1\nc = 1")
        #expect(
            await edit("= 1", "= 2").text
                == "old_str is 3 times in \(bench("f")), at lines 1, 2, 3. Give more of the text around the one you mean, or set change_all to true."
        )
        #expect(await edit("= 1", "= 2", all: true).status == .succeeded)
        #expect(bench.string("f") == "a = 2\nb = 2\nc = 2")
    }

    @Test func theClosestTextIsShownWhenThereIsNone() async {
        bench.write("f", "func alpha() {\n    return 1\n}\n\nfunc beta() {\n\treturn 2\n}\n")
        #expect(
            await edit("func beta() {\n    return 2\n}", "x").text
                == "old_str is not in \(bench("f")). At line 5 there is, only its white space differs:\n\nfunc beta() {\n\treturn 2\n}\n\n\nCopy it to the letter."
        )
        #expect(
            await edit("func alpha() {\n    return 100", "x").text.contains(
                "At line 1 there is, the closest text:\n\nfunc alpha() {\n    return 1\n"))
        #expect(await edit("zzzzzz qqqqq", "x").text.contains("nothing in it is alike"))
    }

    @Test func theFileMustHaveBeenReadAndBeUnchanged() async {
        bench.write("f", "one")
        let input: JSONValue = ["file_path": "f", "old_str": "one", "new_str": "two"]
        #expect(await bench.text("Edit", input) == "\(bench("f")) has not been read in this session. Read it first, then edit it.")
        _ = await bench.run("Read", ["file_path": "f"])
        bench.write("f", "one ")
        #expect(await bench.text("Edit", input) == "\(bench("f")) has changed since it was last read. Read it again, then edit it.")
        #expect(bench.string("f") == "one ")
    }

    @Test func encodingLineEndsAndModeStay() async {
        bench.write("f", [0xEF, 0xBB, 0xBF] + Array("one\r\ntwo\r\n".utf8), mode: 0o750)
        #expect(await edit("one\ntwo", "1\n2\n3").status == .succeeded)
        #expect(bench.bytes("f") == [0xEF, 0xBB, 0xBF] + Array("1\r\n2\r\n3\r\n".utf8))
        var status = stat()
        stat(bench("f"), &status)
        #expect(status.st_mode & 0o777 == 0o750)
        bench.write("f", [0xFE, 0xFF, 0, 0x61, 0, 0x62])
        #expect(await edit("b", "é").status == .succeeded)
        #expect(bench.bytes("f") == [0xFE, 0xFF, 0, 0x61, 0, 0xE9])
        bench.write("f", Array("caf".utf8) + [0xE9] + Array(" is some coffee\n".utf8))
        #expect(await edit("coffee", "tea").status == .succeeded)
        #expect(bench.bytes("f") == Array("caf".utf8) + [0xE9] + Array(" is some tea\n".utf8))
    }

    @Test func aMissingNewlineAtTheEndIsMarked() async {
        bench.write("f", "a\nb")
        #expect(await edit("b", "b\n").text.hasSuffix("@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"))
    }

    @Test func binaryFilesAreRefused() async {
        bench.write("f", [1, 0, 2])
        let mark = FileMark(path: bench("f"), hash: FileHash.of([1, 0, 2]))
        let context = ToolContext(session: "s", call: "c", workingDirectory: bench.path + "/ws", files: [mark.path: mark])
        let input: JSONValue = ["file_path": "f", "old_str": "a", "new_str": "b"]
        _ = try? bench.tool("Edit").access(for: input, in: context)
        #expect(await bench.tool("Edit").run(input, in: context).text.contains("is not text: binary data, 3 bytes"))
    }
}
