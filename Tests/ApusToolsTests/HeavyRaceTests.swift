import ApusBase
import ApusCore
import Dispatch
import Synchronization
import Testing

@testable import ApusTools

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// S15: whatever is put at a name while the tools work, and however often, not a byte arrives outside, and none comes in.
///
/// The gate is the plainest there is: a call runs when everything it declares lies in the working directory.
@Suite(.serialized, .timeLimit(.minutes(10))) struct HeavyRaceTests {
    private static let canary = "CANARY-8a31"

    enum Kind: String, CaseIterable {
        case folderLink, renamedParent, fileLink, danglingLink, hardLink, processRootLink, fifo, device

        /// Links are what a race is about; of the others it is enough to have met them often.
        var swaps: Int { self == .folderLink ? 100_000 : self == .fileLink ? 30_000 : 5_000 }

        /// What tools are told to work on, below the working directory.
        var folder: String {
            switch self {
            case .folderLink: "door"
            case .renamedParent: "parent/door"
            case .fileLink, .danglingLink, .hardLink, .processRootLink, .fifo, .device: "room"
            }
        }
    }

    @Test(arguments: Kind.allCases) func nothingGetsOutOrIn(kind: Kind) async throws {
        let bench = Bench()
        let outside = bench.path + "/outside"
        let text = kind == .hardLink ? "another name of this file lies in the working directory\n" : "\(Self.canary)\n"
        for (name, content) in [("target.txt", text), ("door/target.txt", text)] { try Self.write(content, outside + "/" + name) }
        bench.write("\(kind.folder)/target.txt", "one\n")
        let before = Self.everything(in: outside)

        let swapping = Swapping(kind, in: bench("").dropLastSlash, outside: outside)
        swapping.begin()
        var tally = Tally()
        var round = 0
        while swapping.count < kind.swaps || tally.permitted < 200 {
            round += 1
            await Self.work(round, on: kind, bench, &tally)
        }
        await swapping.end()

        #expect(Self.everything(in: outside) == before)
        #expect(swapping.count >= kind.swaps)
        #expect(tally.permitted >= 200 && tally.succeeded > 0, "\(tally)")
        #expect(tally.leaks == 0)
    }

    struct Tally {
        var permitted = 0
        var succeeded = 0
        /// By the gate, or because the path could not be made out.
        var refused = 0
        var leaks = 0
    }

    /// Every tool that touches files, on the name that is swapped and beside it.
    private static func work(_ round: Int, on kind: Kind, _ bench: Bench, _ tally: inout Tally) async {
        let target = "\(kind.folder)/target.txt"
        let (old, new) = round % 2 == 0 ? ("one", "two") : ("two", "one")
        let calls: [(String, JSONValue)] = [
            ("Read", ["file_path": .string(target)]),
            ("Edit", ["file_path": .string(target), "old_str": .string(old), "new_str": .string(new)]),
            ("Create", ["file_path": .string("\(kind.folder)/fresh-\(round % 64)/new.txt"), "content": "payload\n"]),
            ("Create", ["file_path": .string(target), "content": "one\n"]),
            (
                "ApplyPatch",
                [
                    "input": .string(
                        "*** Begin Patch\n*** Update File: \(target)\n@@\n-\(new)\n+\(old)\n*** Add File: \(kind.folder)/p\(round % 64)/n.txt\n+x\n*** End Patch"
                    )
                ]
            ),
        ]
        for (name, input) in calls { await attempt(name, input, bench, &tally) }
    }

    /// As the engine does it: declare, decide, run.
    private static func attempt(_ name: String, _ input: JSONValue, _ bench: Bench, _ tally: inout Tally) async {
        let context = bench.context()
        let tool = bench.tool(name)
        // A path that cannot be made out just now is refused like one that leads out.
        guard let request = try? tool.access(for: input, in: context) else {
            tally.refused += 1
            return
        }
        let paths: [String] =
            switch request.action {
            case .read(let paths), .write(let paths): paths
            case .session, .command, .fetch, .serverCall, .plan, .delegate: []
            }
        guard !paths.isEmpty, paths.allSatisfy({ $0.hasPrefix(bench("")) }) else {
            tally.refused += 1
            return
        }
        tally.permitted += 1
        let result = await bench.finish(await tool.run(input, in: context))
        if result.status == .succeeded { tally.succeeded += 1 }
        if result.text.contains(canary) { tally.leaks += 1 }
    }

    private static func write(_ text: String, _ path: String) throws {
        var place = ""
        for part in path.split(separator: "/").dropLast() {
            place += "/" + part
            mkdir(place, 0o700)
        }
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
    }

    /// Names, kinds and bytes of all that is below a folder.
    private static func everything(in folder: String) -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for name in names(in: folder) {
            let path = folder + "/" + name
            if opensAsFolder(path) {
                found[name + "/"] = []
                for (below, bytes) in everything(in: path) { found[name + "/" + below] = bytes }
            } else {
                found[name] = contents(path) ?? []
            }
        }
        return found
    }
}

