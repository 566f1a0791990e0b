import ApusBase

/// Reads one entry of `customModels`, in either spelling.
struct ModelEntryReader {
    /// A field that keeps the entry from being used.
    struct Fault: Error, Hashable {
        var field: String
        /// `is missing; …`, behind the field's name.
        var complaint: String
    }

    /// The names of the fields in one of the two kinds of files.
    private struct Spelling {
        var model = "model"
        var displayName = "displayName"
        var baseURL = "baseUrl"
        var apiKey = "apiKey"
        var provider = "provider"
        var maximumOutputTokens = "maxOutputTokens"

        static let current = Spelling()
        static let legacy = Spelling(
            displayName: "model_display_name", baseURL: "base_url", apiKey: "api_key", maximumOutputTokens: "max_tokens")
    }

    let source: SettingsSource
    private let spelling: Spelling
    private var expansion: EnvironmentExpansion
    private var doubts: [Fault] = []

    init(source: SettingsSource, environment: [String: String]) {
        self.source = source
        spelling = source.kind == .legacy ? .legacy : .current
        expansion = EnvironmentExpansion(environment)
    }

    /// The entry and what was ignored in it. Throws when it cannot be an entry at all.
    static func read(
        _ value: JSONValue, from source: SettingsSource, environment: [String: String]
    ) throws(Fault) -> (entry: ModelEntry, doubts: [Fault]) {
        var reader = ModelEntryReader(source: source, environment: environment)
        return (try reader.entry(value), reader.doubts)
    }

    private mutating func entry(_ value: JSONValue) throws(Fault) -> ModelEntry {
        guard let members = value.objectValue else {
            throw Fault(field: "the entry", complaint: "is not an object; write it as {\"model\": …, \"baseUrl\": …}")
        }
        let bedrock = members["bedrock"]?.objectValue
        let name = try required(spelling.model, in: members, hint: "the name the API knows the model by")
        let provider = try provider(of: members)
        var address = ""
        var key = ""
        if bedrock == nil {
            address = expand(try required(spelling.baseURL, in: members, hint: "such as http://localhost:11434/v1"))
            key = expand(try required(spelling.apiKey, in: members, hint: "any placeholder will do for a local server"))
            if expansion.missing.isEmpty && !(address.hasPrefix("http://") || address.hasPrefix("https://")) {
                throw Fault(field: spelling.baseURL, complaint: "is \"\(address)\"; it must start with http:// or https://")
            }
        }
        var entry = ModelEntry(
            model: expand(name), displayName: text(spelling.displayName, in: members), baseURL: address, apiKey: Secret(key),
            provider: provider, source: source)
        entry.bedrock = bedrock
        entry.maximumOutputTokens = count(spelling.maximumOutputTokens, in: members)
        if source.kind != .legacy { readOptions(members, into: &entry) }
        entry.missingVariables = expansion.missing
        return entry
    }

    private mutating func readOptions(_ members: JSONObject, into entry: inout ModelEntry) {
        entry.id = text("id", in: members)
        if let id = entry.id, !id.hasPrefix("custom:") {
            doubts.append(Fault(field: "id", complaint: "is \"\(id)\"; it must start with custom:, so it is ignored"))
            entry.id = nil
        }
        entry.explicitIndex = count("index", in: members, least: 0)
        entry.maximumContextTokens = count("maxContextLimit", in: members)
        entry.lacksImageSupport = flag("noImageSupport", in: members) ?? (flag("supportsImages", in: members).map { !$0 } ?? false)
        entry.enablesThinking = flag("enableThinking", in: members) ?? false
        entry.maximumThinkingTokens = count("thinkingMaxTokens", in: members)
        if let arguments = members["extraArgs"] {
            if let object = arguments.objectValue { entry.extraArguments = object } else { doubt("extraArgs", arguments, "an object") }
        }
        guard let headers = members["extraHeaders"] else { return }
        guard let object = headers.objectValue else { return doubt("extraHeaders", headers, "an object of strings") }
        for (name, value) in object {
            guard let text = value.stringValue else { return doubt("extraHeaders", headers, "an object of strings") }
            entry.extraHeaders.append(ModelEntry.Header(name: name, value: Secret(expand(text))))
        }
    }

    private mutating func expand(_ text: String) -> String {
        source.kind == .legacy ? text : expansion.expand(text)
    }

    private func required(_ name: String, in members: JSONObject, hint: String) throws(Fault) -> String {
        guard let value = members[name], !value.isNull else { throw Fault(field: name, complaint: "is missing; give it, \(hint)") }
        guard let text = value.stringValue else { throw Fault(field: name, complaint: "is not a string; give it, \(hint)") }
        if text.isEmpty { throw Fault(field: name, complaint: "is empty; give it, \(hint)") }
        return text
    }

    private func provider(of members: JSONObject) throws(Fault) -> ModelEntry.Provider {
        let known = ModelEntry.Provider.allCases.map(\.rawValue).joined(separator: ", ")
        let name = try required(spelling.provider, in: members, hint: "one of \(known)")
        guard let provider = ModelEntry.Provider(rawValue: name) else {
            throw Fault(field: spelling.provider, complaint: "is \"\(name)\", which is unknown; use one of \(known)")
        }
        return provider
    }

    private mutating func text(_ name: String, in members: JSONObject) -> String? {
        guard let value = members[name], !value.isNull else { return nil }
        guard let text = value.stringValue else {
            doubt(name, value, "a string")
            return nil
        }
        return text.isEmpty ? nil : text
    }

    private mutating func count(_ name: String, in members: JSONObject, least: Int64 = 1) -> Int? {
        guard let value = members[name], !value.isNull else { return nil }
        guard let number = value.integerValue, number >= least, number <= 1 << 40 else {
            doubt(name, value, "a whole number of at least \(least)")
            return nil
        }
        return Int(number)
    }

    private mutating func flag(_ name: String, in members: JSONObject) -> Bool? {
        guard let value = members[name], !value.isNull else { return nil }
        guard let flag = value.boolValue else {
            doubt(name, value, "true or false")
            return nil
        }
        return flag
    }

    /// Only the kind of the value is named: headers may be secret.
    private mutating func doubt(_ name: String, _ value: JSONValue, _ expected: String) {
        doubts.append(Fault(field: name, complaint: "is \(value.kindForPeople) where \(expected) is needed, so it is ignored"))
    }
}
