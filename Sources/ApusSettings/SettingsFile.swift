import ApusBase

/// One settings file as read and checked, before merging.
struct SettingsFile: Sendable {
    /// Why a file gives nothing; a whole sentence.
    struct Broken: Error, Hashable {
        var sentence: String
    }

    let source: SettingsSource
    /// What fits its key, by the key's path. `customModels` is here as written.
    private(set) var values: [String: JSONValue] = [:]
    private(set) var models: [ModelSlot] = []
    /// Values that do not fit.
    private(set) var doubts: [String] = []
    /// What only custom models have to say.
    private(set) var modelWarnings: [String] = []
    /// Keys nobody knows.
    private(set) var strangers: [String] = []
    private var lines: JSONKeyLines

    /// - Parameter bytes: the file's content. Blank content is an object without members.
    init(_ bytes: [UInt8], of source: SettingsSource, environment: [String: String]) throws(Broken) {
        self.source = source
        lines = JSONKeyLines([])
        if bytes.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) { return }
        let document: JSONValue
        do throws(JSONWithComments.Fault) {
            (document, lines) = try JSONWithComments.parseWithLines(bytes)
        } catch {
            let place = "\(source.path):\(error.line):\(error.column)"
            throw Broken(sentence: "Settings file \(place) has \(error.what); the whole file was skipped. Mend that line.")
        }
        guard let members = document.objectValue else {
            throw Broken(
                sentence: "Settings file \(source.path):1 was skipped: it holds \(document.kindForPeople) where an object is needed.")
        }
        if source.kind == .legacy {
            readModels("custom_models", of: members, environment: environment)
        } else {
            for key in SettingsKey.all { read(key, of: members, environment: environment) }
            findStrangers(in: members)
        }
    }

    func line(of path: String) -> Int? {
        lines[path == "customModels" && source.kind == .legacy ? "custom_models" : path]
    }

    /// What lies at a dotted path; keys have two parts at most.
    private static func value(at path: String, in members: JSONObject) -> JSONValue? {
        guard let dot = path.firstIndex(of: ".") else { return members[path] }
        return members[String(path[..<dot])]?.objectValue?[String(path[path.index(after: dot)...])]
    }

    private mutating func read(_ key: SettingsKey, of members: JSONObject, environment: [String: String]) {
        guard let value = Self.value(at: key.path, in: members) else { return }
        switch key.shape.judge(value) {
        case .unset: return
        case .fits(let fitting):
            values[key.path] = fitting
            if key.merging == .models { readModels(key.path, of: members, environment: environment) }
        case .doubtful(let rest, let complaint):
            values[key.path] = rest
            doubts.append("\(place(of: key.path)): \(key.path) \(complaint); what does not fit is ignored.")
        }
    }

    private mutating func readModels(_ name: String, of members: JSONObject, environment: [String: String]) {
        guard let value = members[name], !value.isNull else { return }
        guard let elements = value.arrayValue else {
            doubts.append("\(place(of: name)): \(name) is \(value.kindForPeople) where a list is needed; what does not fit is ignored.")
            return
        }
        values["customModels"] = value
        for (index, element) in elements.enumerated() {
            let place = "\(source.path): \(name)[\(index)]"
            do throws(ModelEntryReader.Fault) {
                let (entry, faults) = try ModelEntryReader.read(element, from: source, environment: environment)
                models.append(.entry(entry))
                for fault in faults { modelWarnings.append("\(place): \(fault.field) \(fault.complaint).") }
            } catch {
                models.append(.unreadable)
                modelWarnings.append("\(place) was skipped: \(error.field) \(error.complaint).")
            }
        }
    }

    private mutating func findStrangers(in members: JSONObject) {
        let known = Set(SettingsKey.all.map(\.path))
        let groups = Set(known.filter { $0.contains(".") }.map { String($0.prefix { $0 != "." }) })
        var seen: Set<String> = []
        for (name, value) in members where name != "$schema" && !known.contains(name) && seen.insert(name).inserted {
            if !groups.contains(name) {
                stranger(name)
            } else if let inner = value.objectValue {
                for (part, _) in inner where !known.contains("\(name).\(part)") && seen.insert("\(name).\(part)").inserted {
                    stranger("\(name).\(part)")
                }
            } else {
                doubts.append(
                    "\(place(of: name)): \(name) is \(value.kindForPeople) where an object is needed; what does not fit is ignored.")
            }
        }
    }

    private mutating func stranger(_ path: String) {
        let shown = escapedForDisplay(String(path.prefix(80)), keepingNewlines: false)
        let wayOut = SettingsKey.nearest(to: path).map { "did you mean \"\($0)\"?" } ?? "apus config schema lists the known ones."
        strangers.append("\(place(of: path)): no setting is named \"\(shown)\"; \(wayOut)")
    }

    private func place(of path: String) -> String { line(of: path).map { "\(source.path):\($0)" } ?? source.path }
}
