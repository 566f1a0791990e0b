package import ApusCore

/// Reads the identifier lists of the command line (`droid-exec.md` §1.2.1): separated by commas or blanks, each a name that models
/// see (`Execute`), a client's id (`execute-cli`) or an MCP tool. Case counts.
package struct ToolIdentifiers: Sendable {
    /// What a list named.
    package struct Named: Hashable, Sendable {
        /// As models see them, in the order of the list, each once.
        package var names: [String] = []
        /// Of those, the ones that other clients have and this version does not.
        package var unavailable: [String] = []
        /// As written: nothing of that name exists anywhere.
        package var unknown: [String] = []
    }

    /// Tools of the original that this version does not have. Scripts name them, mostly to switch them off.
    private static let elsewhere = [
        "WebSearch": "web-search-cli", "Skill": "skill-cli", "ToolSearch": "tool-search-cli",
        "AskUser": "ask-user-cli", "GenerateDroid": "generate-droid-cli", "MultiEdit": "multi-edit-cli",
        "ProposeMission": "propose-mission-cli", "StartMissionRun": "start-mission-run-cli", "EndFeatureRun": "end-feature-run-cli",
        "slack_post_message": "slack-post-message-cli",
    ]

    /// There when a server of the session has resources, which is known when it is connected.
    private static let ofServers = ["ListMcpResources": "list-mcp-resources-cli", "ReadMcpResource": "read-mcp-resource-cli"]

    private let names: [String: String]
    private let available: Set<String>

    package init(_ definitions: [ToolDefinition]) {
        var names: [String: String] = ["Bash": "Execute"]
        for (name, id) in Self.elsewhere { (names[name], names[id]) = (name, name) }
        for (name, id) in Self.ofServers { (names[name], names[id]) = (name, name) }
        for definition in definitions { (names[definition.name], names[definition.id]) = (definition.name, definition.name) }
        self.names = names
        available = Set(definitions.map(\.name)).union(Self.ofServers.keys)
    }

    package func resolve(_ lists: [String]) -> Named {
        var named = Named()
        for word in lists.flatMap(Self.words) {
            let ofServer = names[word] == nil ? Self.serverTool(word) : nil
            guard let name = names[word] ?? ofServer else {
                if !named.unknown.contains(word) { named.unknown.append(word) }
                continue
            }
            if named.names.contains(name) { continue }
            named.names.append(name)
            // Which tools a server has is known when it is connected.
            if ofServer == nil, !available.contains(name) { named.unavailable.append(name) }
        }
        return named
    }

    private static func words(_ list: String) -> [String] {
        list.split { $0 == "," || $0.isWhitespace }.map { word in
            var word = word
            while let first = word.first, "\"'".contains(first) { word.removeFirst() }
            while let last = word.last, "\"'".contains(last) { word.removeLast() }
            return String(word)
        }.filter { !$0.isEmpty }
    }

    /// `<server>___<tool>`, `mcp__<server>__<tool>`, `MCP:<server>` and `MCP:<server>/<tool>` in their canonical form.
    private static func serverTool(_ word: String) -> String? {
        let parts: [Substring]
        if word.hasPrefix("MCP:") {
            parts = word.dropFirst(4).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 1, isPlain(parts[0]) { return word }
        } else if word.hasPrefix("mcp__") {
            parts = Self.halves(word.dropFirst(5), "__")
        } else {
            parts = Self.halves(word[...], "___")
        }
        guard parts.count == 2, isPlain(parts[0]), isPlain(parts[1]) else { return nil }
        return "\(parts[0])___\(parts[1])"
    }

    private static func halves(_ word: Substring, _ separator: String) -> [Substring] {
        guard let range = word.firstRange(of: separator) else { return [] }
        return [word[..<range.lowerBound], word[range.upperBound...]]
    }

    private static func isPlain(_ part: Substring) -> Bool {
        !part.isEmpty
            && part.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || [95, 46, 45].contains(byte)
            }
    }
}
