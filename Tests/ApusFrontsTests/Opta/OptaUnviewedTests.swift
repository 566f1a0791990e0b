import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import OptaWire
import Testing

/// What goes on in sessions that nobody looks at, and those who come meanwhile.
@Suite(.timeLimit(.minutes(5))) struct OptaUnviewedTests {
    /// Notices come as a background process writes: each opened the session for a moment, and its end took it from whoever had come.
    @Test func whatIsNotedInASessionTakesItFromNobody() async throws {
        let house = OptaHouse()
        try await house.running {
            let sessions = (0..<6).map { "s\($0)" }
            for session in sessions { try await house.session(session) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for session in sessions {
                    group.addTask {
                        for _ in 0..<20 { try await house.engine.note(.created, in: SessionID(session)) }
                    }
                    for _ in 0..<2 {
                        group.addTask {
                            let reply = await house.call("POST", "/v3/sessions/\(session)/turns", OptaHouse.prompt("Hi"))
                            #expect(reply.status == 202, "\(reply)")
                        }
                    }
                    for _ in 0..<2 {
                        group.addTask {
                            try await house.socket("sessionId=\(session)") { peer in
                                try await peer.event("turn.done")
                                #expect(peer.answers == [])
                                #expect(peer.closed.value == nil)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
