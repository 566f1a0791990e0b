import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// Many sessions in one engine.
@Suite struct HeavyEngineCrowdTests {
    @Test func twoHundredSessionsAnswerAtOnce() async throws {
        let house = EngineHouse(
            ScriptedModel { request, _ in
                guard case .user(let texts, _)? = request.messages.first else { return .text("?") }
                return .init(.text(["You said ", texts.joined()]))
            })
        try await house.running {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let id = try await house.create(SessionID("session-\(number)"))
                        try await house.submit("word \(number)", as: TurnID("t\(number)"), to: id)
                        let events = try await house.recorder(id).read(untilEndOf: TurnID("t\(number)"))
                        #expect(events.map(\.kind.brief).contains("text You said word \(number)"))
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
