package import ApusCore

/// Which level a write needs, by the place it goes to (`droid-exec.md` §3.2).
package enum PathScope {
    package enum Place: String, Hashable, Sendable {
        case project, temporary, home, system, secret

        package var words: String {
            switch self {
            case .project: "inside the project"
            case .temporary: "in a temporary directory"
            case .home: "in the home directory, outside the project"
            case .system: "outside the home directory and the project"
            case .secret: "a place for secrets or for settings that decide what runs"
            }
        }
    }

    package struct Requirement: Hashable, Sendable {
        package var place: Place
        package var level: AutonomyLevel
    }

    /// `path` is absolute with links resolved, as tools report it.
    package static func requirement(forWriting path: String, in workspace: WorkspaceScope) -> Requirement {
        if isSecret(path, home: workspace.home) { return Requirement(place: .secret, level: .high) }
        if isInside(path, workspace.workingDirectory) || isInside(path, workspace.projectRoot) {
            return Requirement(place: .project, level: .low)
        }
        if workspace.temporaryDirectories.contains(where: { isInside(path, $0) }) {
            return Requirement(place: .temporary, level: .low)
        }
        if isInside(path, workspace.home) { return Requirement(place: .home, level: .medium) }
        return Requirement(place: .system, level: .high)
    }

    /// Whole components are compared: `/work2` is not inside `/work`.
    package static func isInside(_ path: String, _ folder: String) -> Bool {
        if folder == "/" { return path.hasPrefix("/") }
        return path == folder || path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
    }

    private static let secretFolders = [".ssh", ".aws", ".gnupg", ".config/gcloud", ".docker", ".kube"]
    private static let secretFiles = [".netrc", ".npmrc", ".pypirc", ".git-credentials"]
    /// Files that a shell, git or an editor runs by itself, wherever they lie.
    private static let startFiles: Set<String> = [
        ".bash_profile", ".bash_login", ".profile", ".bashrc", ".bash_logout", ".bash_aliases", ".zshenv", ".zprofile", ".zshrc", ".zlogin",
        ".zlogout", ".inputrc", ".gitconfig", ".gitattributes_global", ".envrc", ".vimrc", ".exrc", ".xprofile", ".xsessionrc",
        ".pam_environment",
    ]
    private static let startFolders = [
        ".config/git", ".config/fish", ".config/systemd", ".config/autostart", ".config/environment.d", ".local/bin", "bin",
    ]
    private static let deciders = [".git", ".apus", ".factory"]

    private static func isSecret(_ path: String, home: String) -> Bool {
        if secretFolders.contains(where: { isInside(path, home + "/" + $0) }) { return true }
        if secretFiles.contains(where: { path == home + "/" + $0 }) { return true }
        if startFolders.contains(where: { isInside(path, home + "/" + $0) }) { return true }
        let components = path.split(separator: "/")
        guard let name = components.last else { return false }
        // Hooks and settings decide what is run later, without anyone being asked then.
        if components.dropLast().contains(where: { deciders.contains(String($0)) }) { return true }
        if startFiles.contains(String(name)) { return true }
        if name == ".env" || (name.hasPrefix(".env.") && name != ".env.example") { return true }
        return name.hasSuffix(".pem") || name.hasSuffix(".key") || name.hasPrefix("id_rsa") || name.hasPrefix("id_ed25519")
    }
}
