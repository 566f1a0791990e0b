import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Sessions that are created over one protocol, watched over three, prompted and approved from each, while their daemon is stopped and killed: all
/// clients know the same conversation.
@Suite(.serialized) struct HeavySharedConversationTests {
    private static let batches = 5
    private static let perBatch = 20
    private static let patience = Duration.seconds(120)

    /// One session and its clients of one life of the daemon.
    private struct Shared: Sendable {
        let schedule: SharedSchedule
        var droid: DroidWatcher
        var qwen: QwenWatcher
        var opta: OptaWatcher

        var session: String { droid.session }
        var watchers: [any Watcher] { [droid, qwen, opta] }

        func watcher(_ front: SharedSchedule.Front) -> any Watcher {
            switch front {
            case .droid: droid
            case .qwen: qwen
            case .opta: opta
            }
        }

        /// The same clients on the next daemon.
        func again(_ daemon: TripleDaemon) async throws -> Shared {
            Shared(
                schedule: schedule, droid: try await .load(session, daemon, before: droid),
                qwen: QwenWatcher(session, daemon, before: qwen),
                opta: OptaWatcher(session, daemon, before: opta))
        }

        /// Clients that know nothing yet.
        func fresh(_ daemon: TripleDaemon) async throws -> Shared {
            Shared(
                schedule: schedule, droid: try await .load(session, daemon), qwen: QwenWatcher(session, daemon),
                opta: OptaWatcher(session, daemon))
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: 0..<batches)
    func everyClientKnowsTheSameConversation(batch: Int) async throws {
        let base = ProcessInfo.processInfo.environment["APUS_SEED"].flatMap(UInt64.init) ?? 1_000
        let schedules = (0..<Self.perBatch).map { SharedSchedule(seed: base + UInt64(batch * Self.perBatch + $0)) }
        defer { for gate in schedules.flatMap(\.gates) { gate.open() } }
        try await withTripleDaemon(SharedSchedule.script(schedules)) { first in
            try first.home.write("A shared file.\n", to: "shared.txt")
            var daemon = first
            var shared: [Shared] = []
            for schedule in schedules {
                let droid = try await DroidWatcher.create(daemon)
                shared.append(
                    Shared(
                        schedule: schedule, droid: droid, qwen: QwenWatcher(droid.session, daemon), opta: OptaWatcher(droid.session, daemon)
                    ))
            }
            var random = SplitMix(seed: UInt64(batch))
            for number in 0..<3 {
                let signal = Bool.random(using: &random) ? SIGKILL : SIGTERM
                try await Self.life(shared, daemon, endingWith: signal) { one in
                    if number > 0 { try await Self.finish(one, one.schedule.rounds[number - 1]) }
                    try await Self.begin(one, one.schedule.rounds[number])
                }
                for schedule in schedules { schedule.gates[number].open() }
                daemon = try await daemon.restarted()
                for index in shared.indices { shared[index] = try await shared[index].again(daemon) }
            }
            try await Self.life(shared, daemon, endingWith: SIGTERM) { one in
                try await Self.finish(one, one.schedule.rounds[2])
                try await Self.compare(one, [one.qwen, one.droid])
            }
            // Whoever comes later and reads it all knows the same; what has no cursor has forgotten who decided, and how turns ended.
            daemon = try await daemon.restarted()
            let known = shared
            shared = []
            for one in known { shared.append(try await one.fresh(daemon)) }
            let fresh = shared
            try await Self.life(fresh, daemon, endingWith: SIGTERM) { one in
                guard let before = known.first(where: { $0.session == one.session }) else { return }
                try await Self.wait(one, "the whole replay") { one.opta.conversation == before.opta.conversation }
                try await Self.wait(one, "the whole replay of qwen") { one.qwen.conversation == before.qwen.conversation }
                #expect(
                    one.droid.conversation.turns.map(\.text) == before.droid.conversation.turns.map(\.text), "seed \(one.schedule.seed)")
            }
        }
    }

