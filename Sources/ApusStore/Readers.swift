import ApusCore
import Foundation
import GRDB
import Synchronization

/// Reads from the database on threads of its own, two at a time, so that no thread of the cooperative pool waits for a disk.
///
/// Each read sees the database at one moment. A read is not cut short by cancelling its task.
final class Readers: Sendable {
    private let lanes: [Lane]
    private let turn = Atomic<Int>(0)

    /// - Parameter first: A connection that is open already.
    init(_ path: String, first: DatabaseQueue) {
        lanes = [Lane(path, first), Lane(path, nil)]
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (GRDB.Database) throws -> Value) async throws(EventLogError) -> Value {
        let lane = lanes[turn.wrappingAdd(1, ordering: .relaxed).oldValue % lanes.count]
        let result = await withCheckedContinuation { continuation in
            lane.run(body) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Waits for reads that run; later ones are refused.
    func close() {
        for lane in lanes { lane.close() }
    }

    /// A queue and the connection that is used only on it, made with the first read.
    private final class Lane: Sendable {
        private struct State {
            var connection: DatabaseQueue?
            var isClosed = false
        }

        private let path: String
        private let queue = DispatchQueue(label: "apus.store.lane")
        private let state: Mutex<State>

        init(_ path: String, _ connection: DatabaseQueue?) {
            self.path = path
            state = Mutex(State(connection: connection))
        }

        func run<Value: Sendable>(
            _ body: @escaping @Sendable (GRDB.Database) throws -> Value,
            then reply: @escaping @Sendable (Result<Value, EventLogError>) -> Void
        ) {
            queue.async { [self] in
                do {
                    reply(.success(try connection().read(body)))
                } catch {
                    reply(.failure(.from(error, at: path)))
                }
            }
        }

        func close() {
            queue.sync {
                state.withLock { state in
                    state.isClosed = true
                    // It only reads, so nothing can be lost.
                    try? state.connection?.close()
                    state.connection = nil
                }
            }
        }

        private func connection() throws -> DatabaseQueue {
            try state.withLock { state in
                if state.isClosed { throw EventLogError.closed }
                if let connection = state.connection { return connection }
                let made = try StoreDatabase.reading(path)
                state.connection = made
                return made
            }
        }
    }
}
