import ApusBase
import ApusCore

/// Reads the settings files and merges them (`droid-exec.md` §5.2): of scalars the strongest file's, of lists the union, of objects
/// every member once, of `customModels` one list with the strongest file's entries first.
///
/// A missing file is nothing; a broken one is a warning and is skipped, but for the machine's own, which stops everything. Files of a
/// project that is not trusted are wholly without effect, tightening ones too: what they say is not looked at except to name the keys.
package struct SettingsLayers: Sendable {
    private let sources: [SettingsSource]
    private let environment: [String: String]
    private let trust: SettingsTrust
    /// Not settings, but they count by the same rule: who is not trusted is told.
    private var companions: [SettingsSource] = []
    private var boundary: String?

    /// - Parameters:
    ///   - sources: strongest first.
    ///   - environment: what `${NAME}` is looked up in.
    package init(sources: [SettingsSource], environment: [String: String], trust: SettingsTrust = .none) {
        self.sources = sources
        self.environment = environment
        self.trust = trust
    }

    package init(_ places: SettingsPlaces, environment: [String: String], trust: SettingsTrust) {
        self.init(sources: places.sources, environment: environment, trust: trust)
        companions = places.companions
        boundary = places.boundary
    }

    /// Reads the files now; call again to see changes.
    package func load() throws(SettingsFault) -> Settings { try read().settings }

    /// The same, with what each file had to say.
    package func read() throws(SettingsFault) -> SettingsReading {
        var reading = SettingsReading()
        var files: [SettingsSource: SettingsFile] = [:]
        for source in sources where !source.kind.needsTrust {
            guard let bytes = try content(of: source, &reading) else { continue }
            files[source] = try parse(bytes, of: source, &reading)
        }
        let owned = sources.compactMap { files[$0] }
        let requiresTrust = owned.lazy.compactMap { $0.values["exec.requireTrust"]?.boolValue }.first ?? true
        reading.requiresTrust = requiresTrust
        for source in sources where source.kind.needsTrust {
            guard let bytes = try content(of: source, &reading) else { continue }
            if requiresTrust && !trust.accepts(source.path, bytes) {
                // A broken file has no keys to name; its author is told once it is trusted.
                let keys = (try? SettingsFile(bytes, of: source, environment: [:]))?.values.keys
                reading.skip(
                    source, naming: SettingsKey.all.map(\.path).filter { keys?.contains($0) ?? false }, isChanged: trust.knows(source.path))
                continue
            }
            files[source] = try parse(bytes, of: source, &reading)
        }
        for source in companions where requiresTrust {
            guard let bytes = try content(of: source, &reading), !trust.accepts(source.path, bytes) else { continue }
            reading.skip(source, naming: [], isChanged: trust.knows(source.path))
        }
        reading.merge(sources.compactMap { files[$0] })
        return reading
    }

    private func content(of source: SettingsSource, _ reading: inout SettingsReading) throws(SettingsFault) -> [UInt8]? {
        do throws(ConfigurationFile.Fault) {
            let bytes = try ConfigurationFile.read(source.path, beneath: source.kind.needsTrust ? boundary : nil)
            return bytes?.contains { $0 != 0x20 && !(0x09...0x0D).contains($0) } ?? false ? bytes : nil
        } catch {
            let why =
                switch error {
                case .unreadable(let reason): "it cannot be read (\(reason))"
                case .tooLarge, .elsewhere: error.reason
                }
            try reading.lose(source, "Settings file \(escapedForDisplay(source.path, keepingNewlines: false)) was skipped: \(why).")
            return nil
        }
    }

    private func parse(_ bytes: [UInt8], of source: SettingsSource, _ reading: inout SettingsReading) throws(SettingsFault) -> SettingsFile?
    {
        do throws(SettingsFile.Broken) {
            let file = try SettingsFile(bytes, of: source, environment: environment)
            if source.kind == .system, let doubt = file.doubts.first { throw SettingsFile.Broken(sentence: doubt) }
            return file
        } catch {
            try reading.lose(source, error.sentence)
            return nil
        }
    }
}