    /// Lets the clients read while `body` runs for each of them, and ends the daemon.
    private static func life(
        _ shared: [Shared], _ daemon: TripleDaemon, endingWith signal: Int32, _ body: @escaping @Sendable (Shared) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { readers in
            for watcher in shared.flatMap(\.watchers) { readers.addTask { try await watcher.read() } }
            do {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for one in shared { group.addTask { try await body(one) } }
                    try await group.waitForAll()
                }
            } catch {
                daemon.process.send(SIGKILL)
                throw error
            }
            try await daemon.end(signal)
            try await readers.waitForAll()
        }
    }

    // MARK: A round

    /// Up to where the daemon goes.
    private static func begin(_ one: Shared, _ round: SharedSchedule.Round) async throws {
        let before = one.opta.accepted
        try await one.watcher(round.front).prompt(one.schedule.prompt(round), "m-\(one.schedule.seed)-\(round.number)")
        try await wait(one, "the prompt is taken") { one.opta.accepted == before + 1 }
        if let second = round.second {
            try await one.watcher(second).prompt(one.schedule.prompt(round, isSecond: true), "s-\(one.schedule.seed)-\(round.number)")
            try await wait(one, "the second prompt is taken") { one.opta.accepted == before + 2 }
        }
        switch round.pause {
        case .asked: for watcher in one.watchers { try await wait(one, "\(watcher.name) is asked") { watcher.open.count == 1 } }
        case .half:
            let half = SharedSchedule.half(round, one.schedule.seed)
            for watcher in one.watchers {
                try await wait(one, "\(watcher.name) sees the first half") { watcher.conversation.turns.last?.text.hasSuffix(half) == true }
            }
        case .ended:
            one.schedule.gates[round.number].open()
            try await finish(one, round)
        }
    }

    /// Answers what is asked, and waits until nothing runs or waits.
    private static func finish(_ one: Shared, _ round: SharedSchedule.Round) async throws {
        let turns = one.opta.accepted
        let decider = one.watcher(round.decider)
        try await wait(one, "a question or the end") {
            !decider.open.isEmpty || one.opta.conversation.turns.count(where: { $0.ending != nil }) == turns
        }
        if let question = decider.open.first { try await decider.answer(question, allows: round.allows) }
        for watcher in [one.opta, one.qwen] as [any Watcher] {
            try await wait(one, "\(watcher.name) hears of \(turns) ends") {
                watcher.conversation.turns.count(where: { $0.ending != nil }) == turns
            }
        }
        // Without a cursor it does not hear how a turn ended while it was away; what was said it has.
        try await wait(one, "droid has what was said") {
            one.droid.conversation.turns.map(\.text) == one.opta.conversation.turns.map(\.text) && one.droid.open.isEmpty
        }
        for watcher in one.watchers { #expect(watcher.open.isEmpty, "\(watcher.name), seed \(one.schedule.seed)") }
    }

    private static func compare(_ one: Shared, _ others: [any Watcher]) async throws {
        let opta = one.opta.conversation
        let prompts = try await one.opta.prompts()
        for watcher in others {
            var theirs = watcher.conversation
            #expect(theirs.turns.map(\.prompt) == prompts, "\(watcher.name), seed \(one.schedule.seed)")
            for index in theirs.turns.indices {
                theirs.turns[index].prompt = ""
                if watcher.name == "droid", theirs.turns[index].ending == nil, opta.turns.indices.contains(index) {
                    theirs.turns[index].ending = opta.turns[index].ending
                }
                // Opta says of calls that did not run what was decided, and nothing else.
                let ran = opta.turns.indices.contains(index) ? opta.turns[index].results : [:]
                let allowed = theirs.turns[index].decisions.values.allSatisfy { $0 }
                if !allowed { theirs.turns[index].results = theirs.turns[index].results.filter { ran[$0.key] != nil } }
            }
            #expect(theirs == opta, "\(watcher.name), seed \(one.schedule.seed): \(theirs.differences(from: opta))")
        }
    }

    private static func wait(_ one: Shared, _ what: String, _ holds: @escaping @Sendable () -> Bool) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + patience
        while !holds() {
            if clock.now > deadline {
                let known = one.watchers.map { "\($0.name): \($0.conversation.turns) open \($0.open)" }.joined(separator: "\n")
                throw ChildError(description: "seed \(one.schedule.seed): not within \(patience): \(what)\n\(known)")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
