import ApusBase
import ApusCore

/// One server of a configuration file, as it is written there.
struct MCPServerEntry: Hashable, Sendable {
    var name: String
    /// `nil` where only switches are written: they are about a server of the same name in a weaker file.
    var transport: MCPServerConfiguration.Transport?
    var isDisabled = false
    /// `nil` is all; wins over `disabledTools`.
    var enabledTools: [String]?
    var disabledTools: [String] = []
    /// How long a call may take, where the file says so.
    var callLimit: Duration?
    /// The same of connecting.
    var connectLimit: Duration?
    var signIn = MCPSignInSetting.automatic
    /// Variables that are named and not set.
    var missing: [String] = []

    /// Milliseconds: an hour, which is less than what the engine gives any tool.
    private static let longestCall: Int64 = 3_600_000
    private static let longestConnect: Int64 = 600_000

    /// What is wrong with an entry; the end of a sentence that names it.
    struct Fault: Error, Hashable { var complaint: String }

    init(_ name: String, _ value: JSONValue, environment: [String: String]) throws(Fault) {
        guard let members = value.objectValue else { throw Fault(complaint: "is no object") }
        self.name = name
        isDisabled = value["disabled"]?.boolValue ?? false
        enabledTools = try Self.texts(value, "enabledTools")
        disabledTools = try Self.texts(value, "disabledTools") ?? []
        callLimit = try Self.limit(value, "timeoutMs", atMost: Self.longestCall)
        connectLimit = try Self.limit(value, "connectTimeout", atMost: Self.longestConnect)
        var variables = MCPVariables(environment)
        transport = try Self.transport(value, &variables)
        signIn = try Self.signIn(value["oauth"], &variables)
        missing = variables.missing
        // Switches alone are for a server of a weaker file.
        let switches = ["disabled", "enabledTools", "disabledTools", "timeoutMs", "connectTimeout"]
        if transport == nil, !switches.contains(where: { members[$0] != nil }) {
            throw Fault(complaint: "needs a \"command\" or a \"url\"")
        }
    }

    func allows(_ tool: String) -> Bool { enabledTools.map { $0.contains(tool) } ?? !disabledTools.contains(tool) }

    /// What `self`, of a stronger file, makes of an entry of the same name.
    func over(_ weaker: MCPServerEntry?) -> MCPServerEntry {
        guard transport == nil, var merged = weaker else { return self }
        merged.isDisabled = isDisabled
        merged.enabledTools = enabledTools ?? merged.enabledTools
        merged.disabledTools += disabledTools
        merged.callLimit = callLimit ?? merged.callLimit
        merged.connectLimit = connectLimit ?? merged.connectLimit
        return merged
    }

