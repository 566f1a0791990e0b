import ApusCore

/// Whether a listener still serves, and what it waits for when it stops: streams, sockets, requests that are answered late.
final class FrontLife: Sendable {
    private let isStopping = Awaited(false)
    private let running = Awaited(0)

    /// As long as they get to end when the daemon stops.
    private static let farewell = Duration.seconds(2)

    var hasStopped: Bool { isStopping.value }

    /// Returns when the listener is told to stop, or the task is cancelled.
    func stopped() async { _ = await isStopping.next { $0 ? true : nil } }

    /// Counts something as what ``stop(_:)`` waits for.
    func counted<Value: Sendable>(_ body: () async -> Value) async -> Value {
        running.change { $0 += 1 }
        defer { running.change { $0 -= 1 } }
        return await body()
    }

    /// Returns when all that is counted has ended, or after two seconds.
    func stop(_ time: any TimeSource) async {
        isStopping.change { $0 = true }
        await time.within(Self.farewell) { [running] in _ = await running.next { $0 == 0 ? true : nil } }
    }
}
