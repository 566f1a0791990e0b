import ApusBase
import ApusCore

/// One examination at a time: it looks at the whole machine. Those who ask meanwhile get its result; when it fails, the next of them makes one.
final class OptaExamination: Sendable {
    private struct State {
        var isBusy = false
        /// Those that have ended.
        var count = 0
        /// Of the last one; `nil` when that failed.
        var result: JSONValue?
    }

    private enum Turn {
        case mine
        case told(JSONValue)
    }

    private let state = Awaited(State())

    func result(of make: () async throws(HouseFault) -> JSONValue) async throws(HouseFault) -> JSONValue {
        let before = state.value.count
        let turn: Turn? = await state.next { state in
            if state.count != before, let result = state.result { return .told(result) }
            if state.isBusy { return nil }
            state.isBusy = true
            return .mine
        }
        switch turn {
        case .told(let result): return result
        case nil: throw .failed("Nobody waits for the answer any more.")
        case .mine:
            let result: Result<JSONValue, HouseFault>
            do throws(HouseFault) { result = .success(try await make()) } catch { result = .failure(error) }
            state.change { state in
                state.isBusy = false
                state.count += 1
                if case .success(let value) = result { state.result = value } else { state.result = nil }
            }
            return try result.get()
        }
    }
}
