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
    /// For their shares: what there is to load, and the custom droids with their lines.
    let skills: [SkillOffer]
    let droids: [(profile: SubagentProfile, line: String)]

    package init(
        model: ModelDescription, system: String, tools: [ToolDefinition], notes: [ContextNote], skills: [SkillOffer] = [],
        droids: [(profile: SubagentProfile, line: String)] = []
    ) {
        self.model = model
        self.system = system
        self.tools = tools
        self.notes = notes
        self.skills = skills
        self.droids = droids
    }

    package func measure(_ whole: SessionState) -> ContextUsage {
        let state = ResultCut.shown(whole)
        var tally = Tally()
        tally.tokens[.systemPrompt] = Self.tokens(system)
        for tool in tools { tally.add(tool: tool.name, tokens: Self.tokens(of: tool)) }
        let notes = Self.notes(state, adding: notes) + (state.compaction?.carried ?? [])
        for note in notes { tally.tokens[Self.category(of: note), default: 0] += Self.tokens(note.text) }
        let loads = Self.loads(state)
        let loaded = loads.reduce(0) { $0 + $1.tokens }
        tally.tokens[.skills, default: 0] += loaded
        tally.tokens[.messages, default: 0] +=
            Self.tokens(state.compaction?.summary ?? "") + Self.tokens(of: state.visibleTranscript) - loaded
        tally.skills = shares(of: notes, loads)
        let isToldOfDroids = notes.contains { $0.source == SubagentNote.source }
        tally.droids = (isToldOfDroids ? droids : []).map { droid in
            .init(name: droid.profile.name, location: droid.profile.location.rawValue, tokens: Self.tokens(droid.line))
        }
        let counted = Self.lastCall(of: state)
        let exact = counted?.whole ?? 0
        let since = Self.tokensSinceLastCall(of: state)
        if exact > 0 { tally.fit(to: exact + since) }
        let parts = ContextUsage.Category.allCases.map { ContextUsage.Part($0, tokens: tally.tokens[$0] ?? 0) }
        return ContextUsage(
            model: model, limit: model.contextTokens ?? Self.usualLimit, used: parts.reduce(0) { $0 + $1.tokens },
            isExact: exact > 0 && since == 0, updatedAt: state.updatedAt, parts: parts, servers: tally.servers, skills: tally.skills,
            droids: tally.droids, lastCall: counted)
    }

    /// What each skill takes: its line in the list, and its text wherever that was loaded.
    private func shares(of notes: [ContextNote], _ loads: [(skill: String, tokens: Int)]) -> [ContextUsage.Source] {
        let isListed = notes.contains { $0.source == "skills" }
        return skills.compactMap { skill in
            let told = notes.filter { $0.skill == skill.name }.reduce(0) { $0 + Self.tokens($1.text) }
            let loaded = loads.filter { $0.skill == skill.name }.reduce(0) { $0 + $1.tokens }
            let tokens = (isListed ? Self.tokens(skill.line) : 0) + told + loaded
            return tokens == 0 ? nil : ContextUsage.Source(name: skill.name, location: skill.location.rawValue, tokens: tokens)
        }
    }

    /// Results that are the texts of skills.
    private static func loads(_ state: SessionState) -> [(skill: String, tokens: Int)] {
        state.visibleTranscript.flatMap { entry -> [(skill: String, tokens: Int)] in
            guard case .response(let response) = entry else { return [] }
            return response.outcomes.compactMap { outcome in outcome.load.skill.map { ($0, tokens(outcome.text)) } }
        }
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
