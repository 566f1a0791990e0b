import Testing

@testable import QwenSDK

/// `qwen-serve.md` §5.6.
struct DaemonSessionStateTests {
    private func state(_ events: DaemonEvent...) -> DaemonSessionState {
        var state = DaemonSessionState()
        for event in events { state.apply(event) }
        return state
    }

    private func request(_ id: Int64?, _ requestId: String) -> DaemonEvent {
        DaemonEvent(
            id: id, type: "permission_request",
            data: ["requestId": .string(requestId), "sessionId": "s", "toolCall": [:], "options": [["optionId": "o"]]])
    }

    private func resolved(_ id: Int64?, _ requestId: String, type: String = "permission_resolved") -> DaemonEvent {
        DaemonEvent(id: id, type: type, data: ["requestId": .string(requestId), "sessionId": "s", "outcome": ["outcome": "cancelled"]])
    }

    private func died(_ id: Int64?) -> DaemonEvent {
        DaemonEvent(id: id, type: "session_died", data: ["sessionId": "s", "reason": "killed"])
    }
    private let evicted = DaemonEvent(type: "client_evicted", data: ["reason": "queue_overflow"])
    private let failed = DaemonEvent(type: "stream_error", data: ["error": "e"])

    @Test func atFirstThereIsNothing() {
        #expect(DaemonSessionState().isAlive)
        #expect(DaemonSessionState().lastEventID == nil)
    }

    @Test func requestsArePendingUntilTheyAreResolved() {
        #expect(state(request(1, "a"), request(2, "b")).pendingPermissions.map(\.requestId) == ["a", "b"])
        #expect(state(request(1, "a"), request(2, "b"), resolved(3, "a")).pendingPermissions.map(\.requestId) == ["b"])
        #expect(state(request(1, "a"), resolved(2, "a", type: "permission_already_resolved")).pendingPermissions.isEmpty)
        #expect(state(request(1, "a"), request(2, "a")).pendingPermissions.count == 1)
    }

    @Test func noMoreThan64AreKept() {
        var state = DaemonSessionState()
        for number in 1...70 { state.apply(request(Int64(number), "r\(number)")) }
        #expect(state.pendingPermissions.map(\.requestId) == (7...70).map { "r\($0)" })
    }

    @Test func theCursorOnlyRises() {
        #expect(state(request(5, "a"), request(3, "b"), request(nil, "c")).lastEventID == 5)
        #expect(state(request(5, "a"), request(3, "b"), request(nil, "c")).pendingPermissions.map(\.requestId) == ["a", "c"])
    }

    @Test func aDaemonThatCountsAnewIsFollowed() {
        let reset = DaemonEvent(type: "state_resync_required", data: ["reason": "epoch_reset"])
        #expect(state(request(5, "a"), reset, resolved(1, "a")).lastEventID == 1)
        #expect(state(request(5, "a"), reset, resolved(1, "a")).pendingPermissions.isEmpty)
    }

    @Test func anEndClearsWhatIsPending() {
        for end in [
            died(2), evicted, failed, DaemonEvent(id: 2, type: "session_closed", data: ["sessionId": "s", "reason": "client_close"]),
        ] {
            let state = state(request(1, "a"), end, request(3, "b"))
            #expect(!state.isAlive)
            #expect(state.pendingPermissions.isEmpty)
        }
    }

    @Test func theEndOfTheSessionOutranksThatOfTheStream() {
        for events in [[died(1), evicted], [evicted, died(1)], [failed, died(1), evicted]] {
            var state = DaemonSessionState()
            for event in events { state.apply(event) }
            #expect(state.end?.isOfSession == true)
        }
        // Of two of one rank the first counts.
        #expect(state(evicted, failed).end == ClientEvicted(evicted.data).map(DaemonSessionState.End.clientEvicted))
    }

    @Test func modelAndNameAreTheLatest() {
        let switched = DaemonEvent(id: 1, type: "model_switched", data: ["sessionId": "s", "modelId": "m"])
        let failed = DaemonEvent(id: 2, type: "model_switch_failed", data: ["sessionId": "s", "requestedModelId": "n", "error": "e"])
        let again = DaemonEvent(id: 3, type: "model_switched", data: ["sessionId": "s", "modelId": "o"])
        #expect(state(switched, failed).currentModelId == "m")
        #expect(state(switched, failed).modelSwitchFailure?.error == "e")
        #expect(state(switched, failed, again).modelSwitchFailure == nil)
        let named = DaemonEvent(id: 4, type: "session_metadata_updated", data: ["sessionId": "s", "displayName": "n"])
        let cleared = DaemonEvent(id: 5, type: "session_metadata_updated", data: ["sessionId": "s"])
        #expect(state(named).displayName == "n")
        #expect(state(named, cleared).displayName == nil)
    }

    @Test func malformedEventsAreCountedAndUnknownOnesNot() {
        let state = state(
            DaemonEvent(id: 1, type: "model_switched", data: [:]), DaemonEvent(id: 2, type: "new_type", data: [:]),
            DaemonEvent(type: "slow_client_warning", data: ["queueSize": 192, "maxQueued": 256, "lastEventId": 2]))
        #expect(state.unrecognizedKnownEventCount == 1)
        #expect(state.slowClientWarning?.queueSize == 192)
        #expect(state.lastEventID == 2)
    }
}
