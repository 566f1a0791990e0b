import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// Files as they were before turns changed them, and the way back.
@Suite(.timeLimit(.minutes(5))) struct EngineRewindTests {
    /// Files by path, and those that resist.
    final class Disk: FileKeeping {
        let files: Watched<[String: String]>
        private let locked: Set<String>

        init(_ files: [String: String] = [:], locked: Set<String> = []) {
            self.files = Watched(files)
            self.locked = locked
        }

        func content(of path: String, limit: Int) async -> FileContent {
            if path.hasSuffix("big") { return .obstacle("too large") }
            return files.value[path].map { .bytes(Array($0.utf8), mode: 0o640) } ?? .missing(folders: 0)
        }

        func restore(_ bytes: [UInt8], mode: UInt32?, to path: String) async -> Bool {
            if locked.contains(path) { return false }
            #expect(mode == 0o640)
            files.change { $0[path] = String(decoding: bytes, as: UTF8.self) }
            return true
        }

        func remove(_ path: String, folders: Int) async -> Bool {
            if locked.contains(path) { return false }
            files.change { $0[path] = nil }
            return true
        }
    }

    /// Writes `text` to every path of `paths`.
    private static func tool(_ disk: Disk) -> ScriptedTool {
        @Sendable func paths(_ input: JSONValue) -> [String] { input["paths"]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        return ScriptedTool("Write", effect: .idempotent, access: { .write(paths($0)) }) { input, _ in
            disk.files.change { files in for path in paths(input) { files[path] = input["text"]?.stringValue } }
            return ToolResult(.succeeded, "written")
        }
    }

    private static func write(_ text: String, _ paths: String..., call: CallID) -> ScriptedModel.Reply {
        .init(.call(call, "Write", ["paths": .array(paths.map { .string($0) }), "text": .string(text)]))
    }

    /// Three turns: a and new; a again twice, and big; nothing.
    private func house(_ disk: Disk) -> EngineHouse {
        let replies: [ScriptedModel.Reply] = [
            Self.write("one", "/w/a", "/w/new", call: "c1"), .text("1"), Self.write("two", "/w/a", "/w/big", call: "c2"),
            Self.write("three", "/w/a", call: "c3"), .text("2"), .text("3"),
        ]
        return EngineHouse(ScriptedModel { _, number in replies[number] }, tools: [Self.tool(disk)]) { $0.files = disk }
    }

    private func runTurns(_ house: EngineHouse) async throws {
        _ = try await house.create()
        for turn in ["t1", "t2", "t3"] as [TurnID] {
            try await house.submit("prompt of \(turn)", as: turn)
            try await house.recorder().read(untilEndOf: turn)
        }
    }

    private func snapshot(_ message: MessageID, _ path: String, _ content: String) async throws -> FileSnapshot {
        let log = MemoryEventLog(time: ManualTime())
        return FileSnapshot(
            message: message, path: path, content: try await log.put(Array(content.utf8)), size: content.utf8.count, mode: 0o640)
    }

    @Test func eachFileIsKeptOnceATurnBeforeItsFirstChange() async throws {
        let disk = Disk(["/w/a": "zero"])
        let house = house(disk)
        try await house.running { try await runTurns(house) }
        #expect(
            try await house.state().snapshots == [
                try await snapshot("t1", "/w/a", "zero"), FileSnapshot(message: "t1", path: "/w/new", content: nil, size: 0),
                try await snapshot("t2", "/w/a", "one"),
                FileSnapshot(message: "t2", path: "/w/big", content: nil, size: 0, obstacle: "too large"),
            ])
        let briefs = try await house.briefs()
        #expect(briefs.firstIndex(of: "saved /w/a /w/new")! < briefs.firstIndex(of: "intend c1 idempotent")!)
        #expect(briefs.filter { $0.hasPrefix("saved") }.count == 2)
        let bytes = try await house.memory.get(snapshot("t2", "/w/a", "one").content!)
        #expect(bytes == Array("one".utf8))
    }

    @Test func thePlanHasTheStateBeforeThePromptAndCountsNoPathTwice() async throws {
        let house = house(Disk(["/w/a": "zero"]))
        try await house.running {
            try await runTurns(house)
            let big = FileSnapshot(message: "t2", path: "/w/big", content: nil, size: 0, obstacle: "too large")
            let first = try await snapshot("t1", "/w/a", "zero")
            let second = try await snapshot("t2", "/w/a", "one")
            #expect(
                try await house.engine.rewindPlan(in: "s", before: "t1") == RewindPlan(available: [first], created: ["/w/new"], lost: [big])
            )
            #expect(try await house.engine.rewindPlan(in: "s", before: "t2") == RewindPlan(available: [second], created: [], lost: [big]))
            #expect(try await house.engine.rewindPlan(in: "s", before: "t3") == RewindPlan(available: [], created: [], lost: []))
            await #expect(throws: MaintenanceError.unknownMessage("t9")) { try await house.engine.rewindPlan(in: "s", before: "t9") }
            await #expect(throws: MaintenanceError.session(.log(.notFound("x")))) {
                try await house.engine.rewindPlan(in: "x", before: "t1")
            }
        }
    }

    @Test func aRewindEndsTheCopyBeforeThePromptAndBringsTheChosenFilesBack() async throws {
        let disk = Disk(["/w/a": "zero"])
        let house = house(disk)
        try await house.running {
            try await runTurns(house)
            let source = try await house.events()
            let result = try await house.engine.rewind(
                "s", before: "t1", RewindChoice(restore: ["/w/a", "/w/a"], delete: ["/w/new"]), title: "Back\nagain")
            #expect(result == RewindResult(copy: result.copy, restored: 1, deleted: 1, failedToRestore: 0, failedToDelete: 0))
            #expect(disk.files.value == ["/w/a": "zero", "/w/big": "two"])
            #expect(try await house.briefs(result.copy) == ["created", "forked", "title Back again"])
            #expect(try await house.engine.peek(result.copy).header.parent == "s")
            #expect(try await house.events() == source)

            let second = try await house.engine.rewind("s", before: "t3", RewindChoice(restore: [], delete: []), title: "")
            let copied = try await house.engine.peek(second.copy)
            #expect(copied.transcript == Array(try await house.state().transcript.dropLast(2)))
            #expect(copied.title == "prompt of t1" && copied.snapshots.count == 4)
            // The copy goes on by itself.
            _ = try await house.engine.rewindPlan(in: second.copy, before: "t2")
        }
    }

    @Test func onlyWhatIsInThePlanCanBeChosen() async throws {
        let disk = Disk(["/w/a": "zero", "/etc/passwd": "x"])
        let house = house(disk)
        try await house.running {
            try await runTurns(house)
            let before = disk.files.value
            for (choice, path) in [
                (RewindChoice(restore: ["/etc/passwd"], delete: []), "/etc/passwd"), (RewindChoice(restore: [], delete: ["/w/a"]), "/w/a"),
                (RewindChoice(restore: ["/w/new"], delete: []), "/w/new"), (RewindChoice(restore: ["/w/big"], delete: []), "/w/big"),
            ] {
                await #expect(throws: MaintenanceError.notInPlan(path: path)) {
                    try await house.engine.rewind("s", before: "t1", choice, title: "x")
                }
            }
            #expect(disk.files.value == before)
            #expect(await house.engine.opened() == ["s"], "no copy was made")
        }
    }

    @Test func whatCannotBeBroughtBackIsCounted() async throws {
        let disk = Disk(["/w/a": "zero"], locked: ["/w/a", "/w/new"])
        let house = house(disk)
        try await house.running {
            try await runTurns(house)
            let result = try await house.engine.rewind(
                "s", before: "t1", RewindChoice(restore: ["/w/a"], delete: ["/w/new"]), title: "x")
            #expect(result == RewindResult(copy: result.copy, restored: 0, deleted: 0, failedToRestore: 1, failedToDelete: 1))
        }
    }

    @Test func aSessionAtWorkIsNotRewound() async throws {
        let gate = Gate()
        let house = EngineHouse(ScriptedModel(.init(.stand(gate), .text(["done"]))))
        try await house.running {
            _ = try await house.create()
            try await house.submit("a", as: "t1")
            try await house.model.asked(1)
            await #expect(throws: MaintenanceError.busy("s")) {
                try await house.engine.rewind("s", before: "t1", RewindChoice(restore: [], delete: []), title: "x")
            }
            gate.open()
            try await house.recorder().read(untilEndOf: "t1")
        }
    }

    /// A prompt that waited behind another turn was accepted in the middle of it.
    @Test func aPromptThatWaitedIsCutOffBehindTheTurnBeforeIt() async throws {
        let gate = Gate()
        let house = EngineHouse(ScriptedModel(.init(.stand(gate), .text(["first"])), .text("second")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("a", as: "t1")
            try await house.model.asked(1)
            try await house.submit("b", as: "t2")
            gate.open()
            try await house.recorder().read(untilEndOf: "t2")
            let copy = try await house.engine.rewind("s", before: "t2", RewindChoice(restore: [], delete: []), title: "x").copy
            let state = try await house.engine.peek(copy)
            #expect(state.transcript.count == 2 && state.queue == [] && state.running == nil)
            guard case .response(let response)? = state.transcript.last else { Issue.record("no response"); return }
            #expect(response.text == "first")
        }
    }

    @Test func aTurnThatCannotStoreItsSnapshotGivesTheBytesBack() async throws {
        let house = house(Disk(["/w/a": "zero"]))
        house.store.beforeEveryCommit { (kinds) async throws(EventLogError) in
            for kind in kinds { if case .filesSaved = kind { throw .store("full") } }
        }
        try await house.running {
            _ = try await house.create()
            try await house.submit("a", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(try await house.end(of: "t1")?.reason == .internalError)
        #expect(try await house.memory.get(snapshot("t1", "/w/a", "zero").content!) == nil)
    }
}
