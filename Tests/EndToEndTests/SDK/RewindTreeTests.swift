import ApusBase
import ApusTestServer
import DroidSDK
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Going back to before a prompt gives the tree that was there, to the byte, the permission and the link.
@Suite struct RewindTreeTests {
    /// Everything below a folder: what it is, its permissions, and its bytes or where it leads.
    private static func tree(_ root: String) throws -> [String: String] {
        var tree: [String: String] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) {
            let path = "\(root)/\(name)"
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            let mode = String((attributes[.posixPermissions] as? Int) ?? 0, radix: 8)
            switch attributes[.type] as? FileAttributeType {
            case .typeSymbolicLink?: tree[name] = "link to \(try FileManager.default.destinationOfSymbolicLink(atPath: path))"
            case .typeDirectory?: tree[name] = "folder"
            default:
                let bytes = FileManager.default.contents(atPath: path).map { Array($0) } ?? []
                tree[name] = "file \(mode) \(bytes.map { String($0, radix: 16) }.joined(separator: " "))"
            }
        }
        return tree
    }

    private static func furnish(_ home: TemporaryHome) throws {
        func put(_ bytes: [UInt8], _ path: String, mode: Int) throws {
            try home.write("", to: path)
            try Data(bytes).write(to: URL(fileURLWithPath: "\(home.work)/\(path)"))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: "\(home.work)/\(path)")
        }
        let binary = (0..<4).flatMap { _ in (0...255).map { UInt8($0) } }
        try put(binary, "bin/deleted.bin", mode: 0o640)
        try put(binary.reversed(), "bin/moved.bin", mode: 0o755)
        try put(Array("#!/bin/sh\necho one\n".utf8), "run.sh", mode: 0o750)
        // A byte order mark and the line ends of another system, and no end of line at the end.
        try put([0xEF, 0xBB, 0xBF] + Array("first\r\nsecond".utf8), "windows.txt", mode: 0o600)
        try put(Array("real\n".utf8), "real.txt", mode: 0o644)
        try put(Array("replaced\n".utf8), "replaced.txt", mode: 0o444)
        try put(Array("untouched\n".utf8), "untouched.txt", mode: 0o604)
        for (link, target) in [("link.txt", "real.txt"), ("dangling", "nowhere"), ("door", "bin")] {
            try FileManager.default.createSymbolicLink(atPath: "\(home.work)/\(link)", withDestinationPath: target)
        }
    }

    private static func patch(_ lines: String..., id: String) -> Reply {
        .toolCall(
            "ApplyPatch", ["input": .string((["*** Begin Patch"] + lines + ["*** End Patch"]).joined(separator: "\n"))], id: id)
    }

    private static let first: [Reply] = [
        patch("*** Delete File: bin/deleted.bin", "*** Delete File: replaced.txt", id: "c1"),
        patch("*** Update File: bin/moved.bin", "*** Move to: else/where/moved.bin", id: "c2"),
        .blocks(
            .toolCall("Read", ["file_path": "run.sh"], id: "r1"), .toolCall("Read", ["file_path": "windows.txt"], id: "r2"),
            .toolCall("Read", ["file_path": "link.txt"], id: "r3")),
        .blocks(
            .toolCall("Edit", ["file_path": "run.sh", "old_str": "one", "new_str": "two"], id: "c3"),
            .toolCall("Edit", ["file_path": "windows.txt", "old_str": "second", "new_str": "2nd"], id: "c4"),
            .toolCall("Edit", ["file_path": "link.txt", "old_str": "real", "new_str": "through the link"], id: "c5")),
        .toolCall("Create", ["file_path": "replaced.txt", "content": "another\n"], id: "c6"),
        .toolCall("Create", ["file_path": "new/deep/one.txt", "content": "1\n"], id: "c7"),
        .toolCall("Create", ["file_path": "new/two.txt", "content": "2\n"], id: "c8"), .text("all changed"),
    ]
    private static let second: [Reply] = [
        .toolCall("Edit", ["file_path": "run.sh", "old_str": "two", "new_str": "three"], id: "d1"),
        .toolCall("Create", ["file_path": "new/deep/three.txt", "content": "3\n"], id: "d2"), .text("changed again"),
    ]

    @Test func aTreeIsAsItWasBeforeThePrompt() async throws {
        let script = Script(replies: [.text("hello")] + Self.first + Self.second)
        try await withConnection(script) { stage, connection in
            try Self.furnish(stage.home)
            let before = try Self.tree(stage.work)
            var options = DaemonSessionOptions(cwd: stage.work)
            options.autonomyLevel = .medium
            options.enabledToolIds = ["ApplyPatch"]
            try await connection.withSession(options) { session in
                #expect(try await session.result(of: "Hello.").text == "hello")
                let prompt = try await Self.prompt("Change everything.", "all changed", session)
                let between = try Self.tree(stage.work)
                #expect(between["new/deep/one.txt"] != nil && between["bin/deleted.bin"] == nil && between["else/where/moved.bin"] != nil)
                #expect(between["real.txt"] != before["real.txt"] && between["link.txt"] == before["link.txt"])
                let later = try await Self.prompt("Once more.", "changed again", session)

                // One turn back, then two.
                let counts = try await Self.rewind(session, to: later)
                #expect(counts.restoredCount == 1 && counts.deletedCount == 1)
                #expect(counts.failedRestoreCount == 0 && counts.failedDeleteCount == 0)
                #expect(try Self.tree(stage.work) == between)

                let all = try await Self.rewind(session, to: prompt)
                #expect(all.failedRestoreCount == 0 && all.failedDeleteCount == 0)
                let after = try Self.tree(stage.work)
                for name in Set(before.keys).union(after.keys) { #expect(after[name] == before[name], "\(name)") }

                let copy = try await connection.resumeSession(all.newSessionId)
                let words = (copy.loaded?.session.messages ?? []).map { "\($0.content)" }.joined()
                #expect(words.contains("Hello.") && !words.contains("Change everything."))
                await copy.close()
            }
        }
    }

    /// Runs a turn, and gives the id of its prompt.
    private static func prompt(_ text: String, _ answer: String, _ session: DaemonSession) async throws -> String {
        var id: String?
        for try await message in session.stream(text) {
            if case .user(let user) = message, id == nil { id = user.message.id }
            if case .result(let result) = message { #expect(result.text == answer) }
        }
        return try #require(id)
    }

    private static func rewind(_ session: DaemonSession, to message: String) async throws -> ExecuteRewindResult {
        let info = try await session.client.getRewindInfo(GetRewindInfoParams(messageId: message, sessionId: session.sessionId))
        #expect(info.evictedFiles.isEmpty, "\(info.evictedFiles)")
        return try await session.client.executeRewind(
            ExecuteRewindParams(
                messageId: message, filesToRestore: info.availableFiles, filesToDelete: info.createdFiles, forkTitle: "Back",
                sessionId: session.sessionId))
    }
}
