import ApusBase
import ApusCore
package import ApusSettings
import ApusWorkspace

/// Looks up the hooks that hold in a working directory (`droid-exec.md` §5.10): the machine's, those of folders and project as far as they
/// are trusted, and the user's. In each place `hooks.json` counts, else `hooks/hooks.json`, else the key `hooks` of the settings there.
package struct HookPlaces: Sendable {
    private struct Scope {
        var folder: String
        var kind: SettingsSource.Kind
    }

    let paths: CompatibilityPaths
    private let environment: [String: String]
    private let systemDirectories: [String]
    let trust: @Sendable () -> SettingsTrust
    /// `--no-hooks`: none but the machine's.
    private let isOff: Bool
    /// What is not trusted there has been told by whoever read the settings.
    private let toldDirectory: String?

    /// - Parameters:
    ///   - toldDirectory: where others say what is not trusted; elsewhere a warning does.
    ///   - trust: asked anew with each reading.
    package init(
        paths: CompatibilityPaths, environment: [String: String],
        systemDirectories: [String] = SettingsPlaces.standardSystemDirectories, isOff: Bool = false,
        toldDirectory: String? = nil, trust: @escaping @Sendable () -> SettingsTrust
    ) {
        self.paths = paths
        self.environment = environment
        self.systemDirectories = systemDirectories
        self.isOff = isOff
        self.toldDirectory = toldDirectory
        self.trust = trust
    }

    /// Reads the files now. May block on a slow disk. Throws when the machine's own hooks or settings cannot be understood: those are no
    /// wish but an order, so nothing is to run without them.
    package func hooks(in workingDirectory: String) throws(SettingsFault) -> HookSet {
        let places = SettingsPlaces(
            paths: paths, systemDirectories: systemDirectories, workingDirectory: workingDirectory,
            projectRoot: Project.containing(workingDirectory)?.root)
        var trust = trust()
        let reading = try SettingsLayers(places, environment: environment, trust: trust).read()
        if !reading.requiresTrust { trust.isUnconditional = true }
        let allowed = allowed(reading)
        var hooks = HookSet()
        for scope in scopes(places) where allowed == .all || (allowed == .machine && scope.kind == .system) {
            let findings = (reading.findings["hooks"] ?? []).filter { Self.folder(of: $0.source.path) == scope.folder }
            try read(scope, findings, trust, places.boundary, into: &hooks, isTold: workingDirectory == toldDirectory)
        }
        return hooks
    }

    /// The machine's own, for a look before anything begins.
    package func check() throws(SettingsFault) {
        for folder in systemDirectories {
            var hooks = HookSet()
            try read(Scope(folder: folder, kind: .system), [], .none, nil, into: &hooks)
        }
    }

    private enum Allowed {
        case all, machine, nothing
    }

    /// The strongest file that says something holds. What is not the machine's cannot switch the machine's off.
    private func allowed(_ reading: SettingsReading) -> Allowed {
        if let disabled = reading.findings["hooksDisabled"]?.first, disabled.value.boolValue == true {
            return disabled.source.kind == .system ? .nothing : .machine
        }
        return isOff || reading.findings["allowManagedHooksOnly"]?.first?.value.boolValue == true ? .machine : .all
    }

    private func scopes(_ places: SettingsPlaces) -> [Scope] {
        var scopes = systemDirectories.map { Scope(folder: $0, kind: .system) }
        for source in places.companions where source.path.hasSuffix("/hooks.json") && !source.path.hasSuffix("/hooks/hooks.json") {
            scopes.append(Scope(folder: String(source.path.dropLast("/hooks.json".count)), kind: source.kind))
        }
        return scopes + [Scope(folder: paths.apusHome, kind: .user), Scope(folder: paths.factoryHome, kind: .compatibility)]
    }

    private func read(
        _ scope: Scope, _ settings: [SettingsReading.Finding], _ trust: SettingsTrust, _ boundary: String?, into hooks: inout HookSet,
        isTold: Bool = true
    ) throws(SettingsFault) {
        for path in ["\(scope.folder)/hooks.json", "\(scope.folder)/hooks/hooks.json"] {
            let bytes: [UInt8]?
            do throws(ConfigurationFile.Fault) {
                bytes = try ConfigurationFile.read(path, beneath: scope.kind.needsTrust ? boundary : nil)
            } catch {
                try lose(scope, "\(shown(path)) was skipped: \(error.reason). None of its hooks runs.", &hooks)
                return
            }
            guard let bytes, !bytes.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) else { continue }
            if !settings.isEmpty {
                hooks.warn("\(shown(settings[0].source.path)): its \"hooks\" have no effect, because \(shown(path)) is there.")
            }
            if scope.kind.needsTrust, !trust.accepts(path, bytes) {
                if !isTold { hooks.warn(HookScripts.distrust(of: scope.folder, because: path)) }
                return
            }
            let document: HookDocument
            do throws(JSONWithComments.Fault) {
                document = HookDocument(try JSONWithComments.parse(bytes), in: path, .file)
            } catch {
                return try lose(scope, "\(shown(path)) was skipped: \(error.description). None of its hooks runs.", &hooks)
            }
            return add(document, of: scope, trust, boundary, to: &hooks)
        }
        for finding in settings {
            add(HookDocument(finding.value, in: finding.source.path, .settings), of: scope, trust, boundary, to: &hooks)
        }
    }

    private func add(
        _ document: HookDocument, of scope: Scope, _ trust: SettingsTrust, _ boundary: String?, to hooks: inout HookSet
    ) {
        let scripts = HookScripts(settings: scope.folder, boundary: boundary)
        if scope.kind.needsTrust, !document.isEmpty, let script = scripts.doubtful(trust) {
            hooks.warn(HookScripts.distrust(of: scope.folder, because: script))
            return
        }
        hooks.add(document, scripts: scope.kind.needsTrust && !trust.isUnconditional ? scripts : nil)
    }

    private func lose(_ scope: Scope, _ sentence: String, _ hooks: inout HookSet) throws(SettingsFault) {
        if scope.kind == .system { throw .system(sentence) }
        hooks.warn(sentence)
    }

    private func shown(_ path: String) -> String { escapedForDisplay(path, keepingNewlines: false) }

    private static func folder(of path: String) -> String { String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }
}
