import ApusEngine
import ApusTesting

/// A house of tests with an engine in it.
protocol EngineHolder: Sendable {
    var engine: Engine { get }
}

extension EngineHolder {
    /// Runs `body` beside the engine, and shuts it down.
    func running(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await engine.run() }
            do {
                try await within { try await body() }
                try await within { await engine.shutdown() }
            } catch {
                group.cancelAll()
                throw error
            }
            try await group.waitForAll()
        }
    }
}
