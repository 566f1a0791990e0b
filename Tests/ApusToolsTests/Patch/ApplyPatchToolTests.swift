import ApusBase
import ApusCore
import ApusWorkspace
import Testing

@testable import ApusTools

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct ApplyPatchToolTests {
    let bench = Bench()

    private func patch(_ lines: String...) -> JSONValue {
        ["input": .string((["*** Begin Patch"] + lines + ["*** End Patch"]).joined(separator: "\n"))]
    }

    private func files(_ result: ToolResult) throws -> [JSONValue] { try JSONValue(parsing: result.text)["files"]?.arrayValue ?? [] }

    @Test func whatAPatchWillMakeOfFilesCanBeToldBefore() async throws {
        bench.write("a.txt", "one\ntwo\n")
        bench.write("gone.txt", "bye\n")
        bench.write("run.sh", "echo 1\n")
        _ = await bench.run("Read", ["file_path": "a.txt"])
        let input = patch(
            "*** Update File: a.txt", "@@", " one", "-two", "+2", "*** Add File: new.txt", "+hello", "*** Delete File: gone.txt",
            "*** Update File: run.sh", "*** Move to: moved.sh", "@@", "-echo 1", "+echo 2")
        func hash(_ text: String) -> String { FileHash.of(Array(text.utf8)) }
        let told = try await bench.changes("ApplyPatch", input)
        #expect(
            told == [
                FileChange(path: bench("a.txt"), before: hash("one\ntwo\n"), after: hash("one\n2\n"), isSeen: true),
                FileChange(path: bench("new.txt"), before: nil, after: hash("hello\n"), isSeen: true),
                FileChange(path: bench("gone.txt"), before: hash("bye\n"), after: nil, isSeen: true),
                FileChange(path: bench("moved.sh"), before: nil, after: hash("echo 2\n"), isSeen: false),
                FileChange(path: bench("run.sh"), before: hash("echo 1\n"), after: nil, isSeen: true),
            ])
        #expect(bench.string("a.txt") == "one\ntwo\n" && bench.string("gone.txt") == "bye\n", "nothing was changed")
        let result = await bench.run("ApplyPatch", input)
        #expect(result.status == .succeeded)
        for change in told ?? [] {
            let name = change.path.split(separator: "/").last.map(String.init) ?? ""
            #expect(bench.bytes(name).map { FileHash.of($0) } == change.after)
        }
        #expect(try await bench.changes("ApplyPatch", input) == [], "it does not fit any more")
    }

    @Test func allKindsOfChangesAreMadeTogether() async throws {
        bench.write("a.txt", "one\ntwo\n")
        bench.write("gone.txt", "bye\n")
        bench.write("run.sh", Array("echo 1\n".utf8), mode: 0o755)
        let result = await bench.run(
            "ApplyPatch",
            patch(
                "*** Update File: a.txt", "@@", " one", "-two", "+2", "*** Add File: deep/new.txt", "+hello", "*** Delete File: gone.txt",
                "*** Update File: run.sh", "*** Move to: bin/run.sh", "@@", "-echo 1", "+echo 2"))
        let diff = "--- \(bench("a.txt"))\n+++ \(bench("a.txt"))\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n"
        let expected: JSONValue = [
            "success": true,
            "files": [
                ["file_path": .string(bench("a.txt")), "diff": .string(diff), "action": "update"],
                [
                    "file_path": .string(bench("deep/new.txt")),
                    "diff": .string("--- /dev/null\n+++ \(bench("deep/new.txt"))\n@@ -0,0 +1,1 @@\n+hello\n"), "action": "add",
                ],
                [
                    "file_path": .string(bench("gone.txt")),
                    "diff": .string("--- \(bench("gone.txt"))\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-bye\n"), "action": "delete",
                ],
                [
                    "file_path": .string(bench("bin/run.sh")),
                    "diff": .string("--- \(bench("run.sh"))\n+++ \(bench("bin/run.sh"))\n@@ -1,1 +1,1 @@\n-echo 1\n+echo 2\n"),
                    "action": "move", "moved_from": .string(bench("run.sh")),
                ],
            ],
            "file_path": .string(bench("a.txt")), "diff": .string(diff),
        ]
        #expect(result.status == .succeeded)
        #expect(result.text == expected.serialized())
        #expect(
            result.files == [
                FileMark(path: bench("deep/new.txt"), hash: FileHash.of(Array("hello\n".utf8))),
                FileMark(path: bench("gone.txt"), hash: ""),
                FileMark(path: bench("run.sh"), hash: ""),
            ])
        #expect(bench.string("a.txt") == "one\n2\n" && bench.string("deep/new.txt") == "hello\n" && bench.string("gone.txt") == nil)
        #expect(bench.string("run.sh") == nil && bench.string("bin/run.sh") == "echo 2\n")
        var status = stat()
        stat(bench("bin/run.sh"), &status)
        #expect(status.st_mode & 0o777 == 0o755)
    }

    @Test func nothingIsWrittenWhenOneHunkDoesNotFit() async {
        bench.write("a", "1\n")
        bench.write("b", "other\n")
        let result = await bench.run(
            "ApplyPatch",
            patch("*** Add File: new", "+x", "*** Update File: a", "@@", "-1", "+2", "*** Update File: b", "@@", "-1", "+2"))
        #expect(
            result
                == ToolResult(
                    .failed,
                    "The hunk for \(bench("b")) does not fit: its lines cannot be found, and nothing in the file is alike. "
                        + "Read the file again and copy the lines from it.\nNo file was changed."))
        #expect(bench.string("a") == "1\n" && bench.string("new") == nil)
    }

    @Test func aFailedWriteTakesTheOthersBack() async throws {
        bench.write("a", Array("1\n".utf8), mode: 0o640)
        bench.write("gone", "bye\n")
        // Planned while nothing is there; the first new file then stands in the way of the second.
        let result = await bench.run(
            "ApplyPatch",
            patch("*** Update File: a", "@@", "-1", "+2", "*** Delete File: gone", "*** Add File: new", "+x", "*** Add File: new/y", "+y"))
        #expect(result.text.hasSuffix(" The changes made before that were taken back; no file is changed."))
        #expect(result.status == .failed && result.files.isEmpty)
        #expect(bench.string("a") == "1\n" && bench.string("gone") == "bye\n" && bench.string("new") == nil)
        var status = stat()
        stat(bench("a"), &status)
        #expect(status.st_mode & 0o777 == 0o640)
    }

    @Test func aRemovedFileIsPutBackWithItsMode() throws {
        bench.write("a", Array("a\n".utf8), mode: 0o751)
        bench.write("b", "b\n")
        func version(_ path: SafePath) throws -> FileGroup.FileVersion {
            let file = try path.openForReading()
            let status = file.status
            return FileGroup.FileVersion(bytes: try file.readAll(limit: 100), status: status)
        }
        let a = try SafePath.resolve(bench("a"), against: "/")
        let b = try SafePath.resolve(bench("b"), against: "/")
        let group = FileGroup([.remove(a, try version(a)), .remove(b, try version(b))])
        bench.write("b", "written by somebody else\n")
        do {
            _ = try group.run()
            Issue.record("b was removed although it had changed")
        } catch {
            #expect(error.sentence.hasSuffix("The changes made before that were taken back; no file is changed."))
        }
        #expect(bench.string("a") == "a\n" && bench.string("b") == "written by somebody else\n")
        var status = stat()
        stat(bench("a"), &status)
        #expect(status.st_mode & 0o777 == 0o751)
    }

    @Test func whatQuotesTheFileNeedsNoReadAndWhatQuotesNothingDoes() async {
        bench.write("f", "a\n")
        let blind = patch("*** Update File: f", "@@", "+b")
        #expect(
            await bench.text("ApplyPatch", blind)
                == "A hunk for \(bench("f")) quotes no line of it, and the file has not been read since it last changed. Read it first, or quote the lines around the change.\nNo file was changed."
        )
        let quoted = await bench.run("ApplyPatch", patch("*** Update File: f", "@@", " a", "+b"))
        #expect(quoted.status == .succeeded && quoted.files.isEmpty)
        #expect(await bench.run("Create", ["file_path": "f", "content": "all new"]).status == .failed)
        _ = await bench.run("Read", ["file_path": "f"])
        let mark = FileMark(path: bench("f"), hash: FileHash.of(Array("a\nb\nb\n".utf8)))
        #expect(await bench.run("ApplyPatch", blind).files == [mark])
        bench.write("f", "changed by hand\n")
        #expect(
            await bench.text("ApplyPatch", patch("*** Delete File: f"))
                == "\(bench("f")) has changed since it was last read. Read it again, then delete it.\nNo file was changed.")
        #expect(bench.string("f") == "changed by hand\n")
    }

    @Test func filesThatAreInTheWayOrMissingAreNamed() async {
        bench.write("f", "a\n")
        bench.write("g", "b\n")
        bench.write("binary", [0, 1, 2])
        mkfifo(bench("pipe"), 0o600)
        let cases: [(JSONValue, String)] = [
            (patch("*** Add File: f", "+x"), "\(bench("f")) exists already; use *** Update File: to change it.\nNo file was changed."),
            (patch("*** Update File: none", "@@", "-a", "+b"), "\(bench("none")) does not exist. No file was changed."),
            (
                patch("*** Update File: f", "*** Move to: g"),
                "\(bench("f")) cannot be moved to \(bench("g")): something is there already.\nNo file was changed."
            ),
            (patch("*** Delete File: ."), "\(bench.path)/ws is a directory, not a file. No file was changed."),
            (patch("*** Delete File: pipe"), "\(bench("pipe")) is a named pipe, not a regular file. No file was changed."),
            (
                patch("*** Update File: f", "@@", "-a", "+b", "*** Delete File: ./f"),
                "The patch names \(bench("f")) twice. Put all hunks for a file into one section."
            ),
            (
                patch("*** Update File: binary", "@@", "-a", "+b"),
                "\(bench("binary")) is not text: binary data, 3 bytes. Use a command that understands it. ApplyPatch changes text only.\nNo file was changed."
            ),
        ]
        for (input, sentence) in cases { #expect(await bench.run("ApplyPatch", input) == ToolResult(.failed, sentence)) }
        #expect(bench.string("f") == "a\n" && bench.string("g") == "b\n")
    }

    @Test func accessNamesEveryRealPath() throws {
        bench.write("a/f", "x")
        bench.write("b/.keep", "")
        _ = bench.link("door", to: "a")
        let request = try bench.tool("ApplyPatch").access(
            for: patch("*** Update File: door/f", "*** Move to: ../out", "*** Add File: /etc/x", "+y"), in: bench.context())
        #expect(
            request
                == AccessRequest(
                    action: .write([bench("a/f"), bench.path + "/out", "/etc/x"]), summary: "Patch \(bench("a/f")) and 2 more"))
    }

    @Test func aFolderSwappedForALinkAfterTheCheckIsRefused() async throws {
        bench.write("a/f", "x\n")
        bench.write("b/f", "x\n")
        _ = bench.link("door", to: "a")
        let context = bench.context()
        let input = patch("*** Update File: door/f", "*** Move to: door/g", "@@", "-x", "+y")
        _ = try bench.tool("ApplyPatch").access(for: input, in: context)
        _ = bench.link("door", to: "b")
        let result = await bench.tool("ApplyPatch").run(input, in: context)
        #expect(result.status == .failed && result.text.contains("it led to \(bench("a/f")) and now leads to \(bench("b/f"))"))
        #expect(bench.string("a/f") == "x\n" && bench.string("b/f") == "x\n" && bench.string("b/g") == nil)
    }

    @Test func encodingAndLineEndsStay() async {
        bench.write("f", [0xFE, 0xFF, 0, 0x61, 0, 0x0D, 0, 0x0A])
        #expect(await bench.run("ApplyPatch", patch("*** Update File: f", "@@", "-a", "+é")).status == .succeeded)
        #expect(bench.bytes("f") == [0xFE, 0xFF, 0, 0xE9, 0, 0x0D, 0, 0x0A])
    }

    @Test func theResultStaysJSONWithinTheLimit() async throws {
        let body = (1...1_000).map { "+line \"\($0)\" \\ of a long file" }
        let lines = ["*** Begin Patch"] + (1...3).flatMap { ["*** Add File: f\($0)"] + body } + ["*** End Patch"]
        let result = await bench.run("ApplyPatch", ["input": .string(lines.joined(separator: "\n"))])
        #expect(result.status == .succeeded && result.text.utf8.count <= ByteLimit.maximumToolOutputCharacters)
        #expect(try files(result).map { $0["file_path"]?.stringValue } == [bench("f1"), bench("f2"), bench("f3")])
        #expect(try JSONValue(parsing: result.text)["diff"]?.stringValue?.contains("omitted") == true)
        #expect(bench.string("f3")?.split(separator: "\n").count == 1_000)
    }

    @Test func openAIModelsGetItInPlaceOfEditAndOthersWhenItIsAdded() async {
        let tools = BuiltinTools(processes: nil, environment: [:], temporaryDirectory: "/tmp")
        func names(_ dialect: String, _ selection: ToolSelection = .usual) async -> [String] {
            await tools.tools(for: ToolScope(session: "s", dialect: dialect, selection: selection)).map(\.definition.name)
        }
        #expect(await names("anthropic") == ["Read", "LS", "Grep", "Glob", "Create", "Edit", "FetchUrl", "TodoWrite"])
        #expect(await names("openai") == ["Read", "LS", "Grep", "Glob", "Create", "ApplyPatch", "FetchUrl", "TodoWrite"])
        let all = ["Read", "LS", "Grep", "Glob", "Create", "Edit", "ApplyPatch", "FetchUrl", "TodoWrite"]
        #expect(await names("anthropic", ToolSelection(additional: ["ApplyPatch"])) == all)
        #expect(await names("openai", ToolSelection(additional: ["Edit"])) == all)
        #expect(await names("openai", ToolSelection(only: ["Read", "Edit", "ApplyPatch"], disabled: ["Read"])) == ["ApplyPatch"])
        #expect(await names("anthropic", ToolSelection(only: [], additional: ["ApplyPatch"])) == [])
    }
}
