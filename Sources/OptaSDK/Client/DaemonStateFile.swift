import ApusTransport
import Foundation

/// What a daemon notes of itself for those who look for it (`opta-v3.md` §1.1, §1.2).
public struct DaemonStateFile: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The daemon's process; `nil` when the file does not say.
    public let pid: Int?
    /// New with every start of the daemon.
    public let daemonID: String?
    /// What to dial: loopback when the file names none, or an address that is only for listening.
    public let host: String
    /// 1 to 65535.
    public let port: Int
    /// Without white space around it. Not in ``description``.
    public let token: String
    /// ISO 8601.
    public let startedAt: String?
    /// The daemon's log.
    public let logsPath: String?

    /// For people; without the token.
    public var description: String { "DaemonStateFile(\(access(nil).authority))" }
    /// Without the token.
    public var customMirror: Mirror { Mirror(self, children: ["address": access(nil).authority]) }

    func access(_ tls: ServerTrust?) -> DaemonAccess { DaemonAccess(host: host, port: port, token: token, tls: tls) }

    /// Where daemons note themselves: `$XDG_CONFIG_HOME/opta/daemon/state.json`, on every system, else `~/.config/opta/daemon/state.json`.
    ///
    /// - Parameter environment: In place of the process's own.
    public static func defaultPath(environment: [String: String]? = nil) -> String {
        let environment = environment ?? ProcessInfo.processInfo.environment
        if let folder = environment["XDG_CONFIG_HOME"], !folder.isEmpty { return folder + "/opta/daemon/state.json" }
        let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? URL.homeDirectory.path
        return home + "/.config/opta/daemon/state.json"
    }

    /// Reads the file, once.
    ///
    /// - Parameter path: `nil` is ``defaultPath(environment:)``.
    /// - Throws: ``DaemonStateFileError`` when there is none, or it is torn (daemons may write it in place), or has no port or token.
    public static func read(at path: String? = nil) throws -> DaemonStateFile {
        let path = path ?? defaultPath()
        guard FileManager.default.fileExists(atPath: path) else { throw DaemonStateFileError(path: path, reason: .missing) }
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw DaemonStateFileError(path: path, reason: .unreadable(error.localizedDescription))
        }
        let json: JSON
        do {
            json = try JSON(parsing: text)
        } catch {
            throw DaemonStateFileError(path: path, reason: .torn("\(error)"))
        }
        guard json.objectValue != nil else { throw DaemonStateFileError(path: path, reason: .torn("it is something else")) }
        guard let port = json["port"]?.intValue, (1...65_535).contains(port) else {
            throw DaemonStateFileError(path: path, reason: .incomplete("port from 1 to 65535"))
        }
        let token = json["token"]?.stringValue?.trimmed ?? ""
        if token.isEmpty { throw DaemonStateFileError(path: path, reason: .incomplete("token")) }
        let access = DaemonAccess(host: json["host"]?.stringValue ?? "", port: port, token: token)
        return DaemonStateFile(
            pid: json["pid"]?.intValue, daemonID: json["daemonId"]?.stringValue, host: access.host, port: port, token: token,
            startedAt: json["startedAt"]?.stringValue, logsPath: json["logsPath"]?.stringValue)
    }
}