    /// Writes what is in force after ``over(_:)`` into the members of the weaker file; `stronger` are those of the file with the switches.
    func putSwitches(into members: inout JSONObject, from stronger: JSONObject) {
        func list(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
        if isDisabled || members["disabled"] != nil || stronger["disabled"] != nil { members["disabled"] = .bool(isDisabled) }
        if let enabledTools { members["enabledTools"] = list(enabledTools) }
        if !disabledTools.isEmpty { members["disabledTools"] = list(disabledTools) }
        for key in ["timeoutMs", "connectTimeout"] { if let value = stronger[key], !value.isNull { members[key] = value } }
    }

    private static func transport(
        _ value: JSONValue, _ variables: inout MCPVariables
    ) throws(Fault) -> MCPServerConfiguration.Transport? {
        let type = value["type"]?.stringValue ?? (value["command"] != nil ? "stdio" : value["url"] != nil ? "http" : nil)
        switch type {
        case nil: return nil
        case "stdio":
            guard let command = value["command"]?.stringValue, !command.isEmpty else {
                throw Fault(complaint: "needs a \"command\" that is not empty")
            }
            let arguments = try texts(value, "args") ?? []
            let environment = try map(value, "env")
            return .stdio(
                command: variables.expand(command), arguments: arguments.map { variables.expand($0) },
                environment: Dictionary(environment.map { ($0.0, variables.expand($0.1)) }, uniquingKeysWith: { $1 }))
        case "http", "sse":
            guard let url = value["url"]?.stringValue, !url.isEmpty else { throw Fault(complaint: "needs a \"url\"") }
            let headers = try map(value, "headers").map { MCPServerConfiguration.Header(name: $0.0, value: variables.expand($0.1)) }
            let address = variables.expand(url)
            return type == "sse" ? .sse(url: address, headers: headers) : .http(url: address, headers: headers)
        case .some(let type):
            throw Fault(complaint: "has the type \"\(MCPFault.shown(type, limit: 40))\"; use stdio, http or sse")
        }
    }

    private static func limit(_ value: JSONValue, _ key: String, atMost longest: Int64) throws(Fault) -> Duration? {
        guard let member = value[key], !member.isNull else { return nil }
        guard let limit = member.integerValue, (1...longest).contains(limit) else {
            throw Fault(complaint: "has \"\(key)\" that is no whole number from 1 to \(longest)")
        }
        return .milliseconds(limit)
    }

    static func texts(_ value: JSONValue, _ key: String) throws(Fault) -> [String]? {
        guard let member = value[key], !member.isNull else { return nil }
        guard let texts = member.arrayValue?.compactMap(\.stringValue), texts.count == member.arrayValue?.count else {
            throw Fault(complaint: "has \"\(key)\" that is no list of texts")
        }
        return texts
    }

    private static func map(_ value: JSONValue, _ key: String) throws(Fault) -> [(String, String)] {
        guard let member = value[key], !member.isNull else { return [] }
        guard let object = member.objectValue else { throw Fault(complaint: "has \"\(key)\" that is no object of texts") }
        var pairs: [(String, String)] = []
        for (name, text) in object {
            guard let text = text.stringValue else { throw Fault(complaint: "has \"\(key)\" with \"\(name)\", which is no text") }
            pairs.append((name, text))
        }
        return pairs
    }

    /// How a configuration is written to a file.
    static func json(_ configuration: MCPServerConfiguration) -> JSONValue {
        func object(_ pairs: [(String, String)]) -> JSONValue { .object(JSONObject(pairs.map { ($0, .string($1)) })) }
        func signingIn(_ members: JSONObject) -> JSONValue {
            var members = members
            members["oauth"] = json(configuration.signIn)
            return .object(members)
        }
        switch configuration.transport {
        case .stdio(let command, let arguments, let environment):
            return [
                "type": "stdio", "command": .string(command), "args": .array(arguments.map { .string($0) }),
                "env": object(environment.sorted { $0.key < $1.key }),
            ]
        case .http(let url, let headers):
            return signingIn(["type": "http", "url": .string(url), "headers": object(headers.map { ($0.name, $0.value) })])
        case .sse(let url, let headers):
            return signingIn(["type": "sse", "url": .string(url), "headers": object(headers.map { ($0.name, $0.value) })])
        }
    }
}

extension MCPServerConfiguration {
    private static let longestName = 64

    /// What is wrong with it, before anything is started; a sentence.
    var obstacle: String? {
        guard !name.isEmpty, name.utf8.count <= Self.longestName,
            name.utf8.allSatisfy({ byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || [95, 46, 45].contains(byte)
            })
        else {
            return
                "\"\(MCPFault.shown(name, limit: 80))\" cannot be the name of an MCP server: use 1 to 64 letters, digits, \"_\", \"-\" and \".\"."
        }
        switch transport {
        case .stdio(let command, _, let environment):
            if command.isEmpty { return "The MCP server \"\(name)\" names no command." }
            if let bad = environment.keys.first(where: { $0.isEmpty || $0.contains("=") }) {
                return "The MCP server \"\(name)\" sets the environment variable \"\(MCPFault.shown(bad, limit: 80))\", which cannot be."
            }
        case .http(let url, let headers), .sse(let url, let headers):
            guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
                return
                    "The MCP server \"\(name)\" has the address \"\(MCPFault.shown(url, limit: 120))\"; it must begin with http:// or https://."
            }
            if let bad = headers.first(where: { !$0.isPlain }) {
                return "The MCP server \"\(name)\" has a header \"\(MCPFault.shown(bad.name, limit: 80))\" that cannot be sent."
            }
            if case .asked(let options) = signIn, let complaint = options.complaint {
                return "The MCP server \"\(name)\" has \"oauth\" that cannot be used: \(complaint)."
            }
        }
        return nil
    }
}

extension MCPServerConfiguration.Header {
    fileprivate var isPlain: Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
            && !value.utf8.contains { $0 == 0x0A || $0 == 0x0D || $0 == 0 }
    }
}
