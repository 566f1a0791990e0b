package import ApusBase

/// For every key: the value that holds, which file it is from, and which files say something else. Secrets are not in it.
package struct SettingsReport: Sendable {
    package enum Standing: String, Hashable, Sendable {
        case wins
        /// One of several that the value is made of.
        case contributes
        case overridden
    }

    package struct Origin: Hashable, Sendable {
        package var finding: SettingsReading.Finding
        package var standing: Standing
    }

    package struct Entry: Hashable, Sendable {
        package var key: SettingsKey
        /// `nil` when no file says anything and nothing is built in.
        package var value: JSONValue?
        /// Strongest first; empty for a built-in value.
        package var origins: [Origin]
    }

    /// One for each known key, in the order of the table.
    package let entries: [Entry]
    package let files: [(source: SettingsSource, state: SettingsReading.FileState)]
    package let warnings: [String]
    package let notes: [String]

    package init(_ reading: SettingsReading) {
        entries = SettingsKey.all.map { Self.entry($0, reading) }
        files = reading.states.sorted { ($0.key.kind.order, $0.key.path) < ($1.key.kind.order, $1.key.path) }.map { ($0.key, $0.value) }
        warnings = reading.settings.warnings
        notes = reading.settings.notes
    }

    /// The keys of that name or below it: `exec` means all of `exec.…`. `nil` when there is none.
    package func entries(named name: String) -> [Entry]? {
        let found = entries.filter { $0.key.path == name || $0.key.path.hasPrefix(name + ".") }
        return found.isEmpty ? nil : found
    }

    private static func entry(_ key: SettingsKey, _ reading: SettingsReading) -> Entry {
        let findings = reading.findings[key.path] ?? []
        if findings.isEmpty { return Entry(key: key, value: key.fallback, origins: []) }
        var value: JSONValue?
        var origins: [Origin] = []
        for finding in findings {
            var shown = finding
            shown.value = hidingSecrets(finding.value)
            let next = merged(value, shown.value, key.merging)
            let standing: Standing =
                switch key.merging {
                case .first: value == nil ? .wins : .overridden
                case .union, .members: next == value ? .overridden : .contributes
                case .models: reading.settings.modelEntries.contains { $0.source == finding.source } ? .contributes : .overridden
                }
            value = next
            origins.append(Origin(finding: shown, standing: standing))
        }
        if key.merging == .models { value = .array(reading.settings.modelEntries.map { .string($0.canonicalID) }) }
        return Entry(key: key, value: value, origins: origins)
    }

    private static func merged(_ strong: JSONValue?, _ weak: JSONValue, _ merging: SettingsKey.Merging) -> JSONValue {
        guard let strong else { return weak }
        switch merging {
        case .first, .models: return strong
        case .union: return united(strong, weak)
        case .members:
            guard var members = strong.objectValue, let others = weak.objectValue else { return strong }
            for (name, value) in others {
                if let known = members[name] { members[name] = united(known, value) } else { members[name] = value }
            }
            return .object(members)
        }
    }

    /// Of two lists the union; anything else is locked by the stronger one.
    private static func united(_ strong: JSONValue, _ weak: JSONValue) -> JSONValue {
        guard var elements = strong.arrayValue, let others = weak.arrayValue else { return strong }
        for other in others where !elements.contains(other) { elements.append(other) }
        return .array(elements)
    }

    /// Texts under names of secrets, headers, and passwords in addresses become `***`; references to variables stay.
    private static func hidingSecrets(_ value: JSONValue, isSecret: Bool = false) -> JSONValue {
        switch value {
        case .null, .bool, .integer, .double: return value
        case .string(let text):
            if isSecret { return text.hasPrefix("${") && text.hasSuffix("}") ? value : "***" }
            return .string(hidingPassword(text))
        case .array(let elements): return .array(elements.map { hidingSecrets($0, isSecret: isSecret) })
        case .object(let members):
            return .object(
                JSONObject(members.map { name, value in (name, hidingSecrets(value, isSecret: isSecret || isSecretName(name))) }))
        }
    }

    private static func isSecretName(_ name: String) -> Bool {
        let plain = name.lowercased().filter { $0 != "_" && $0 != "-" }
        return ["apikey", "token", "secret", "password", "authorization", "headers", "credential"].contains { plain.hasSuffix($0) }
    }

    private static func hidingPassword(_ text: String) -> String {
        guard text.hasPrefix("http://") || text.hasPrefix("https://"), let at = text.firstIndex(of: "@"),
            let slashes = text.firstIndex(of: "/")
        else { return text }
        return text[...slashes] + "/***" + text[at...]
    }
}

extension SettingsSource.Kind {
    /// Strongest first.
    fileprivate var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