/// Puts something evil where the tools work and takes it back, again and again, on a thread of its own.
private final class Swapping: Sendable {
    private let kind: HeavyRaceTests.Kind
    private let workspace: String
    private let outside: String
    private let isOver = Atomic(false)
    private let swaps = Atomic(0)
    private let done = DispatchSemaphore(value: 0)

    init(_ kind: HeavyRaceTests.Kind, in workspace: String, outside: String) {
        self.kind = kind
        self.workspace = workspace
        self.outside = outside
    }

    var count: Int { swaps.load(ordering: .relaxed) }

    func begin() {
        DispatchQueue(label: "swapping").async { [self] in
            while !isOver.load(ordering: .relaxed) {
                swap()
                swaps.add(1, ordering: .relaxed)
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

    private func swap() {
        switch kind {
        case .folderLink: swapFolder(workspace + "/door") { symlink(outside + "/door", $0) }
        case .renamedParent: swapFolder(workspace + "/parent") { symlink(outside, $0) }
        case .fileLink: swapFile { symlink(outside + "/target.txt", $0) }
        case .danglingLink: swapFile { symlink(outside + "/nothing-yet.txt", $0) }
        case .hardLink: swapFile { link(outside + "/target.txt", $0) }
        case .processRootLink: swapFile { symlink("/proc/self/root" + outside + "/target.txt", $0) }
        case .fifo: swapFile { mkfifo($0, 0o600) }
        case .device: swapFile { mknod($0, S_IFCHR | 0o600, 0x105) == 0 ? 0 : symlink("/dev/zero", $0) }
        }
    }

    /// A tool may have made the name anew in between: it is cleared away, so that swapping never stalls.
    private func swapFolder(_ place: String, _ evil: (String) -> Int32) {
        let hidden = workspace + "/hidden"
        while rename(place, hidden) != 0 { removeTree(hidden) }
        while evil(place) != 0 { removeTree(place) }
        unlink(place)
        while rename(hidden, place) != 0 { removeTree(place) }
    }

    private func swapFile(_ evil: (String) -> Int32) {
        let (place, hidden) = (workspace + "/room/target.txt", workspace + "/room/hidden.txt")
        // Whatever is there now: the file, or what a tool wrote in its place.
        rename(place, hidden)
        while evil(place) != 0 { unlink(place) }
        unlink(place)
        if rename(hidden, place) != 0, let file = fopen(place, "w") {
            fputs("one\n", file)
            fclose(file)
        }
    }
}

private func opensAsFolder(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

private func removeTree(_ path: String) {
    if opensAsFolder(path) {
        for name in names(in: path) { removeTree(path + "/" + name) }
        rmdir(path)
    } else {
        unlink(path)
    }
}

extension String {
    fileprivate var dropLastSlash: String { hasSuffix("/") ? String(dropLast()) : self }
}
