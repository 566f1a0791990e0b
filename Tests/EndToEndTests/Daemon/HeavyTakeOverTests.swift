import ApusBase
import ApusTestServer
import DroidSDK
import Foundation
import Testing

/// Thirty deaths at all kinds of moments, in the loops of ten turns of one session, with one client that reconnects.
@Suite struct HeavyTakeOverTests {
    private static let turns = 10
    /// As many as a turn outlives.
    private static let deaths = 3

    /// Two commands that leave a line each, a file that is read, and an answer: by how many results the turn has behind it. Every piece of
    /// text has the number of its request, so that one that came twice would be seen.
    private static func reply(to request: RecordedRequest) -> Reply {
        let messages = request.body["messages"]?.arrayValue ?? []
        var turn = 0
        var results = 0
        for message in messages {
            for block in message["content"]?.arrayValue ?? [] {
                if block["type"] == "tool_result" { results += 1 }
                guard let match = block["text"]?.stringValue?.firstMatch(of: #/Turn (\d+)\./#), let number = Int(match.1) else { continue }
                (turn, results) = (number, 0)
            }
        }
        let words: [Fragment] = (0..<12).flatMap { [.piece("<\(request.number).\($0)>"), .pause(milliseconds: 2)] }
        func command(_ name: String) -> Block {
            .toolCall(
                "Execute",
                ["command": .string("echo \(turn)-\(name) >> effects; sleep 0.05"), "riskLevel": "low", "riskLevelReason": "a test"],
                id: "\(turn)-\(name)")
        }
        let read = Block.toolCall("Read", ["file_path": "a.txt"], id: "\(turn)-read")
        let edit = Block.toolCall(
            "Edit", ["file_path": "a.txt", "old_str": .string("\(turn);"), "new_str": .string("[\(turn)];")], id: "\(turn)-edit")
        return switch results {
        case 0: .stream(StreamedReply([.text(words), read]))
        case 1: .stream(StreamedReply([.text(words), command("first"), edit, command("second")]))
        default: .stream(StreamedReply([.text(words + [.piece("Turn \(turn) is done.")])]))
        }
    }

    @Test(.timeLimit(.minutes(10))) func thirtyDeathsRepeatNothingAndLoseNothing() async throws {
        let script = Script([ScriptStep(.computed { Self.reply(to: $0) }, times: .forever)])
        try await Survivor.lend(
            script, preparing: { try $0.home.write((0..<Self.turns).map { "\($0);" }.joined(separator: "\n") + "\n", to: "a.txt") }
        ) { client in
            var random = SplitMix(seed: 30)
            var kept: [String] = []
            for turn in 0..<Self.turns {
                let begin = client.shown.utf8.count
                // A death comes some time behind the first word that is new since the last one.
                let pauses = (0..<Self.deaths).map { _ in Int.random(in: 0..<120, using: &random) }
                let moments = pauses.map { pause in
                    Survivor.Moment { client in
                        let asked = client.stage.server.modelRequests.count
                        let known = client.shown.utf8.count
                        try await eventually {
                            client.shown.utf8.count > known || client.stage.server.modelRequests.count > asked
                                || client.shown.hasSuffix("Turn \(turn) is done.") && client.shown.utf8.count > begin
                        }
                        try await Task.sleep(for: .milliseconds(pause))
                    }
                }
                let heard = try await client.turn("Turn \(turn).", killedAt: moments)
                #expect(heard.result?.text.hasSuffix("Turn \(turn) is done.") == true, "turn \(turn)")
                kept += heard.compactMap { if case .assistantTextDelta(let delta) = $0 { delta.text } else { nil } }
            }
            let pieces = client.shown.matches(of: #/<\d+\.\d+>/#).map { String($0.output) }
            #expect(Set(pieces).count == pieces.count, "no piece comes twice")
            #expect(kept.joined() == client.shown)
            try await Self.check(client)
        }
    }

    /// What the log says of each call, and what the world says.
    private static func check(_ client: Survivor) async throws {
        let home = client.stage.home
        let lines = (try? home.read("effects"))?.split(separator: "\n").map(String.init) ?? []
        #expect(Set(lines).count == lines.count, "no command ran twice: \(lines)")
        let events = try await client.stage.apus("sessions", "show", client.session.sessionId, "--json").stdout
        let state = try JSONValue(parsing: events)
        var statuses: [String: [String]] = [:]
        for outcome in state.everyObject(with: "call", "status", "text") {
            guard let call = outcome["call"]?.stringValue, let status = outcome["status"]?.stringValue else { continue }
            if status != "notRun" { statuses[call, default: []].append(status) }
        }
        let file = try home.read("a.txt")
        for turn in 0..<Self.turns {
            for name in ["first", "second"] {
                let call = "\(turn)-\(name)"
                let told = statuses[call] ?? []
                #expect(told.count == 1, "\(call) has one outcome beside those of responses that were cut: \(told)")
                if told == ["succeeded"] { #expect(lines.contains(call)) }
            }
            #expect(statuses["\(turn)-read"] == ["succeeded"])
            // The file tells whether it was done, so that it always is.
            #expect(statuses["\(turn)-edit"] == ["succeeded"] && file.split(separator: "\n").contains("[\(turn)];"), "\(file)")
        }
        #expect(state["lastTurn"]?["reason"] == "completed")
        print(
            "\(lines.count) of \(2 * Self.turns) commands left their line; outcomes \(statuses.values.joined().reduce(into: [:]) { $0[$1, default: 0] += 1 })"
        )
    }
}

extension JSONValue {
    /// Every object in it, however deep, that has these members.
    fileprivate func everyObject(with names: String...) -> [JSONValue] {
        var found: [JSONValue] = []
        func look(_ value: JSONValue) {
            switch value {
            case .object(let object):
                if names.allSatisfy({ object[$0] != nil }) { found.append(value) }
                for (_, member) in object { look(member) }
            case .array(let array): for member in array { look(member) }
            default: break
            }
        }
        look(self)
        return found
    }
}
