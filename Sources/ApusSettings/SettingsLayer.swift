import ApusBase
import ApusCore

/// One settings file as read, before merging.
struct SettingsLayer {
    let source: SettingsSource
    var model: String?
    var effort: ReasoningEffort?
    var models: [ModelSlot] = []
    var requestTimeout: Int?
    var allowlist: [String] = []
    var denylist: [String] = []
    var blocklist: [String] = []
    var includesCoAuthor: Bool?
    private(set) var warnings: [String] = []

    private init(source: SettingsSource) {
        self.source = source
    }

    /// `nil` when there is no such file, and, with a warning, when it cannot be read.
    static func read(_ source: SettingsSource, environment: [String: String]) -> (layer: SettingsLayer?, warnings: [String]) {
        let bytes: [UInt8]
        do throws(ConfigurationFile.Fault) {
            guard let content = try ConfigurationFile.read(source.path) else { return (nil, []) }
            bytes = content
        } catch {
            let why =
                switch error {
                case .unreadable(let reason): "it cannot be read (\(reason))"
                case .tooLarge(let limit): "it is larger than \(limit) bytes"
                }
            return (nil, ["Settings file \(source.path) was skipped: \(why)."])
        }
        if bytes.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) { return (nil, []) }
        do throws(JSONWithComments.Fault) {
            let document = try JSONWithComments.parse(bytes)
            guard let members = document.objectValue else {
                return (nil, ["Settings file \(source.path):1 was skipped: it holds \(document.kindForPeople) where an object is needed."])
            }
            var layer = SettingsLayer(source: source)
            layer.read(members, environment: environment)
            return (layer, layer.warnings)
        } catch {
            let place = "\(source.path):\(error.line):\(error.column)"
            return (nil, ["Settings file \(place) has \(error.what); the whole file was skipped. Mend that line."])
        }
    }

    private mutating func read(_ members: JSONObject, environment: [String: String]) {
        if source.kind == .legacy {
            return readModels("custom_models", of: members, environment: environment)
        }
        let session = members["sessionDefaultSettings"]?.objectValue ?? [:]
        model = text("model", in: members, at: "model") ?? text("model", in: session, at: "sessionDefaultSettings.model")
        effort =
            effort(in: members, at: "reasoningEffort") ?? effort(in: session, at: "sessionDefaultSettings.reasoningEffort")
        readTimeout(members)
        allowlist = list("commandAllowlist", in: members)
        denylist = list("commandDenylist", in: members)
        blocklist = list("commandBlocklist", in: members)
        if let value = members["includeCoAuthoredByDroid"] {
            includesCoAuthor = value.boolValue
            if includesCoAuthor == nil { ignore("includeCoAuthoredByDroid", value, "true or false") }
        }
        readModels("customModels", of: members, environment: environment)
    }

    private mutating func readModels(_ name: String, of members: JSONObject, environment: [String: String]) {
        guard let value = members[name], !value.isNull else { return }
        guard let elements = value.arrayValue else { return ignore(name, value, "a list") }
        for (index, element) in elements.enumerated() {
            let place = "\(source.path): \(name)[\(index)]"
            do throws(ModelEntryReader.Fault) {
                let (entry, doubts) = try ModelEntryReader.read(element, from: source, environment: environment)
                models.append(.entry(entry))
                for doubt in doubts { warnings.append("\(place): \(doubt.field) \(doubt.complaint).") }
            } catch {
                models.append(.unreadable)
                warnings.append("\(place) was skipped: \(error.field) \(error.complaint).")
            }
        }
    }

    private mutating func readTimeout(_ members: JSONObject) {
        guard let value = members["llmRequestTimeout"], !value.isNull else { return }
        guard let milliseconds = value.integerValue, (1...86_400_000).contains(milliseconds) else {
            return ignore("llmRequestTimeout", value, "a number of milliseconds from 1 to 86400000")
        }
        requestTimeout = Int(milliseconds)
    }

    private mutating func text(_ name: String, in members: JSONObject, at place: String) -> String? {
        guard let value = members[name], !value.isNull else { return nil }
        guard let text = value.stringValue else {
            ignore(place, value, "a string")
            return nil
        }
        return text.isEmpty ? nil : text
    }

    private mutating func effort(in members: JSONObject, at place: String) -> ReasoningEffort? {
        guard let text = text("reasoningEffort", in: members, at: place) else { return nil }
        if let effort = ReasoningEffort(rawValue: text) { return effort }
        let known = ReasoningEffort.allCases.map(\.rawValue).joined(separator: ", ")
        warnings.append("\(source.path): \(place) is \"\(text)\", which is unknown, so it is ignored; use one of \(known).")
        return nil
    }

    private mutating func list(_ name: String, in members: JSONObject) -> [String] {
        guard let value = members[name], !value.isNull else { return [] }
        let elements = value.arrayValue ?? []
        let texts = elements.compactMap(\.stringValue)
        if value.arrayValue == nil || texts.count != elements.count { ignore(name, value, "a list of strings only") }
        return texts
    }

    private mutating func ignore(_ name: String, _ value: JSONValue, _ expected: String) {
        warnings.append("\(source.path): \(name) is \(value.kindForPeople) where \(expected) is needed; what does not fit is ignored.")
    }
}
