import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import DroidWire
import Testing

/// Many sessions on one connection, as frames.
@Suite struct HeavyDroidCrowdTests {
    @Test func twoHundredSessionsStreamOnOneConnection() async throws {
        let model = ScriptedModel { request, _ in
            let prompt = if case .user(let texts, _)? = request.messages.last { texts.last ?? "" } else { "" }
            return .init(.text((0..<20).map { "\(prompt)-\($0) " }))
        }
        let count = 200
        try await DroidHouse(model).serving { client in
            let opened = (0..<count).map { number in
                client.ask("initialize_session", ["machineId": "d", "cwd": "/w", "sessionId": "s\(number)", "token": "k"])
            }
            for id in opened { _ = try await client.response(id) }
            for number in 0..<count {
                client.ask("add_user_message", ["sessionId": "s\(number)", "text": "p\(number)", "messageId": "m\(number)"])
            }
            try await client.count(count) { $0["params"]?["notification"]?["type"] == "agent_turn_completed" }
            var texts: [String: [String]] = [:]
            for frame in client.all {
                guard let session = frame["params"]?["sessionId"]?.stringValue, let notification = frame["params"]?["notification"],
                    notification["type"] == "assistant_text_delta"
                else { continue }
                texts[session, default: []].append(notification["textDelta"]?.stringValue ?? "")
            }
            for number in 0..<count { #expect(texts["s\(number)"] == (0..<20).map { "p\(number)-\($0) " }) }
        }
    }
}
