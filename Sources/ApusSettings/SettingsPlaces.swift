#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Which settings files there may be for one working directory (`droid-exec.md` §5.2).
///
/// Nothing is read here but links of the homes. The user's own files are never counted as a project's, even when the project's root
/// is the home.
package struct SettingsPlaces: Sendable {
    package var paths: CompatibilityPaths
    /// Directories of the machine's administrator, strongest first.
    package var systemDirectories: [String]
    /// Absolute, links resolved; `nil` leaves folder and project out.
    package var workingDirectory: String?
    /// Root of the checkout around the working directory; without one the working directory itself is the project.
    package var projectRoot: String?

    package init(
        paths: CompatibilityPaths, systemDirectories: [String] = Self.standardSystemDirectories, workingDirectory: String? = nil,
        projectRoot: String? = nil
    ) {
        self.paths = paths
        self.systemDirectories = systemDirectories
        self.workingDirectory = workingDirectory
        self.projectRoot = projectRoot
    }

    package static var standardSystemDirectories: [String] {
        #if os(macOS)
            ["/Library/Application Support/Apus", "/Library/Application Support/Factory"]
        #else
            ["/etc/apus", "/etc/factory"]
        #endif
    }

    /// Strongest first: system, folders from the working directory upwards, project, user.
    package var sources: [SettingsSource] {
        let system = systemDirectories.map { SettingsSource(path: $0 + "/settings.json", kind: .system) }
        return system + shared + paths.userSettings
    }

    private var shared: [SettingsSource] {
        guard let workingDirectory else { return [] }
        let root = projectRoot ?? workingDirectory
        var folders: [String] = []
        var folder = workingDirectory
        while folder.hasPrefix(root == "/" ? root : root + "/"), folder != root {
            folders.append(folder)
            folder = String(folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)])
            if folder.isEmpty { folder = "/" }
        }
        let own = Set([paths.apusHome, paths.factoryHome].flatMap { [$0, Self.resolved($0)] })
        let places = folders.map { ($0, SettingsSource.Kind.folder) } + [(root, .project)]
        return places.flatMap { place, kind in
            [".apus", ".factory"].map { (place == "/" ? "" : place) + "/" + $0 }.filter { !own.contains($0) }.flatMap { directory in
                ["settings.local.json", "settings.json"].map { SettingsSource(path: "\(directory)/\($0)", kind: kind) }
            }
        }
    }

    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
