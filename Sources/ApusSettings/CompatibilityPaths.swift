#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where our own files and those of `~/.factory` lie.
///
/// `APUS_HOME` replaces `~/.apus`; a relative one counts from the working directory. The user's home is `$HOME`, else what the
/// password database says. Nothing is created here and nothing need exist.
package struct CompatibilityPaths: Hashable, Sendable {
    /// The user's home, absolute.
    package var userHome: String
    /// `$APUS_HOME`, default `~/.apus`.
    package var apusHome: String
    /// `~/.factory`, read for compatibility; written are session files only, when they are asked for (`settled.md` 9).
    package var factoryHome: String

    package init(userHome: String, apusHome: String) {
        self.userHome = userHome
        self.apusHome = apusHome
        factoryHome = Self.join(userHome, ".factory")
    }

    /// - Parameter environment: as given to the process; only `APUS_HOME` and `HOME` are looked at.
    package init(environment: [String: String]) {
        let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? Self.homeFromPasswords() ?? "/"
        var apus = environment["APUS_HOME"] ?? ""
        if apus.isEmpty {
            apus = Self.join(home, ".apus")
        } else if apus == "~" || apus.hasPrefix("~/") {
            apus = Self.join(home, String(apus.dropFirst(2)))
        } else if !apus.hasPrefix("/") {
            apus = Self.join(Self.workingDirectory(), apus)
        }
        self.init(userHome: home, apusHome: apus)
    }

    /// The user's settings files, strongest first.
    package var userSettings: [SettingsSource] {
        [
            SettingsSource(path: Self.join(apusHome, "settings.local.json"), kind: .user),
            SettingsSource(path: Self.join(apusHome, "settings.json"), kind: .user),
            SettingsSource(path: Self.join(factoryHome, "settings.local.json"), kind: .compatibility),
            SettingsSource(path: Self.join(factoryHome, "settings.json"), kind: .compatibility),
            SettingsSource(path: Self.join(factoryHome, "config.json"), kind: .legacy),
            // Where the GitHub Action of the original puts its `settings` input (`droid-exec.md` §6.8).
            SettingsSource(path: Self.join(factoryHome, "droid/settings.json"), kind: .compatibility),
        ]
    }

    private static func join(_ directory: String, _ name: String) -> String {
        if name.isEmpty { return directory }
        return directory.hasSuffix("/") ? directory + name : directory + "/" + name
    }

    private static func workingDirectory() -> String {
        guard let buffer = getcwd(nil, 0) else { return "/" }
        defer { free(buffer) }
        return String(cString: buffer)
    }

    private static func homeFromPasswords() -> String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwuid_r(getuid(), &entry, &buffer, buffer.count, &found) == 0, found != nil, let home = entry.pw_dir else { return nil }
        let path = String(cString: home)
        return path.hasPrefix("/") ? path : nil
    }
}
