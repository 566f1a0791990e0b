#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The key of the daemon on this machine, if the caller may read it: the daemon keeps it where only its own user can.
///
/// Never used by this library itself: who wants to connect with it says so, `ConnectDaemonOptions(apiKey: resolveLocalAuthToken())`.
///
/// - Parameter environment: In place of the process's own. `APUS_HOME` in it is the daemon's home; else that is `.apus` in the user's.
/// - Returns: `nil` when there is no such key, or it may not be read.
public func resolveLocalAuthToken(environment: [String: String]? = nil) -> String? {
    let environment = environment ?? ProcessInfo.processInfo.environment
    let home = environment["APUS_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? (UserHome.path(environment) + "/.apus")
    // Absent and unreadable are the same to whoever asks: there is no key to be had.
    guard let text = try? String(contentsOfFile: home + "/daemon/local.key", encoding: .utf8) else { return nil }
    let key = text.trimmed
    return key.isEmpty ? nil : key
}

/// The user's home directory.
enum UserHome {
    static func path(_ environment: [String: String]) -> String {
        if let home = environment["HOME"], !home.isEmpty { return home }
        return systemPath
    }

    private static var systemPath: String { URL.homeDirectory.path }
}

extension String {
    /// Without the white space around it.
    var trimmed: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
