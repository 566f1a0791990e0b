import ApusCore
import ApusSettings
import ApusWorkspace
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads the settings files of a long-lived process again when they change, and puts into force what may change beneath running sessions: the
/// models, the keys of their providers, the default among them and the bound of their requests. A request that is under way ends as it
/// began.
///
/// All that decides what commands may do and reach holds from the start to the end, so that nobody who can write a file loosens a wall that
/// stands; such a change is named, and waits for a restart. A file that cannot be read, or only half of which is written, changes nothing.
final class SettingsWatch: Sendable {
    /// How often the files are looked at: by their inodes, sizes and times, without being opened.
    static let interval: Duration = .seconds(2)
    /// Keys that take effect at once.
    private static let live: Set<String> = ["model", "reasoningEffort", "customModels", "llmRequestTimeout"]

    private struct Stamp: Hashable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var seconds: Int
        var nanoseconds: Int

        init?(of path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            size = Int64(status.st_size)
            #if canImport(Darwin)
                let time = status.st_mtimespec
            #else
                let time = status.st_mtim
            #endif
            seconds = time.tv_sec
            nanoseconds = time.tv_nsec
        }
    }

    private struct State {
        var stamps: [String: Stamp]
        var reading: SettingsReading
    }

    private let project: ProjectSettings
    private let paths: [String]
    private let announce: @Sendable (String) -> Void
    private let state: Mutex<State>

    /// Reads the settings. The files are stamped before they are read, so that no change falls in between.
    init(_ configuration: DaemonConfiguration) throws(SettingsFault) {
        let project = ProjectSettings(configuration)
        let paths = project.paths
        let stamps = Self.stamps(paths)
        let reading = try project.read()
        self.project = project
        self.paths = paths
        announce = configuration.announce
        state = Mutex(State(stamps: stamps, reading: reading))
    }

    /// What held when the process began, and whatever has changed since.
    var settings: Settings { state.withLock { $0.reading.settings } }

    /// Looks every ``interval`` while `body` runs.
    func during<Result: Sendable>(
        _ body: @Sendable () async -> Result, isOn: Bool, _ time: any TimeSource, use: @escaping @Sendable (Settings) -> Void
    ) async -> Result {
        await withTaskGroup(of: Void.self) { group in
            if isOn { group.addTask { await self.run(time, use: use) } }
            defer { group.cancelAll() }
            return await body()
        }
    }

    private func run(_ time: any TimeSource, use: @Sendable (Settings) -> Void) async {
        while (try? await time.sleep(for: Self.interval)) != nil {
            if let settings = await BlockingWork.files.run({ _ in self.look() }) { use(settings) }
        }
    }

    /// Settings that are others than before, if there are any.
    func look() -> Settings? {
        let stamps = Self.stamps(paths)
        let previous = state.withLock { state -> SettingsReading? in
            guard state.stamps != stamps else { return nil }
            state.stamps = stamps
            return state.reading
        }
        guard let previous else { return nil }
        let reading: SettingsReading
        do throws(SettingsFault) { reading = try project.read() } catch {
            announce("\(error.description) The settings stay as they were.")
            return nil
        }
        for (source, fileState) in reading.states {
            guard case .broken(let sentence) = fileState, previous.states[source] == .read else { continue }
            announce("\(sentence) The settings stay as they were.")
            return nil
        }
        let changed = Self.changes(from: previous, to: reading)
        if changed.isEmpty { return nil }
        state.withLock { $0.reading = reading }
        for warning in reading.settings.warnings where !previous.settings.warnings.contains(warning) { announce(warning) }
        let waiting = changed.subtracting(Self.live).sorted()
        if !waiting.isEmpty { announce("Changed in the settings, and in force after a restart: \(waiting.joined(separator: ", ")).") }
        let now = changed.intersection(Self.live).sorted()
        if now.isEmpty { return nil }
        announce("Changed in the settings, and in force: \(now.joined(separator: ", ")).")
        return reading.settings
    }

    private static func stamps(_ paths: [String]) -> [String: Stamp] {
        var stamps: [String: Stamp] = [:]
        for path in paths { stamps[path] = Stamp(of: path) }
        return stamps
    }

    /// Keys whose values differ.
    private static func changes(from old: SettingsReading, to new: SettingsReading) -> Set<String> {
        var keys: Set<String> = []
        for key in Set(old.findings.keys).union(new.findings.keys)
        where old.findings[key]?.map(\.value) ?? [] != new.findings[key]?.map(\.value) ?? [] {
            keys.insert(key)
        }
        if old.settings.customModels != new.settings.customModels { keys.insert("customModels") }
        return keys
    }
}
