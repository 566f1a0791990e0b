package struct GetContextStatsParams: DroidOpenRecord, DroidParams {
    package typealias Result = GetContextStatsResult
    package static let method = DroidMethod.getContextStats

    package init() {}

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {}
}

package struct GetContextStatsResult: DroidRecord {
    package var used: Int
    package var remaining: Int
    package var limit: Int
    package var accuracy: DroidContextAccuracy
    package var updatedAt: DroidTimestamp

    package init(used: Int, remaining: Int, limit: Int, accuracy: DroidContextAccuracy, updatedAt: DroidTimestamp) {
        self.used = used
        self.remaining = remaining
        self.limit = limit
        self.accuracy = accuracy
        self.updatedAt = updatedAt
    }

    package init(blank: DroidBlank) {
        self.init(
            used: 0, remaining: 0, limit: 0, accuracy: DroidContextAccuracy(blank: blank), updatedAt: DroidTimestamp(blank: blank)
        )
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("used", &used)
        try members.required("remaining", &remaining)
        try members.required("limit", &limit)
        try members.required("accuracy", &accuracy)
        try members.required("updatedAt", &updatedAt)
    }
}

package struct GetContextBreakdownParams: DroidOpenRecord, DroidParams {
    package typealias Result = GetContextBreakdownResult
    package static let method = DroidMethod.getContextBreakdown

    package init() {}

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {}
}

/// What fills the context. The three arrays behind `categories` must be there, even empty: Python asks for them.
package struct GetContextBreakdownResult: DroidRecord {
    package var modelId: String
    package var modelDisplayName: String
    package var contextBudget: Int
    package var usedTokens: Int
    package var freeTokens: Int
    package var categories: [DroidContextCategory]
    package var skills: [DroidContextSource] = []
    package var mcpServers: [DroidContextServer] = []
    package var droids: [DroidContextSource] = []
    package var lastCallCompactionTokens: Int?

    package init(
        modelId: String, modelDisplayName: String, contextBudget: Int, usedTokens: Int, freeTokens: Int,
        categories: [DroidContextCategory], skills: [DroidContextSource] = [], mcpServers: [DroidContextServer] = [],
        droids: [DroidContextSource] = [], lastCallCompactionTokens: Int? = nil
    ) {
        self.modelId = modelId
        self.modelDisplayName = modelDisplayName
        self.contextBudget = contextBudget
        self.usedTokens = usedTokens
        self.freeTokens = freeTokens
        self.categories = categories
        self.skills = skills
        self.mcpServers = mcpServers
        self.droids = droids
        self.lastCallCompactionTokens = lastCallCompactionTokens
    }

    package init(blank: DroidBlank) {
        self.init(modelId: "", modelDisplayName: "", contextBudget: 0, usedTokens: 0, freeTokens: 0, categories: [])
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("modelId", &modelId)
        try members.required("modelDisplayName", &modelDisplayName)
        try members.required("contextBudget", &contextBudget)
        try members.required("usedTokens", &usedTokens)
        try members.required("freeTokens", &freeTokens)
        try members.required("categories", &categories)
        try members.defaulted("skills", &skills)
        try members.defaulted("mcpServers", &mcpServers)
        try members.defaulted("droids", &droids)
        try members.optional("lastCallCompactionTokens", &lastCallCompactionTokens)
    }
}

package struct DroidContextCategory: DroidRecord {
    package var name: String
    package var tokens: Int
    package var colorKey: DroidContextColor

    package init(name: String, tokens: Int, colorKey: DroidContextColor) {
        self.name = name
        self.tokens = tokens
        self.colorKey = colorKey
    }

    package init(blank: DroidBlank) { self.init(name: "", tokens: 0, colorKey: DroidContextColor(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("name", &name)
        try members.required("tokens", &tokens)
        try members.required("colorKey", &colorKey)
    }
}

package struct DroidContextSource: DroidRecord {
    package var name: String
    package var location: String
    package var tokens: Int

    package init(name: String, location: String, tokens: Int) {
        self.name = name
        self.location = location
        self.tokens = tokens
    }

    package init(blank: DroidBlank) { self.init(name: "", location: "", tokens: 0) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("name", &name)
        try members.required("location", &location)
        try members.required("tokens", &tokens)
    }
}

package struct DroidContextServer: DroidRecord {
    package var name: String
    package var toolCount: Int
    package var tokens: Int

    package init(name: String, toolCount: Int, tokens: Int) {
        self.name = name
        self.toolCount = toolCount
        self.tokens = tokens
    }

    package init(blank: DroidBlank) { self.init(name: "", toolCount: 0, tokens: 0) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("name", &name)
        try members.required("toolCount", &toolCount)
        try members.required("tokens", &tokens)
    }
}
