import ApusCore
import ApusWorkspace

/// Where skills and commands lie, the strongest first: of the project from the working directory up to its root, then those of the user
/// (`droid-exec.md` §5.7, §5.8).
struct ExtensionPlaces: Sendable {
    struct Place: Hashable, Sendable {
        var folder: String
        var location: ListedSkill.Location
        /// Nothing in it is read that really lies outside of this folder.
        var boundary: String
    }

    let apusHome: String
    let factoryHome: String

    func skills(for workingDirectory: String) -> [Place] {
        places(for: workingDirectory, names: [".apus/skills", ".factory/skills", ".agent/skills", ".agents/skills", ".claude/skills"])
            + [apusHome, factoryHome].map { Place(folder: $0 + "/skills", location: .personal, boundary: "/") }
    }

    func commands(for workingDirectory: String) -> [Place] {
        places(for: workingDirectory, names: [".apus/commands", ".factory/commands"])
            + [apusHome, factoryHome].map { Place(folder: $0 + "/commands", location: .personal, boundary: "/") }
    }

    func places(for workingDirectory: String, names: [String]) -> [Place] {
        let root = Project.containing(workingDirectory)?.root ?? workingDirectory
        let own = [apusHome, factoryHome]
        return Instructions.folders(from: root, to: workingDirectory).reversed().flatMap { folder in
            names.map { (folder == "/" ? "" : folder) + "/" + $0 }.filter { path in !own.contains { path.hasPrefix($0 + "/") } }
                .map { Place(folder: $0, location: .project, boundary: root) }
        }
    }
}
