package import ApusBase

/// Which tools a client wants a session to have, by the names that models see. It never raises what a level permits.
package struct ToolSelection: Hashable, Sendable {
    /// Only these; `nil` leaves the usual ones.
    package var only: [String]?
    /// Beyond the usual ones, also when those are not restricted; before `only` filters.
    package var additional: [String]
    /// Never these; beats everything else.
    package var disabled: [String]

    package init(only: [String]? = nil, additional: [String] = [], disabled: [String] = []) {
        self.only = only
        self.additional = additional
        self.disabled = disabled
    }

    /// Whether `name`, usual or added, is left by the two filters.
    package func allows(_ name: String) -> Bool {
        !disabled.contains(name) && (only?.contains(name) ?? true)
    }

    /// The same for a tool of an MCP server, which may be named by what the server calls it too, and with all others by its server
    /// (`MCP:<server>`).
    package func allows(_ name: String, called tool: String, of server: String) -> Bool {
        let names = [name, "\(server)___\(tool)", "MCP:\(server)"]
        return !names.contains(where: disabled.contains) && (only.map { names.contains(where: $0.contains) } ?? true)
    }

    package static let usual = ToolSelection()
}

extension ToolSelection: StoredForm {
    package func encoded() -> JSONValue {
        var object = JSONObject()
        if let only { object["only"] = Self.list(only) }
        if !additional.isEmpty { object["additional"] = Self.list(additional) }
        if !disabled.isEmpty { object["disabled"] = Self.list(disabled) }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            only: Self.names(value["only"]), additional: Self.names(value["additional"]) ?? [],
            disabled: Self.names(value["disabled"]) ?? [])
    }

    private static func list(_ names: [String]) -> JSONValue { .array(names.map { .string($0) }) }
    private static func names(_ value: JSONValue?) -> [String]? { value?.arrayValue?.compactMap(\.stringValue) }
}

/// Whose tools are asked for.
package struct ToolScope: Hashable, Sendable {
    package var session: SessionID
    /// Of the model that will call them: some tools suit some models.
    package var dialect: String
    package var selection: ToolSelection
    /// Somebody can be asked: AskUser is among the usual ones.
    package var canAskUser: Bool
    /// The model plans, and may hand its plan in: ExitSpecMode is among the usual ones.
    package var isPlanning: Bool
    /// Whose skills there are; `nil` where none are wanted.
    package var skills: SkillScope?
    /// Schemas of MCP tools that take more tokens than this together are left out, and searched for instead; `nil` leaves none out.
    package var deferralTokens: Int?
    /// Tools that were found by searching and are offered all the same.
    package var loadedTools: Set<String>

    package init(
        session: SessionID, dialect: String = "", selection: ToolSelection = .usual, canAskUser: Bool = false, isPlanning: Bool = false,
        skills: SkillScope? = nil, deferralTokens: Int? = nil, loadedTools: Set<String> = []
    ) {
        self.session = session
        self.dialect = dialect
        self.selection = selection
        self.canAskUser = canAskUser
        self.isPlanning = isPlanning
        self.skills = skills
        self.deferralTokens = deferralTokens
        self.loadedTools = loadedTools
    }
}
