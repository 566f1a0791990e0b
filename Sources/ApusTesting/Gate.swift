/// A place in a script where a model or a tool stands still until the test says go.
package final class Gate: Sendable {
    private let arrivals = Watched(0)
    private let isOpen = Watched(false)

    package init() {}

    package func open() { isOpen.change { $0 = true } }

    /// From the script: stands still until the gate is open. False when the task was cancelled first.
    package func pass() async -> Bool {
        arrivals.change { $0 += 1 }
        return await isOpen.first { $0 }
    }

    /// From the test: returns when `count` have come to the gate.
    package func reached(by count: Int = 1) async throws {
        _ = try await within { [arrivals] in await arrivals.first { $0 >= count } }
    }

    package var arrivalCount: Int { arrivals.value }
}
