import ApusTransport
import DroidWire
import Foundation

/// What looking for a daemon needs of the machine.
struct LocalDaemonSystem: Sendable {
    struct Daemon: Sendable {
        /// `nil` while it runs.
        let exitCode: @Sendable () -> Int32?
        let terminate: @Sendable () -> Void
    }

    var clock: TransportClock
    var accepts: @Sendable (Int) async -> Bool
    var notedPort: @Sendable () -> Int?
    var note: @Sendable (Int) -> Void
    var freePort: @Sendable () throws -> Int
    var program: @Sendable () -> String
    var spawn: @Sendable (Int) throws -> Daemon

    static func real(environment: [String: String] = ProcessInfo.processInfo.environment) -> LocalDaemonSystem {
        let files = LocalDaemonFiles(environment: environment)
        let binary = DroidBinary(environment: environment)
        return LocalDaemonSystem(
            clock: .system,
            accepts: { await TCPProbe.accepts(port: $0, within: DroidTimeout.probeLocal) },
            notedPort: { files.port },
            note: { files.write($0) },
            freePort: { try TCPProbe.freePort() },
            program: { binary.path },
            spawn: { port in
                #if os(iOS) || os(tvOS) || os(watchOS) || os(visionOS)
                    throw ConnectionError("No program can be started on this system. Give the URL of a daemon that runs elsewhere.")
                #else
                    let log = try files.openLog()
                    let detached = try DetachedProgram(
                        executable: binary.path, arguments: ["daemon", "--host", "127.0.0.1", "--port", String(port)],
                        environment: environment, directory: UserHome.path(environment), standardError: log)
                    return Daemon(exitCode: { detached.exitCode }, terminate: { detached.terminate() })
                #endif
            })
    }
}

/// The files that the SDKs of all languages share (`droid.md` §2.4), so that one finds what another started.
struct LocalDaemonFiles: Sendable {
    let directory: String

    init(environment: [String: String]) {
        let home = environment["FACTORY_HOME_OVERRIDE"].flatMap { $0.isEmpty ? nil : $0 } ?? UserHome.path(environment)
        directory = home + "/.factory/sdk"
    }

    var port: Int? {
        // No file, no port.
        guard let text = try? String(contentsOfFile: directory + "/daemon.port", encoding: .utf8) else { return nil }
        return Int(text.trimmed).flatMap { (1...65_535).contains($0) ? $0 : nil }
    }

    /// Not being able to note it costs only the next one a search.
    func write(_ port: Int) {
        let path = directory + "/daemon.port"
        try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        // Written beside and renamed, so that nobody reads half a number.
        let draft = path + ".\(ProcessInfo.processInfo.processIdentifier)"
        guard FileManager.default.createFile(atPath: draft, contents: Data(String(port).utf8), attributes: [.posixPermissions: 0o600])
        else { return }
        if rename(draft, path) != 0 { try? FileManager.default.removeItem(atPath: draft) }
    }

    func openLog() throws -> FileHandle {
        let logs = directory + "/logs"
        try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
        let descriptor = open(logs + "/daemon-stderr.log", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ConnectionError("The log \(logs)/daemon-stderr.log cannot be written: error \(errno)") }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
}

/// Which program is started: `FACTORY_DROID_BINARY`, else `apus`, else `droid`, from the `PATH`.
struct DroidBinary: Sendable {
    let path: String

    init(environment: [String: String]) {
        func found(_ name: String) -> String? {
            for directory in (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") {
                let path = directory + "/" + name
                if DroidBinary.isProgram(path) { return path }
            }
            return nil
        }
        let fallback = found("apus") ?? found("droid") ?? "droid"
        guard let wanted = environment["FACTORY_DROID_BINARY"], !wanted.isEmpty else {
            path = fallback
            return
        }
        // A path that is no program is passed over, as the other SDKs do; a name is left to the PATH.
        path = wanted.contains("/") ? (DroidBinary.isProgram(wanted) ? wanted : fallback) : (found(wanted) ?? wanted)
    }

    private static func isProgram(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory.boolValue else { return false }
        return FileManager.default.isExecutableFile(atPath: path)
    }
}
