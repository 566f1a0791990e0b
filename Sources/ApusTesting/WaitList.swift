/// Continuations that wait for a state to change. Lives inside a lock; what it hands out is resumed outside.
struct WaitList {
    private var next = 0
    private var waiters: [Int: CheckedContinuation<Void, Never>] = [:]

    mutating func makeID() -> Int {
        next += 1
        return next
    }

    mutating func add(_ continuation: CheckedContinuation<Void, Never>, _ id: Int) { waiters[id] = continuation }
    mutating func remove(_ id: Int) -> CheckedContinuation<Void, Never>? { waiters.removeValue(forKey: id) }

    mutating func takeAll() -> [CheckedContinuation<Void, Never>] {
        defer { waiters = [:] }
        return waiters.sorted { $0.key < $1.key }.map(\.value)
    }
}
