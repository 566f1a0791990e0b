package import ApusBase

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Which MCP servers may be connected to: `mcpPolicy` of all files (`droid-exec.md` §5.11). A server must be allowed by each that is
/// enabled, so that a file can only narrow what another allows.
package struct ServerPolicy: Hashable, Sendable {
    private struct Entry: Hashable {
        /// A host, or a command.
        var pattern: String
        /// Of a command: its first arguments, all of them. `nil`: whichever.
        var arguments: [String]?
    }

    /// One of each enabled policy. Empty: nothing is allowed.
    private var lists: [[Entry]] = []

    package var isEmpty: Bool { lists.isEmpty }

    /// - Parameter values: of `mcpPolicy`, one a file. An entry that cannot be read allows nothing.
    package init(_ values: [JSONValue], _ warnings: inout [String]) {
        for value in values where value["enabled"]?.boolValue == true {
            var entries: [Entry] = []
            for item in value["allowlist"]?.arrayValue ?? [] {
                if let entry = Self.entry(item) {
                    entries.append(entry)
                } else {
                    warnings.append("mcpPolicy.allowlist has an entry that is neither a host nor a command; it allows nothing.")
                }
            }
            lists.append(entries)
        }
    }

    private static func entry(_ item: JSONValue) -> Entry? {
        if let text = item.stringValue {
            // A command with arguments in one text.
            let words = text.split(separator: " ").map(String.init)
            guard let first = words.first else { return nil }
            return Entry(pattern: first, arguments: words.count > 1 ? Array(words.dropFirst()) : nil)
        }
        if let host = item["hostname"]?.stringValue ?? item["host"]?.stringValue { return Entry(pattern: host) }
        guard let command = item["command"]?.stringValue, !command.isEmpty else { return nil }
        return Entry(pattern: command, arguments: item["args"]?.arrayValue.map { $0.compactMap(\.stringValue) })
    }

    /// By the name in the address, letter case aside. `*` stands for any number of characters.
    package func allows(address: String) -> Bool {
        guard let host = URL(string: address)?.host()?.lowercased(), !host.isEmpty else { return isEmpty }
        return lists.allSatisfy { list in list.contains { $0.arguments == nil && Wildcard.matches($0.pattern.lowercased(), host) } }
    }

    /// By the command as it is written, and by its arguments where the policy names some.
    package func allows(command: String, arguments: [String]) -> Bool {
        lists.allSatisfy { list in
            list.contains { entry in
                Wildcard.matches(entry.pattern, command)
                    && (entry.arguments.map { named in
                        named.count <= arguments.count && zip(named, arguments).allSatisfy { Wildcard.matches($0, $1) }
                    } ?? true)
            }
        }
    }
}

/// The levels of MCP tools that settings name (`droid-exec.md` §3.7). They only raise what a tool's own hints ask for: a server that says
/// nothing of a tool may destroy things with it, whatever a file says.
package struct ServerAutonomy: Hashable, Sendable {
    private struct Address: Hashable {
        var pattern: String
        var level: String
    }

    private var addresses: [Address] = []
    /// By server, or by `server___tool`.
    private var names: [String: String] = [:]

    package init() {}

    /// - Parameters:
    ///   - addresses: values of `mcpAutonomyUrlOverrides`, strongest file first.
    ///   - names: values of `mcpAutonomyOverrides`, strongest file first.
    init(addresses: [JSONValue], names: [JSONValue], _ warnings: inout [String]) {
        for item in addresses.flatMap({ $0.arrayValue ?? [] }) {
            guard let pattern = item["urlPattern"]?.stringValue, let level = item["defaultLevel"]?.stringValue, Self.levels.contains(level)
            else {
                warnings.append("mcpAutonomyUrlOverrides has an entry without a urlPattern and a defaultLevel of off, low, medium or high.")
                continue
            }
            self.addresses.append(Address(pattern: pattern, level: level))
        }
        for (name, value) in names.flatMap({ Array($0.objectValue ?? [:]) }) { take(name, value, &warnings) }
    }

    private static let levels = ["off", "low", "medium", "high"]

    private mutating func take(_ name: String, _ value: JSONValue, _ warnings: inout [String]) {
        if let level = value.stringValue, Self.levels.contains(level) {
            if self.names[name] == nil { self.names[name] = level }
        } else if let members = value.objectValue {
            for (tool, level) in members { take(tool == "defaultLevel" ? name : "\(name)___\(tool)", level, &warnings) }
        } else {
            warnings.append(
                "mcpAutonomyOverrides: the level of \"\(escapedForDisplay(String(name.prefix(80)), keepingNewlines: false))\" is none of "
                    + "off, low, medium and high; it has no effect.")
        }
    }

    /// The level that settings want a call to need, as the settings write it; `nil` when they say nothing.
    ///
    /// - Parameter address: of a server that is reached by HTTP.
    package func level(server: String, tool: String, address: String?) -> String? {
        if let address, let found = addresses.first(where: { Wildcard.matches($0.pattern, address) }) { return found.level }
        return names["\(server)___\(tool)"] ?? names["mcp__\(server)__\(tool)"] ?? names["MCP:\(server)/\(tool)"] ?? names[server]
            ?? names["MCP:\(server)"]
    }
}

/// `*` stands for any number of characters and `?` for one; both may be `/`.
enum Wildcard {
    static func matches(_ pattern: String, _ text: String) -> Bool {
        let pattern = Array(pattern.unicodeScalars)
        let text = Array(text.unicodeScalars)
        var (p, t) = (0, 0)
        var star: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == "*" {
                star = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == "?" || pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = star {
                // The last star takes one more.
                star = (last.pattern, last.text + 1)
                p = last.pattern + 1
                t = last.text + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}
