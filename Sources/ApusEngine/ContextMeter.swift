import ApusBase
package import ApusCore

/// Measures the next request of a session by kind: what the provider counted at the last response, where it did, shared out as the bytes
/// are; else the bytes alone, at four a token. Pure.
package struct ContextMeter: Sendable {
    /// Of models that do not say.
    package static let usualLimit = 200_000

    /// MCP tools take at most this much of a request before they have to be searched for: a tenth of the context.
    package static func deferralTokens(of model: ModelDescription) -> Int { (model.contextTokens ?? usualLimit) / 10 }

    private static let bytesPerToken = 4
    /// About what providers charge for an image, and for a page of a document.
    private static let imageTokens = 1_500

    let model: ModelDescription
    let system: String
    let tools: [ToolDefinition]
    /// What a turn would tell the model that it has not been told.
    let notes: [ContextNote]

    package init(model: ModelDescription, system: String, tools: [ToolDefinition], notes: [ContextNote]) {
        self.model = model
        self.system = system
        self.tools = tools
        self.notes = notes
    }

    package func measure(_ state: SessionState) -> ContextUsage {
        var tokens: [ContextUsage.Category: Int] = [.systemPrompt: Self.tokens(system)]
        var servers: [ContextUsage.Server] = []
        for tool in tools {
            let size = Self.tokens(of: tool)
            guard let server = Self.server(of: tool.name) else {
                tokens[.systemTools, default: 0] += size
                continue
            }
            tokens[.mcpTools, default: 0] += size
            if let index = servers.firstIndex(where: { $0.name == server }) {
                servers[index].toolCount += 1
                servers[index].tokens += size
            } else {
                servers.append(ContextUsage.Server(name: server, toolCount: 1, tokens: size))
            }
        }
        for note in Self.notes(state, adding: notes) { tokens[Self.category(of: note), default: 0] += Self.tokens(note.text) }
        tokens[.messages, default: 0] +=
            Self.tokens(state.compaction?.summary ?? "") + Self.tokens(of: state.visibleTranscript)
        for note in state.compaction?.carried ?? [] { tokens[Self.category(of: note), default: 0] += Self.tokens(note.text) }
        let counted = Self.lastCall(of: state)
        let exact = counted?.whole ?? 0
        let since = Self.tokensSinceLastCall(of: state)
        if exact > 0 { Self.fit(&tokens, to: exact + since) }
        let parts = ContextUsage.Category.allCases.map { ContextUsage.Part($0, tokens: tokens[$0] ?? 0) }
        return ContextUsage(
            model: model, limit: model.contextTokens ?? Self.usualLimit, used: parts.reduce(0) { $0 + $1.tokens },
            isExact: exact > 0 && since == 0,
            updatedAt: state.updatedAt, parts: parts, servers: servers, lastCall: counted)
    }

    /// Tokens of the next request, by what the provider counted at the last response and an estimate of what came since; `nil` when it counted
    /// nothing that still holds.
    static func counted(_ state: SessionState) -> Int? {
        guard let counted = lastCall(of: state), counted.whole > 0 else { return nil }
        return counted.whole + tokensSinceLastCall(of: state)
    }

    /// The same by the bytes alone.
    func estimated(_ state: SessionState) -> Int {
        let carried = (state.compaction?.carried ?? []).reduce(0) { $0 + Self.tokens($1.text) }
        return tools.reduce(Self.tokens(system)) { $0 + Self.tokens(of: $1) } + carried
            + Self.notes(state, adding: notes).reduce(0) { $0 + Self.tokens($1.text) } + Self.tokens(state.compaction?.summary ?? "")
            + Self.tokens(of: state.visibleTranscript)
    }

    /// The provider counted the whole; the messages are what is left of it when the rest is taken as estimated.
    private static func fit(_ tokens: inout [ContextUsage.Category: Int], to whole: Int) {
        let rest = tokens.reduce(0) { $0 + ($1.key == .messages ? 0 : $1.value) }
        if rest > whole { tokens = tokens.mapValues { $0 * whole / rest } }
        tokens[.messages] = nil
        tokens[.messages] = whole - tokens.values.reduce(0, +)
    }

    /// Of the newest response that saw the context as it is: not of one from before a compaction.
    private static func lastCall(of state: SessionState) -> Usage? {
        for entry in state.transcript.dropFirst(state.compactedAt).reversed() {
            if case .response(let response) = entry, let end = response.end { return end.usage == .zero ? nil : end.usage }
        }
        return nil
    }

    /// Of the results of that response, and of what is behind it.
    private static func tokensSinceLastCall(of state: SessionState) -> Int {
        var sum = 0
        for entry in state.transcript.dropFirst(state.compactedAt).reversed() {
            switch entry {
            case .context(_, let note): sum += tokens(note.text)
            case .user: sum += tokens(of: [entry])
            case .response(let response):
                guard let end = response.end, end.usage != .zero else {
                    sum += tokens(of: [entry])
                    continue
                }
                return sum + response.outcomes.reduce(0) { $0 + tokens($1.text) + tokens(of: $1.media) }
            }
        }
        return 0
    }

    private static func notes(_ state: SessionState, adding fresh: [ContextNote]) -> [ContextNote] {
        var notes: [ContextNote] = []
        for case .context(_, let note) in state.visibleTranscript { notes.append(note) }
        return notes + fresh.filter { !notes.contains($0) }
    }

    private static func category(of note: ContextNote) -> ContextUsage.Category {
        switch note.source {
        case "surroundings": .userInfo
        case "skills": .skills
        case let source where source.hasPrefix("skill:"): .skills
        case "droids": .customAgents
        case let source where source.hasPrefix("/"): .agentsMd
        default: .messages
        }
    }

    private static func server(of tool: String) -> String? {
        tool.firstRange(of: "___").map { String(tool[..<$0.lowerBound]) }
    }

    private static func tokens(of tool: ToolDefinition) -> Int {
        tokens(tool.name) + tokens(tool.summary) + tokens(tool.inputSchema.serialized())
    }

    static func tokens(_ text: String) -> Int { (text.utf8.count + bytesPerToken - 1) / bytesPerToken }

    /// Prompts and responses; notes are counted elsewhere.
    static func tokens(of entries: [TranscriptEntry]) -> Int {
        entries.reduce(0) { sum, entry in
            switch entry {
            case .context: sum
            case .user(_, _, let text, let media): sum + tokens(text) + tokens(of: media)
            case .response(let response):
                response.blocks.reduce(sum) { $0 + tokens(of: $1.item.content) }
                    + response.outcomes.reduce(0) { $0 + tokens($1.text) + tokens(of: $1.media) }
            }
        }
    }

    private static func tokens(of media: [MediaReference]) -> Int {
        media.reduce(0) { $0 + imageTokens * max($1.details.pages ?? 1, 1) }
    }

    private static func tokens(of content: ItemContent) -> Int {
        switch content {
        case .text(let text), .reasoning(let text, _): tokens(text)
        case .toolCall(let call): tokens(call.name) + tokens(call.input.serialized())
        }
    }
}

extension Usage {
    /// Everything that was in the context when the response ended.
    fileprivate var whole: Int { inputTokens + cacheReadTokens + cacheCreationTokens + outputTokens }
}
