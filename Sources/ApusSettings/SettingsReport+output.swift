package import ApusBase

extension SettingsReport {
    /// For people: what holds, and under it where it comes from.
    ///
    /// - Parameter name: one key or a group of keys; without it every key that a file sets, and the files.
    /// - Returns: `nil` when no key has that name.
    package func text(for name: String? = nil) -> String? {
        guard let name else { return overview }
        return entries(named: name)?.map { Self.text($0, isWhole: true) }.joined(separator: "\n")
    }

    /// One object, members as in the text. `nil` when no key has that name.
    package func json(for name: String? = nil) -> JSONValue? {
        var document: JSONObject = [:]
        if let name {
            guard let found = entries(named: name) else { return nil }
            document["settings"] = .array(found.map(Self.json))
            return .object(document)
        }
        document["files"] = .array(files.map { Self.json($0.source, $0.state) })
        document["settings"] = .array(entries.filter { !$0.origins.isEmpty }.map(Self.json))
        document["warnings"] = .array(warnings.map(JSONValue.string))
        document["notes"] = .array(notes.map(JSONValue.string))
        return .object(document)
    }

    private var overview: String {
        var parts: [String] = []
        if files.isEmpty { parts.append("No settings file was found; everything is as built in.") }
        for (source, state) in files {
            let text =
                switch state {
                case .read: "read"
                case .broken: "skipped: broken"
                case .untrusted: "skipped: not trusted"
                }
            parts.append("\(Self.shown(source.path)) (\(source.kind.rawValue)): \(text)")
        }
        let set = entries.filter { !$0.origins.isEmpty }
        if !set.isEmpty { parts.append("") }
        for entry in set { parts.append(Self.text(entry, isWhole: false)) }
        let remarks = warnings + notes
        if !remarks.isEmpty { parts.append("") }
        return (parts + remarks).joined(separator: "\n")
    }

    private static func text(_ entry: Entry, isWhole: Bool) -> String {
        let value = entry.value.map { shown($0.serialized()) } ?? "not set"
        var lines = ["\(entry.key.path) = \(value)" + (entry.origins.isEmpty && entry.value != nil ? " (built in)" : "")]
        if isWhole {
            lines.append("  \(entry.key.summary)")
            if case .choice(let known) = entry.key.shape { lines.append("  One of: \(known.joined(separator: ", ")).") }
        }
        if entry.key.use != .used { lines.append("  \(remark(on: entry.key.use))") }
        for origin in entry.origins {
            let finding = origin.finding
            let place = shown(finding.source.path) + (finding.line.map { ":\($0)" } ?? "")
            let spelled = finding.path == entry.key.path ? "" : " as \(finding.path)"
            let value = origin.standing == .wins ? "" : ": \(shown(finding.value.serialized()))"
            lines.append("  \(origin.standing.rawValue): \(place) (\(finding.source.kind.rawValue))\(spelled)\(value)")
        }
        return lines.joined(separator: "\n")
    }

    static func remark(on use: SettingsKey.Use) -> String {
        switch use {
        case .used: ""
        case .later: "Known and checked, but without effect in this version."
        case .ignored: "Accepted and without effect."
        }
    }

    private static func json(_ entry: Entry) -> JSONValue {
        var members: JSONObject = ["key": .string(entry.key.path)]
        members["value"] = .some(entry.value ?? .null)
        members["builtIn"] = .bool(entry.origins.isEmpty && entry.value != nil)
        members["use"] = .string(entry.key.use.rawValue)
        members["from"] = .array(
            entry.origins.map { origin in
                let finding = origin.finding
                return [
                    "path": .string(finding.source.path), "line": finding.line.map { .integer(Int64($0)) } ?? .null,
                    "kind": .string(finding.source.kind.rawValue), "key": .string(finding.path),
                    "standing": .string(origin.standing.rawValue), "value": finding.value,
                ]
            })
        return .object(members)
    }

    private static func json(_ source: SettingsSource, _ state: SettingsReading.FileState) -> JSONValue {
        var members: JSONObject = ["path": .string(source.path), "kind": .string(source.kind.rawValue)]
        switch state {
        case .read: members["state"] = "read"
        case .broken(let sentence):
            members["state"] = "broken"
            members["why"] = .string(sentence)
        case .untrusted(let keys):
            members["state"] = "untrusted"
            members["keys"] = .array(keys.map(JSONValue.string))
        }
        return .object(members)
    }

    private static func shown(_ text: String) -> String { escapedForDisplay(text, keepingNewlines: false) }
}
