package import ApusBase

/// Which tools a client wants a session to have, by the names that models see. It never raises what a level permits.
package struct ToolSelection: Hashable, Sendable {
    /// Only these; `nil` leaves the usual ones.
    package var only: [String]?
    /// Beyond the usual ones, also when those are not restricted; before `only` filters.
    package var additional: [String]
    /// Never these; beats everything else.
    package var disabled: [String]
    /// Only tools of these MCP servers; `nil` leaves them all.
    package var servers: [String]?
    /// Further lists like `only`, each of which has to name a tool too: what a subagent's parent was restricted to.
    package var bounds: [[String]]

    /// Names every tool of every MCP server, in `only`, `bounds` and `disabled`.
    package static let everyServer = "MCP:*"

    package init(
        only: [String]? = nil, additional: [String] = [], disabled: [String] = [], servers: [String]? = nil, bounds: [[String]] = []
    ) {
        self.only = only
        self.additional = additional
        self.disabled = disabled
        self.servers = servers
        self.bounds = bounds
    }

    /// This selection for an agent that works for one with the selection `outer`: nothing that `outer` does not leave.
    package func narrowing(_ outer: ToolSelection) -> ToolSelection {
        var inner = self
        for name in outer.disabled where !inner.disabled.contains(name) { inner.disabled.append(name) }
        for name in outer.additional where !inner.additional.contains(name) { inner.additional.append(name) }
        inner.bounds = outer.bounds + (outer.only.map { [$0] } ?? []) + bounds
        if let allowed = outer.servers { inner.servers = servers.map { $0.filter(allowed.contains) } ?? allowed }
        return inner
    }

    /// Whether `name`, usual or added, is left by the two filters.
    package func allows(_ name: String) -> Bool {
        !disabled.contains(name) && (only?.contains(name) ?? true) && bounds.allSatisfy { $0.contains(name) }
    }

    /// The same for a tool of an MCP server, which may be named by what the server calls it too, and with all others by its server
    /// (`MCP:<server>`).
    package func allows(_ name: String, called tool: String, of server: String) -> Bool {
        let names = [name, "\(server)___\(tool)", "MCP:\(server)", Self.everyServer]
        if let servers, !servers.contains(server) { return false }
        return !names.contains(where: disabled.contains) && (only.map { names.contains(where: $0.contains) } ?? true)
            && bounds.allSatisfy { names.contains(where: $0.contains) }
    }

    package static let usual = ToolSelection()
}

extension ToolSelection: StoredForm {
    package func encoded() -> JSONValue {
        var object = JSONObject()
        if let only { object["only"] = Self.list(only) }
        if !additional.isEmpty { object["additional"] = Self.list(additional) }
        if !disabled.isEmpty { object["disabled"] = Self.list(disabled) }
        if let servers { object["servers"] = Self.list(servers) }
        if !bounds.isEmpty { object["bounds"] = .array(bounds.map(Self.list)) }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            only: Self.names(value["only"]), additional: Self.names(value["additional"]) ?? [],
            disabled: Self.names(value["disabled"]) ?? [], servers: Self.names(value["servers"]),
            bounds: value["bounds"]?.arrayValue?.compactMap { Self.names($0) } ?? [])
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
    /// The session that this one works for: MCP servers are that one's, and there are no subagents of subagents.
    package var caller: SessionID?

    package init(
        session: SessionID, dialect: String = "", selection: ToolSelection = .usual, canAskUser: Bool = false, isPlanning: Bool = false,
        skills: SkillScope? = nil, deferralTokens: Int? = nil, loadedTools: Set<String> = [], caller: SessionID? = nil
    ) {
        self.session = session
        self.dialect = dialect
        self.selection = selection
        self.canAskUser = canAskUser
        self.isPlanning = isPlanning
        self.skills = skills
        self.deferralTokens = deferralTokens
        self.loadedTools = loadedTools
        self.caller = caller
    }
}
