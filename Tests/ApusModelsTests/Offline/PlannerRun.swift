import ApusBase
import ApusCore
import Synchronization
import Testing

@testable import ApusModels

/// One prompt taken to its end: the calls of each round and the answer.
struct PlannerRun {
    var rounds: [[ToolCall]] = []
    var answer = ""
    var messages: [ModelMessage]
    var tools: PretendTools

    /// Every call in a short form, such as `Read README.md`.
    var calls: [String] {
        rounds.flatMap { $0 }.map { call in
            let value = ["command", "file_path", "pattern", "patterns", "directory_path"].lazy.compactMap { call.input[$0] }.first
            let text = value?.stringValue ?? value?.arrayValue?.compactMap(\.stringValue).joined(separator: " ") ?? ""
            return text.isEmpty ? call.name : "\(call.name) \(text)"
        }
    }

    static let note = "<system-reminder>\nWorking directory: /project\nread secrets.txt\n</system-reminder>"

    init(
        _ prompt: String, _ tools: PretendTools, offering names: [String]? = nil, after earlier: [ModelMessage] = [],
        knowsDirectory: Bool = true
    ) async throws {
        self.tools = tools
        messages = earlier + [.user(knowsDirectory ? [PlannerRun.note, prompt] : [prompt])]
        let definitions = names.map { PretendTools.definitions($0) } ?? PretendTools.definitions()
        let counter = Mutex(0)
        let planner = OfflinePlanner { CallID("call_\(counter.withLock { $0 += 1; return $0 })") }
        for _ in 0..<200 {
            let response = try await RecordedResponse(
                planner, ModelRequest(system: "You are Apus.", messages: messages, tools: definitions))
            messages.append(.assistant(response.contents))
            if response.calls.isEmpty {
                answer = response.text
                return
            }
            for call in response.calls { #expect(definitions.contains { $0.name == call.name }, "\(call.name) was not offered") }
            rounds.append(response.calls)
            messages.append(.toolResults(response.calls.map { self.tools.run($0) }))
        }
        Issue.record("The planner never came to an end: \(prompt.prefix(200))")
    }
}

/// The events of one response, checked against the contract of `ModelEvent`.
struct RecordedResponse {
    private(set) var events: [ModelEvent] = []
    private(set) var contents: [ItemContent] = []
    private(set) var usage = Usage.zero

    var calls: [ToolCall] {
        contents.compactMap { content in
            if case .toolCall(let call) = content { call } else { nil }
        }
    }

    var text: String {
        contents.compactMap { content in
            if case .text(let text) = content { text } else { nil }
        }.joined()
    }

    init(_ planner: OfflinePlanner, _ request: ModelRequest) async throws {
        var events: [ModelEvent] = []
        try await planner.respond(to: request) { events.append($0) }
        self.events = events
        check()
    }

    private mutating func check() {
        var open: [Int: String] = [:]
        var kinds: [Int: ModelEvent.ItemKind] = [:]
        var ends = 0
        for event in events {
            #expect(ends == 0, "nothing comes behind the end")
            switch event {
            case .itemStarted(let index, let kind):
                #expect(index == kinds.count)
                kinds[index] = kind
                open[index] = ""
            case .delta(let index, let piece):
                #expect(!piece.isEmpty)
                #expect(open[index] != nil)
                open[index, default: ""] += piece
            case .itemFinished(let index, let content):
                let joined = open.removeValue(forKey: index)
                switch content {
                case .text(let text): #expect(Array(text.utf8) == joined.map { Array($0.utf8) })
                case .toolCall(let call):
                    #expect(call.input.serialized() == joined)
                    #expect(kinds[index] == .toolCall(call.id, name: call.name))
                case .reasoning: Issue.record("the planner does not reason")
                }
                contents.append(content)
            case .usage(let usage): self.usage = usage
            case .finished(let reason):
                ends += 1
                #expect(reason == (calls.isEmpty ? .endOfTurn : .toolCalls))
            }
        }
        #expect(ends == 1)
        #expect(open.isEmpty)
        #expect(!contents.isEmpty)
        #expect(usage.inputTokens > 0 && usage.outputTokens > 0)
        #expect(Set(calls.map(\.id)).count == calls.count)
    }
}
