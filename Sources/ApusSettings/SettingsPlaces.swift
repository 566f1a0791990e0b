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
        configurationFolders.flatMap { directory, kind in
            ["settings.local.json", "settings.json"].map { SettingsSource(path: "\(directory)/\($0)", kind: kind) }
        }
    }

    /// Files of folder and project that name programs to start; they count only when trusted, like the settings beside them.
    package var companions: [SettingsSource] {
        configurationFolders.flatMap { directory, kind in
            ["hooks.json", "hooks/hooks.json", "mcp.json"].map { SettingsSource(path: "\(directory)/\($0)", kind: kind) }
        }
    }

    /// Folders of files that change what an agent does here, whether they exist or not.
    package var extensionFolders: [String] {
        configurationFolders.flatMap { directory, _ in ["skills", "droids", "commands", "hooks"].map { "\(directory)/\($0)" } }
            + projectFolders.flatMap { place, _ in
                [".agent/skills", ".agents/skills", ".claude/skills"].map { (place == "/" ? "" : place) + "/" + $0 }
            }
    }

    /// Nothing of a project is read that really lies outside of it.
    package var boundary: String? { workingDirectory.map { projectRoot ?? $0 } }

    /// From the working directory up to the project's root.
    private var projectFolders: [(place: String, kind: SettingsSource.Kind)] {
        guard let workingDirectory, let root = boundary else { return [] }
        var folders: [(String, SettingsSource.Kind)] = []
        var folder = workingDirectory
        while folder.hasPrefix(root == "/" ? root : root + "/"), folder != root {
            folders.append((folder, .folder))
            folder = String(folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)])
            if folder.isEmpty { folder = "/" }
        }
        return folders + [(root, .project)]
    }

    private var configurationFolders: [(directory: String, kind: SettingsSource.Kind)] {
        let own = Set([paths.apusHome, paths.factoryHome].flatMap { [$0, Self.resolved($0)] })
        return projectFolders.flatMap { place, kind in
            [".apus", ".factory"].map { (place == "/" ? "" : place) + "/" + $0 }.filter { !own.contains($0) }.map { ($0, kind) }
        }
    }

    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
