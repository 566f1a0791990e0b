package import ApusBase
import ApusCore

/// All settings files after reading: the merged settings, and for every key which file said what.
package struct SettingsReading: Sendable {
    /// Whether files of projects count only when trusted (`exec.requireTrust`).
    package internal(set) var requiresTrust = true
    /// One value in one file.
    package struct Finding: Hashable, Sendable {
        /// As spelled in the file: a session default may stand in for a key.
        package var path: String
        package var value: JSONValue
        package var source: SettingsSource
        package var line: Int?
    }

    package enum FileState: Hashable, Sendable {
        case read
        /// A whole sentence.
        case broken(String)
        /// Known keys in it.
        case untrusted([String])
    }

    package private(set) var settings = Settings()
    /// Files that exist, in the order they were met; see ``Settings/sources`` for the order of strength.
    package private(set) var states: [SettingsSource: FileState] = [:]
    /// By key, the strongest first.
    package private(set) var findings: [String: [Finding]] = [:]
    private var skipped: [(source: SettingsSource, keys: [String], isChanged: Bool)] = []

    mutating func lose(_ source: SettingsSource, _ sentence: String) throws(SettingsFault) {
        if source.kind == .system { throw .system(sentence) }
        states[source] = .broken(sentence)
        settings.warnings.append(sentence)
    }

    mutating func skip(_ source: SettingsSource, naming keys: [String], isChanged: Bool) {
        states[source] = .untrusted(keys)
        skipped.append((source, keys, isChanged))
    }

    /// - Parameter files: strongest first.
    mutating func merge(_ files: [SettingsFile]) {
        for file in files {
            states[file.source] = .read
            settings.sources.append(file.source)
            settings.warnings += file.doubts + file.modelWarnings
            // The other product's files may have keys that we have never heard of; that is no mistake of the user's.
            if file.source.isForeign { settings.notes += file.strangers } else { settings.warnings += file.strangers }
            unite(file)
        }
        for key in SettingsKey.all { findings[key.path] = Self.findings(of: key, in: files) }
        fill()
        if let sentence = skippedSentence { settings.warnings.append(sentence) }
    }

    private static func findings(of key: SettingsKey, in files: [SettingsFile]) -> [Finding] {
        let paths = [key.path] + (key.standIn.map { [$0.path] } ?? [])
        var ranked: [(rank: Int, finding: Finding)] = []
        for file in files {
            for path in paths {
                guard let value = file.values[path] else { continue }
                let isDefault = key.isSessionDefault || path != key.path
                ranked.append(
                    (rank(file.source.kind, isDefault), Finding(path: path, value: value, source: file.source, line: file.line(of: path))))
            }
        }
        // Stable: within a rank the order of the files, then of the spellings.
        return ranked.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }.map(\.element.finding)
    }

    /// The machine's session defaults give way to folder and project, and to nobody else.
    private static func rank(_ kind: SettingsSource.Kind, _ isSessionDefault: Bool) -> Int {
        switch kind {
        case .system: isSessionDefault ? 2 : 0
        case .folder, .project: 1
        case .user, .compatibility, .legacy: 3
        }
    }

    private mutating func fill() {
        settings.model = first("model", \.stringValue)
        settings.reasoningEffort = first("reasoningEffort") { $0.stringValue.flatMap(ReasoningEffort.init(rawValue:)) }
        settings.requestTimeoutMilliseconds = first("llmRequestTimeout") { $0.integerValue.map(Int.init) }
        settings.writesSessionFiles = first("compat.sessionFiles", \.boolValue)
        settings.resumesTurns = first("resumeTurns", \.boolValue)
        settings.worktreeDirectory = first("worktreeDirectory", \.stringValue)
        settings.includesCoAuthor = first("includeCoAuthoredByDroid", \.boolValue)
        settings.showsHookOutput = first("showHookOutput", \.boolValue)
        settings.maximumAutonomy = first("maxAutonomyLevel") { $0.stringValue.flatMap(AutonomyLevel.init(rawValue:)) }
        settings.streamJSONTerminal = first("exec.streamJsonTerminal", \.stringValue)
        settings.compactionTokenLimit = first("compactionTokenLimit") { $0.integerValue.map(Int.init) }
        settings.compactionTokenLimitPerModel = numbers("compactionTokenLimitPerModel")
        settings.compactionModel =
            first("compactionModel", Self.otherModel) ?? first("compactionModelMode", Self.otherModel)
        settings.planModel = first("sessionDefaultSettings.specModeModel", \.stringValue)
        settings.planEffort = first("sessionDefaultSettings.specModeReasoningEffort") {
            $0.stringValue.flatMap(ReasoningEffort.init(rawValue:))
        }
        settings.planFolder = first("specSaveDir", \.stringValue)
        settings.serverCallMilliseconds = first("mcp.callTimeoutMs") { $0.integerValue.map(Int.init) }
        fillServers()
        settings.sandbox = SandboxSetting(
            (findings["sandbox"] ?? []).map { finding in
                (finding.value, finding.line.map { "\(finding.source.path):\($0)" } ?? finding.source.path)
            })
        settings.warnings += settings.sandbox.warnings
        if let finding = findings["webSearch"]?.first, let members = finding.value.objectValue {
            let place = finding.line.map { "\(finding.source.path):\($0)" } ?? finding.source.path
            let (entry, warnings) = WebSearchEntry.read(members, at: place)
            settings.webSearch = entry
            settings.warnings += warnings
        }
        settings.subagents = SubagentSettings(
            autonomy: first("subagentAutonomyLevel", \.stringValue)?.value,
            // The strongest layer's words count for each member.
            models: (findings["subagentModelSettings"] ?? []).map(\.value),
            isGateStrict: first("exec.strictTaskGate", \.boolValue)?.value,
            inactivityMilliseconds: first("subagentInactivityTimeout", \.integerValue)?.value)
        settings.commandAllowlist = texts("commandAllowlist")
        settings.commandDenylist = texts("commandDenylist")
        settings.commandBlocklist = texts("commandBlocklist")
    }

    private mutating func fillServers() {
        if let policies = findings["mcpPolicy"], !policies.isEmpty {
            settings.serverPolicy = ServerPolicy(policies.map(\.value), &settings.warnings)
        }
        settings.serverAutonomy = ServerAutonomy(
            addresses: (findings["mcpAutonomyUrlOverrides"] ?? []).map(\.value),
            names: (findings["mcpAutonomyOverrides"] ?? []).map(\.value), &settings.warnings)
    }

    private func first<Value>(_ path: String, _ read: (JSONValue) -> Value?) -> Sourced<Value>? {
        guard let finding = findings[path]?.first, let value = read(finding.value) else { return nil }
        return Sourced(value, from: finding.source, line: finding.line)
    }

    /// "same" names no model.
    private static func otherModel(_ value: JSONValue) -> String? { value.stringValue.flatMap { $0.isEmpty || $0 == "same" ? nil : $0 } }

    /// Members that are whole numbers above zero; what else is there is told of and has no effect.
    private mutating func numbers(_ path: String) -> [String: Int] {
        var numbers: [String: Int] = [:]
        for finding in findings[path] ?? [] {
            for (name, value) in finding.value.objectValue ?? [:] where numbers[name] == nil {
                if let number = value.integerValue, (1...100_000_000).contains(number) {
                    numbers[name] = Int(number)
                } else {
                    settings.warnings.append(
                        "\(finding.source.path): \(path).\(name) is \(value.serialized().prefix(80)) and has no effect: "
                            + "use a number of tokens from 1 to 100000000.")
                }
            }
        }
        return numbers
    }

    private func texts(_ path: String) -> [Sourced<String>] {
        var list: [Sourced<String>] = []
        for finding in findings[path] ?? [] {
            for text in finding.value.arrayValue?.compactMap(\.stringValue) ?? [] where !list.contains(where: { $0.value == text }) {
                list.append(Sourced(text, from: finding.source, line: finding.line))
            }
        }
        return list
    }

    private mutating func unite(_ file: SettingsFile) {
        let stronger = settings.modelEntries
        for slot in file.models {
            guard case .entry(var entry) = slot else {
                settings.customModels.append(slot)
                continue
            }
            // Two alike in one file both stay: people count places in their own file.
            if stronger.contains(where: { $0.isSame(as: entry) }) { continue }
            entry.position = settings.customModels.count
            settings.customModels.append(.entry(entry))
        }
    }

    private var skippedSentence: String? {
        if skipped.isEmpty { return nil }
        let files = skipped.map { source, keys, isChanged in
            let remarks = keys + (isChanged ? ["changed since it was trusted"] : [])
            return escapedForDisplay(source.path, keepingNewlines: false) + (remarks.isEmpty ? "" : " (\(remarks.joined(separator: ", ")))")
        }
        return "Not applied, because this project is not trusted: \(files.joined(separator: ", ")). Look at what they say, then run "
            + "\"apus trust\", or give --trust-project for one run."
    }
}
