/// A wait of a test that took too long: what it waited for never came.
package struct DeadlineExceeded: Error, CustomStringConvertible {
    package var limit: Duration
    package var description: String { "Nothing came within \(limit)" }
}

/// Runs `work` and throws `DeadlineExceeded` when it has not returned by then. `work` must end when its task is cancelled.
package func within<Result: Sendable>(
    _ limit: Duration = .seconds(60), _ work: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw DeadlineExceeded(limit: limit)
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw DeadlineExceeded(limit: limit) }
        return result
    }
}
