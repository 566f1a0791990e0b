import ApusBase
import ApusTestServer
import Foundation
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// S15 on the executable: an agent edits files while somebody swaps the folder they are in for a link that leads out.
@Suite(.serialized, .timeLimit(.minutes(10))) struct HeavyExecutableRaceTests {
    private static let responses = 40

    private static func calls(_ round: Int) -> Reply {
        let patch = """
            *** Begin Patch
            *** Update File: door/target.txt
            @@
            -one
            +one
            *** Add File: door/patched-\(round).txt
            +payload
            *** End Patch
            """
        return .blocks(
            .toolCall("Read", ["file_path": "door/target.txt"], id: "r\(round)"),
            .toolCall("Edit", ["file_path": "door/target.txt", "old_str": "one", "new_str": "one, again"], id: "e\(round)"),
            .toolCall("Edit", ["file_path": "door/target.txt", "old_str": "one, again", "new_str": "one"], id: "b\(round)"),
            .toolCall("Create", ["file_path": .string("door/deep-\(round)/new.txt"), "content": "payload"], id: "c\(round)"),
            .toolCall("Create", ["file_path": .string("door/new-\(round).txt"), "content": "payload"], id: "n\(round)"),
            .toolCall("ApplyPatch", ["input": .string(patch)], id: "p\(round)"))
    }

    /// Not in a temporary folder, where a run may write anyway.
    private static let elsewhere = "/dev/shm"

    @Test(.enabled(if: FileManager.default.isWritableFile(atPath: elsewhere), "there is no \(elsewhere) to write to"))
    func nothingArrivesOutsideWhileAFolderIsSwapped() async throws {
        let replies = (0..<Self.responses).map { Self.calls($0) } + [.text("done")]
        try await withStage(.anthropic, Script(replies: replies)) { stage in
            let outside = "\(Self.elsewhere)/apus-race-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
            defer {
                // What is left behind there fails no test.
                try? FileManager.default.removeItem(atPath: outside)
            }
            try "outside\n".write(toFile: "\(outside)/target.txt", atomically: false, encoding: .utf8)
            try stage.home.write("one\n", to: "door/target.txt")
            let swapping = FolderSwapping("\(stage.home.work)/door", with: outside)
            swapping.begin()
            let outcome = try await stage.apus(
                "exec", "--auto", "low", "--on-denied", "continue", "--add-tools", "ApplyPatch", "-o", "stream-json", "edit")
            await swapping.end()
            #expect(outcome.status == .exited(0), "\(outcome.everything.suffix(2_000))")
            #expect(try FileManager.default.contentsOfDirectory(atPath: outside) == ["target.txt"])
            #expect(try String(contentsOfFile: "\(outside)/target.txt", encoding: .utf8) == "outside\n")
            #expect(swapping.count > 100)
            // Both came up: calls that ran and calls that did not.
            let results = try outcome.lines().ofType("tool_result")
            #expect(results.count == 6 * Self.responses)
            #expect(results.contains { $0["isError"] == true } && results.contains { $0["isError"] == false })
        }
    }
}

/// Puts a link in the place of a folder and takes it back, again and again, on a thread of its own.
private final class FolderSwapping: Sendable {
    private let place: String
    private let hidden: String
    private let outside: String
    private let isOver = Atomic(false)
    private let swaps = Atomic(0)
    private let done = DispatchSemaphore(value: 0)

    init(_ place: String, with outside: String) {
        self.place = place
        hidden = place + "-hidden"
        self.outside = outside
    }

    var count: Int { swaps.load(ordering: .relaxed) }

    func begin() {
        DispatchQueue(label: "swapping").async { [self] in
            while !isOver.load(ordering: .relaxed) {
                // A tool may have made the folder anew in between: what is in the way is cleared away.
                while rename(place, hidden) != 0 { clear(hidden) }
                while symlink(outside, place) != 0 { clear(place) }
                swaps.add(1, ordering: .relaxed)
                unlink(place)
                while rename(hidden, place) != 0 { clear(place) }
            }
            done.signal()
        }
    }

    func end() async {
        isOver.store(true, ordering: .relaxed)
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "waiting").async { [done] in
                done.wait()
                continuation.resume()
            }
        }
    }

    /// Never follows a link.
    private func clear(_ path: String) {
        // It may be gone already.
        try? FileManager.default.removeItem(atPath: path)
    }
}
