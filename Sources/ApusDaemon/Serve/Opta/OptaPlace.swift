import ApusBase

/// What a process wants of a listener of the Opta protocol, beyond its address.
package struct OptaPlace: Hashable, Sendable {
    /// Where its sessions work: absolute, links resolved. The protocol has no word for it.
    package var directory: String
    /// Whether that was asked for, and is not only where the process happened to be.
    package var isDirectoryNamed = false
    /// The folder in whose `daemon/` clients look for the state file, absolute; `nil` leaves no files, and only keys count.
    package var home: String?
    /// Whether another port will do when the usual one is taken.
    package var takesAnotherPort = false
    /// What must be free where the files are written.
    package var headroomBytes = 64 << 20
    /// After them an unanswered permission request counts as denied, and an answered one is forgotten.
    package var permissionMilliseconds = usualPermissionMilliseconds

    package static let usualPermissionMilliseconds = 120_000

    package init(directory: String) { self.directory = directory }

    /// Where clients of the Opta protocol look first, and where the daemon goes when that is taken (`opta-v3.md` §1.4).
    package static let usualPort = 9_999
    package static let otherPorts = 10_000...10_020

    /// Whether somebody who wants `other` is served by this one.
    func serves(_ other: OptaPlace) -> Bool {
        (!other.isDirectoryNamed || other.directory == directory) && (other.home == nil || other.home == home)
            && other.permissionMilliseconds == permissionMilliseconds
    }

    // MARK: - On the control socket

    var json: JSONObject {
        var object: JSONObject = [
            "directory": .string(directory), "namesDirectory": .bool(isDirectoryNamed), "takesAnotherPort": .bool(takesAnotherPort),
            "headroom": .integer(Int64(headroomBytes)), "permission": .integer(Int64(permissionMilliseconds)),
        ]
        if let home { object["home"] = .string(home) }
        return object
    }

    init?(json: JSONValue) {
        guard let directory = json["directory"]?.stringValue, directory.hasPrefix("/"), let isNamed = json["namesDirectory"]?.boolValue,
            let takesAnother = json["takesAnotherPort"]?.boolValue, let headroom = json["headroom"]?.integerValue
        else { return nil }
        self.init(directory: directory)
        isDirectoryNamed = isNamed
        takesAnotherPort = takesAnother
        headroomBytes = Int(headroom)
        if let milliseconds = json["permission"]?.integerValue, milliseconds > 0 { permissionMilliseconds = Int(milliseconds) }
        home = json["home"]?.stringValue
    }
}

/// Who a daemon is to its clients of the Opta protocol: new at every start, and nowhere on a command line (`opta-v3.md` §1.2, §1.3).
struct OptaIdentity: Sendable {
    let daemonID: String
    /// 24 random bytes in hex.
    let token: String

    init() {
        daemonID = "daemon_" + randomToken(length: 8)
        var generator = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef".utf8)
        let bytes = (0..<24).map { _ in UInt8.random(in: 0...255, using: &generator) }
        token = String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
