import ApusBase
import ApusFronts
import DroidWire
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a listener of the Opta protocol leaves for its clients in the folder `daemon` of a home (`opta-v3.md` §1.1, §1.2): the state file,
/// the process's number, the token and a log. One daemon has them at a time; what a dead one left is replaced.
final class OptaFiles: Sendable {
    let folder: DaemonFolder
    private let identity: OptaIdentity
    private let redaction: Redaction
    private let file: BoundedLogFile
    private let lock: Mutex<InstanceLock?>
    private let time = SystemTime()

    /// Becomes the one that has the folder, which is made when it is missing. Throws when another daemon has it, it is not the owner's
    /// alone, or the disk is nearly full.
    static func claim(_ place: OptaPlace, in home: String, _ identity: OptaIdentity, _ redaction: Redaction) throws(DaemonFileError)
        -> OptaFiles
    {
        try checkSpace(place.headroomBytes, at: home)
        let folder = DaemonFolder(home: home, chosenBy: "--opta-home")
        try folder.make()
        guard let lock = try InstanceLock.take(folder) else { throw DaemonFileError(other(folder)) }
        let files = try OptaFiles(folder, lock, identity, redaction)
        try OwnerFile.write(Array(identity.token.utf8), to: files.tokenPath)
        return files
    }

    private init(_ folder: DaemonFolder, _ lock: consuming InstanceLock, _ identity: OptaIdentity, _ redaction: Redaction)
        throws(DaemonFileError)
    {
        self.folder = folder
        self.identity = identity
        self.redaction = redaction
        file = try BoundedLogFile(folder.log, maximumBytes: 8 << 20)
        self.lock = Mutex(consume lock)
    }

    private var tokenPath: String { folder.path + "/token" }
    private var processPath: String { folder.path + "/daemon.pid" }

    /// Tells clients where to connect, now that they can.
    func write(host: String, port: Int) throws(DaemonFileError) {
        let process = getpid()
        try OwnerFile.write(Array("\(process)".utf8), to: processPath)
        let fields: [(String, JSONValue)] = [
            ("pid", .integer(Int64(process))), ("daemonId", .string(identity.daemonID)), ("host", .string(host)),
            ("port", .integer(Int64(port))), ("token", .string(identity.token)),
            ("startedAt", .string(DroidTimestamp(millisecondsSince1970: time.now).text)), ("logsPath", .string(folder.log)),
        ]
        let lines = fields.map { "  \(JSONValue.string($0).serialized()): \($1.serialized())" }
        try OwnerFile.write(Array("{\n\(lines.joined(separator: ",\n"))\n}".utf8), to: folder.state)
        log("info", "daemon started", ["host": .string(host), "port": .integer(Int64(port)), "pid": .integer(Int64(process))])
    }

    /// A line of §1.7. A failure to log is no failure.
    func log(_ level: String, _ message: String, _ data: JSONObject? = nil) {
        var line: JSONObject = [
            "ts": .string(DroidTimestamp(millisecondsSince1970: time.now).text), "level": .string(level),
            "daemonId": .string(identity.daemonID), "msg": .string(String(redaction.apply(to: message).prefix(2_000))),
        ]
        if let data { line["data"] = .object(data) }
        file.append(JSONValue.object(line).serialized())
    }

    /// What the front has to say.
    func log(_ remark: FrontRemark) {
        switch remark {
        case .note(let text): log("info", text)
        case .failed(let text): log("error", "request failed: \(text)")
        case .keyRefused(let digest, let peer): log("warn", "a key was refused", ["sha256": .string(digest), "peer": .string(peer)])
        }
    }

    /// The daemon does not serve here any more; the token stays, as its clients expect. Once.
    func remove() {
        lock.withLock { lock in
            guard lock != nil else { return }
            // Before the lock is given up: whoever takes it next writes these anew.
            for path in [folder.state, processPath] { unlink(path) }
            lock = nil
        }
    }

    // MARK: - Refusals

    /// By the files of the one that has the folder, as far as they are there yet.
    private static func other(_ folder: DaemonFolder) -> String {
        // What cannot be read cannot be told.
        let state = (try? OwnerFile.read(folder.state)).flatMap { $0 }.flatMap { try? JSONValue(parsing: $0) }
        var sentence = "Another daemon has \(folder.path)"
        if let process = state?["pid"]?.integerValue, let host = state?["host"]?.stringValue, let port = state?["port"]?.integerValue {
            sentence += ": pid \(process), at http://\(escapedForDisplay(host, keepingNewlines: false)):\(port)"
        }
        return sentence + ". Use that one, end it, or choose another folder with --opta-home."
    }

    /// Before anything is written there (§1.1).
    private static func checkSpace(_ headroom: Int, at home: String) throws(DaemonFileError) {
        var place = home
        var status = statvfs()
        while statvfs(place, &status) != 0 {
            guard errno == ENOENT, let slash = place.lastIndex(of: "/"), slash != place.startIndex else { return }
            place = String(place[..<slash])
        }
        let free = UInt64(status.f_bavail) * UInt64(status.f_frsize)
        guard free >= UInt64(max(headroom, 0)) else {
            throw DaemonFileError(
                """
                ENOSPC: only \(free >> 20) MiB are free at \(place), and \(headroom >> 20) MiB must be. Free some, or set \
                \(OptaOptions.headroomVariable).
                """)
        }
    }
}
