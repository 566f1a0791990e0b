import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import DroidWire
import Testing

/// A session whose events are those that a test lets happen.
private final class StagedSessions: SessionService, EventFollower {
    private let events = Watched<[Event]>([])
    private let place = Watched(0)

    init() {
        happen(.sessionCreated(SessionHeader(id: "s1", createdAt: 1, workingDirectory: "/w"), SessionSettings()))
        place.change { $0 = 1 }
    }

    func happen(_ kinds: EventKind...) {
        events.change { events in
            for kind in kinds { events.append(Event(number: EventNumber(events.count + 1), time: 1_700_000_000_000, kind: kind)) }
        }
    }

    var head: EventNumber { EventNumber(events.value.count) }

    func next(limit: Int) async throws(EventLogError) -> [Event] {
        let from = place.value
        let all = await events.first { $0.count > from }
        place.change { $0 = all.count }
        return Array(all[min(from, all.count)...])
    }

    private var state: SessionState {
        var state = SessionState(id: "s1")
        state.reduce(events.value)
        return state
    }

    func create(_ request: NewSession) async throws(SessionError) -> SessionID { "s1" }
    func open(_ session: SessionID) async throws(SessionError) -> SessionState { state }
    func fork(_ session: SessionID) async throws(SessionError) -> SessionID { session }
    func change(_ session: SessionID, settings: SessionSettings) async throws(SessionError) {}
    /// The turn has begun, and whoever follows has heard of it, before this returns.
    func submit(_ input: TurnInput, with media: [Media], to session: SessionID) async throws(SessionError) -> TurnID {
        happen(.turnQueued(input), .turnStarted(input.turn, model: "m"), .userMessage(input.message, input.turn, input.prompt))
        let count = events.value.count
        _ = await place.first { $0 >= count }
        for _ in 0..<20 { await Task.yield() }
        return input.turn
    }

    func interrupt(_ session: SessionID) async {}
    func follow(_ session: SessionID, after cursor: EventNumber) async throws(SessionError) -> any EventFollower { self }
    func close(_ session: SessionID) async {}
}

/// The tool AskUser, as clients see it (`droid.md` §4.2).
struct DroidQuestionTests {
    private static let question = UserQuestion(
        id: "ask_1234567890", turn: "m1", call: "c1",
        items: [
            UserQuestion.Item(index: 1, topic: "Colour", question: "Which?", options: ["red", "blue"]),
            UserQuestion.Item(index: 2, topic: "Sizes", question: "Which ones?", options: ["S", "M"], allowsSeveral: true),
        ])

    private func asked(
        _ family: DroidFamily = .daemon, _ body: @escaping @Sendable (DroidClient, DroidHouse) async throws -> Void
    ) async throws {
        let sessions = StagedSessions()
        let house = DroidHouse(ScriptedModel(), sessions: sessions)
        try await house.serving(family) { client in
            try await client.open()
            sessions.happen(.questionAsked(Self.question))
            let request = try await client.asked("ask_user")
            #expect(request["id"] == "ask_1234567890")
            #expect(
                request["params"]
                    == [
                        "sessionId": "s1", "toolCallId": "c1",
                        "questions": [
                            ["index": 1, "topic": "Colour", "question": "Which?", "options": ["red", "blue"]],
                            [
                                "index": 2, "topic": "Sizes", "question": "Which ones?", "options": ["S", "M"], "multiSelect": true,
                            ],
                        ],
                    ])
            #expect(client.types().contains("waiting_for_tool_confirmation"))
            try await body(client, house)
        }
    }

    @Test(arguments: [DroidFamily.daemon, .exec])
    func anAnswerReachesTheDesk(family: DroidFamily) async throws {
        try await asked(family) { client, house in
            client.answer(
                "ask_1234567890",
                [
                    "answers": [
                        ["index": 1, "question": "Which?", "answer": "red"], ["index": 2, "question": "Which ones?", "answer": "S, M"],
                    ]
                ])
            let answers = try await within { await house.questions.answers.first { !$0.isEmpty } }
            #expect(
                answers == [
                    UserAnswer(
                        id: "ask_1234567890", isCancelled: false,
                        items: [
                            UserAnswer.Item(index: 1, question: "Which?", answer: "red"),
                            UserAnswer.Item(index: 2, question: "Which ones?", answer: "S, M"),
                        ])
                ])
            #expect(house.questions.voters.value.map(\.isAutomatic) == [false])
        }
    }

    @Test(arguments: [#""result":{"cancelled":true,"answers":[]}"#, #""error":{"code":-32603,"message":"no"}"#, #""result":7"#])
    func whatIsNoAnswerIsACancelThatNobodyGaveByHand(outcome: String) async throws {
        try await asked { client, house in
            client.write(#"{"jsonrpc":"2.0","factoryApiVersion":"1.0.0","type":"response","id":"ask_1234567890",\#(outcome)}"#)
            let answers = try await within { await house.questions.answers.first { !$0.isEmpty } }
            #expect(answers == [.cancelled("ask_1234567890")])
            #expect(house.questions.voters.value.map(\.isAutomatic) == [true])
        }
    }

    @Test func ofAFloodOfAnswersToOneQuestionOneIsJudgedAndOneWaits() async throws {
        try await asked { client, house in
            let gate = Gate()
            house.questions.gate.change { $0 = gate }
            house.questions.counts.change { $0 = false }
            for number in 0..<1_000 {
                client.answer("ask_1234567890", ["answers": [["index": 1, "question": "Which?", "answer": .string("\(number)")]]])
            }
            // Behind all of them.
            try await client.call("validate_working_directory", ["workingDirectory": "/w"])
            try await gate.reached()
            gate.open()
            let answers = try await within { await house.questions.answers.first { $0.count >= 2 } }
            #expect(answers.map { $0.items.first?.answer } == ["0", "1"])
            try await client.call("validate_working_directory", ["workingDirectory": "/w"])
            #expect(house.questions.voters.value.count == 2)
        }
    }

    @Test func theAnswerToAPromptComesBeforeATurnThatHasBegun() async throws {
        try await DroidHouse(ScriptedModel(), sessions: StagedSessions()).serving { client in
            try await client.open()
            try await client.prompt("go", "m1")
            _ = try await client.notification("create_message")
            #expect(client.all.prefix(3).map { $0["type"]?.stringValue } == ["response", "response", "notification"])
        }
    }

    @Test func aPendingQuestionIsInTheNextLoad() async throws {
        try await asked { client, house in
            let loaded = try await client.load()
            #expect(loaded["pendingAskUserRequests"]?[0]?["requestId"] == "ask_1234567890")
            #expect(loaded["pendingAskUserRequests"]?[0]?["questions"]?.arrayValue?.count == 2)
        }
    }
}
