import ApusBase
import ApusCore
import Testing

@testable import ApusFronts

struct QwenRegistryTests {
    private static func room(_ id: SessionID) -> QwenRoom {
        QwenRoom(SessionHeader(id: id, createdAt: 1, workingDirectory: "/w"), directory: "/w", isOld: false)
    }

    private static func spawn(_ plan: QwenRegistry.Plan) throws -> QwenRegistry.Spawn {
        guard case .spawn(let spawn) = plan else { throw Unexpected(plan: "\(plan)") }
        return spawn
    }

    private struct Unexpected: Error { let plan: String }

    /// Between its end and its being put away nobody may come to it.
    @Test func aSessionThatNobodyWantsIsNeverOneToAttachTo() throws {
        let registry = QwenRegistry()
        let spawn = try Self.spawn(registry.plan(for: "/w", atMost: 1))
        #expect(!registry.finish(spawn, .success(Self.room("s")), in: "/w", isWanted: { false }))
        // Its place is free, and the next one makes a session of its own.
        let next = try Self.spawn(registry.plan(for: "/w", atMost: 1))
        #expect(registry.finish(next, .success(Self.room("t")), in: "/w", isWanted: { true }))
        guard case .attach("t") = registry.plan(for: "/w", atMost: 1) else {
            Issue.record("it is not attached to")
            return
        }
        #expect(registry.rooms(in: "/w").map(\.session) == ["t"])
    }

    @Test func whoWaitsForASessionWantsItUntilItGoes() throws {
        for isStillThere in [true, false] {
            let registry = QwenRegistry()
            let spawn = try Self.spawn(registry.plan(for: "/w", atMost: nil))
            guard case .wait(let same) = registry.plan(for: "/w", atMost: nil) else {
                Issue.record("it does not wait")
                return
            }
            if !isStillThere { registry.stopWaiting(for: same) }
            #expect(registry.finish(spawn, .success(Self.room("s")), in: "/w", isWanted: { false }) == isStillThere)
        }
    }

    /// 1,024 ids: the one that was silent for longest makes room.
    @Test func clientsThatAreHeardOfStayKnown() {
        let room = Self.room("s")
        let clients = (0..<QwenRoom.maximumClients).map { _ in room.attach(nil) }
        #expect(room.knows(clients[0]))
        #expect(room.attach(clients[1]) == clients[1])
        let newest = room.attach(nil)
        #expect(room.knows(clients[0]) && room.knows(clients[1]) && room.knows(newest))
        #expect(!room.knows(clients[2]))
        #expect(room.clientCount == QwenRoom.maximumClients)
    }
}
