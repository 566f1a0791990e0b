import DroidWire

public struct ContextCategory: Sendable, Hashable {
    public var name: String
    public var tokens: Int
    public var colorKey: ContextColor

    public init(name: String, tokens: Int, colorKey: ContextColor) {
        self.name = name
        self.tokens = tokens
        self.colorKey = colorKey
    }
}

extension ContextCategory {
    init(_ wire: DroidWire.DroidContextCategory) {
        self.init(name: wire.name, tokens: wire.tokens, colorKey: ContextColor(wire.colorKey))
    }
}

public struct ContextServer: Sendable, Hashable {
    public var name: String
    public var toolCount: Int
    public var tokens: Int

    public init(name: String, toolCount: Int, tokens: Int) {
        self.name = name
        self.toolCount = toolCount
        self.tokens = tokens
    }
}

extension ContextServer {
    init(_ wire: DroidWire.DroidContextServer) {
        self.init(name: wire.name, toolCount: wire.toolCount, tokens: wire.tokens)
    }
}

public struct ContextSource: Sendable, Hashable {
    public var name: String
    public var location: String
    public var tokens: Int

    public init(name: String, location: String, tokens: Int) {
        self.name = name
        self.location = location
        self.tokens = tokens
    }
}

extension ContextSource {
    init(_ wire: DroidWire.DroidContextSource) {
        self.init(name: wire.name, location: wire.location, tokens: wire.tokens)
    }
}

public struct GetContextBreakdownParams: Sendable, Hashable {

    public init() {}
}

extension GetContextBreakdownParams {
    var wire: DroidWire.GetContextBreakdownParams {
        DroidWire.GetContextBreakdownParams()
    }
}

/// What fills the context. The three arrays behind `categories` must be there, even empty: Python asks for them.
public struct GetContextBreakdownResult: Sendable, Hashable {
    public var modelId: String
    public var modelDisplayName: String
    public var contextBudget: Int
    public var usedTokens: Int
    public var freeTokens: Int
    public var categories: [ContextCategory]
    public var skills: [ContextSource] = []
    public var mcpServers: [ContextServer] = []
    public var droids: [ContextSource] = []
    public var lastCallCompactionTokens: Int?

    public init(
        modelId: String, modelDisplayName: String, contextBudget: Int, usedTokens: Int, freeTokens: Int, categories: [ContextCategory]
    ) {
        self.modelId = modelId
        self.modelDisplayName = modelDisplayName
        self.contextBudget = contextBudget
        self.usedTokens = usedTokens
        self.freeTokens = freeTokens
        self.categories = categories
    }
}

extension GetContextBreakdownResult {
    init(_ wire: DroidWire.GetContextBreakdownResult) {
        self.init(
            modelId: wire.modelId, modelDisplayName: wire.modelDisplayName, contextBudget: wire.contextBudget, usedTokens: wire.usedTokens,
            freeTokens: wire.freeTokens, categories: wire.categories.map(ContextCategory.init))
        skills = wire.skills.map(ContextSource.init)
        mcpServers = wire.mcpServers.map(ContextServer.init)
        droids = wire.droids.map(ContextSource.init)
        lastCallCompactionTokens = wire.lastCallCompactionTokens
    }
}

public struct GetContextStatsParams: Sendable, Hashable {

    public init() {}
}

extension GetContextStatsParams {
    var wire: DroidWire.GetContextStatsParams {
        DroidWire.GetContextStatsParams()
    }
}

public struct GetContextStatsResult: Sendable, Hashable {
    public var used: Int
    public var remaining: Int
    public var limit: Int
    public var accuracy: ContextAccuracy
    public var updatedAt: String

    public init(used: Int, remaining: Int, limit: Int, accuracy: ContextAccuracy, updatedAt: String) {
        self.used = used
        self.remaining = remaining
        self.limit = limit
        self.accuracy = accuracy
        self.updatedAt = updatedAt
    }
}

extension GetContextStatsResult {
    init(_ wire: DroidWire.GetContextStatsResult) {
        self.init(
            used: wire.used, remaining: wire.remaining, limit: wire.limit, accuracy: ContextAccuracy(wire.accuracy),
            updatedAt: wire.updatedAt.text)
    }
}
