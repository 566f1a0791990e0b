import ApusCore
import Synchronization

/// Follows one turn of a subagent to its end, and ends it when nothing is heard for too long.
struct ChildWatch: Sendable {
    let turn: TurnID
    let follower: any EventFollower
    let time: any TimeSource
    let limit: Duration
    /// Asks the turn to end.
    let stop: @Sendable () async -> Void

    private enum Outcome {
        case ended, silent, unneeded
    }

    private final class LastHeard: Sendable {
        private let value: Mutex<Timestamp>
        init(_ time: Timestamp) { value = Mutex(time) }
        func note(_ time: Timestamp) { value.withLock { $0 = time } }
        var time: Timestamp { value.withLock { $0 } }
    }

    /// Returns when the turn has ended, or nothing more will come of its session. True when it was ended for its silence.
    func run() async -> Bool {
        let heard = LastHeard(time.now)
        return await withTaskGroup(of: Outcome.self) { group in
            group.addTask { await follow(heard) }
            group.addTask { await listen(heard) }
            var wasSilent = false
            for await outcome in group {
                switch outcome {
                case .silent: wasSilent = true
                case .unneeded: continue
                case .ended:
                    group.cancelAll()
                    return wasSilent
                }
            }
            return wasSilent
        }
    }

    private func follow(_ heard: LastHeard) async -> Outcome {
        while true {
            let events: [Event]
            do throws(EventLogError) { events = try await follower.next(limit: 256) } catch { return .ended }
            if events.isEmpty { return .ended }
            heard.note(time.now)
            let isOver = events.contains { event in
                if case .turnFinished(let end) = event.kind { end.turn == turn } else { false }
            }
            if isOver { return .ended }
        }
    }

    private func listen(_ heard: LastHeard) async -> Outcome {
        while true {
            let rest = limit - .milliseconds(time.now - heard.time)
            if rest <= .zero {
                await stop()
                return .silent
            }
            do throws(CancellationError) { try await time.sleep(for: rest) } catch { return .unneeded }
        }
    }
}
