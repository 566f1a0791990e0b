import ApusCore

extension TimeSource {
    /// Returns when `body` does, or, having cancelled it, after `limit`.
    func within(_ limit: Duration, _ body: @escaping @Sendable () async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await body() }
            group.addTask {
                // Cancelled when all is done.
                try? await self.sleep(for: limit)
            }
            await group.next()
            group.cancelAll()
        }
    }
}
