import ApusBase
import ApusCore
import ApusWorkspace
import Synchronization

/// The skills and commands that there are for a folder, read from disk.
struct SkillShelf: Sendable {
    let places: ExtensionPlaces
    let switches: SkillSwitches
    let builtin: [Skill]
    /// Asked anew for each reading that meets files of a project.
    let trust: @Sendable () -> ExtensionTrust

    /// Of a project, and of the user: what comes behind is left out and said. Each for itself, so that a project with many leaves the
    /// user's in their place.
    static let maximumSkills = 500
    /// The same, all texts together.
    static let maximumBytes = 16 << 20

    struct Skills: Sendable {
        var skills: [Skill] = []
        /// Sentences about what cannot be used.
        var faults: [String] = []
    }

    struct Commands: Sendable {
        var commands: [SlashCommand] = []
        var faults: [String] = []
    }

    /// The strongest first: of the project, of the user, ours. Of those with one name the first counts.
    func skills(for workingDirectory: String) -> Skills {
        let disabled = switches.disabled(for: workingDirectory)
        let trust = ExtensionTrust.onceNeeded(trust)
        var found = Skills()
        var names: Set<String> = []
        var read: [ListedSkill.Location: (count: Int, bytes: Int)] = [:]
        reading: for place in places.skills(for: workingDirectory) {
            for name in ExtensionFile.names(in: place.folder, beneath: place.boundary, complain: { found.faults.append($0) }) {
                let (count, bytes) = read[place.location] ?? (0, 0)
                if count >= Self.maximumSkills || bytes >= Self.maximumBytes {
                    let folder = escapedForDisplay(place.folder, keepingNewlines: false)
                    found.faults.append(
                        "There are more skills in \(folder) than are looked at (\(Self.maximumSkills), \(Self.maximumBytes >> 20) MiB); "
                            + "the rest is not used.")
                    continue reading
                }
                do throws(ExtensionFile.Fault) {
                    guard let (skill, size) = try Skill.read(name, in: place, trust: trust) else { continue }
                    read[place.location] = (count + 1, bytes + size)
                    // One that nobody has trusted takes no other one's place.
                    if !skill.listed.isTrusted || names.insert(skill.listed.name).inserted { found.skills.append(skill) }
                } catch {
                    found.faults.append(error.sentence)
                }
            }
        }
        found.skills += builtin.filter { names.insert($0.listed.name).inserted }
        var seen: Set<String> = []
        // Trusted ones keep their name; of the others only the first is shown, and only where nothing else has it.
        found.skills = found.skills.filter {
            $0.listed.isTrusted || (!names.contains($0.listed.name) && seen.insert($0.listed.name).inserted)
        }
        for index in found.skills.indices where disabled.contains(found.skills[index].listed.name) {
            found.skills[index].listed.isEnabled = false
        }
        return found
    }

    /// As `skills(for:)`, by their names.
    func commands(for workingDirectory: String) -> Commands {
        let trust = ExtensionTrust.onceNeeded(trust)
        var found = Commands()
        var names: Set<String> = []
        var untrusted: [SlashCommand] = []
        for place in places.commands(for: workingDirectory) {
            for name in ExtensionFile.names(in: place.folder, beneath: place.boundary, complain: { found.faults.append($0) }) {
                do throws(ExtensionFile.Fault) {
                    guard let command = try SlashCommand.read(name, in: place, trust: trust) else { continue }
                    if !command.isTrusted {
                        untrusted.append(command)
                    } else if names.insert(command.listed.name).inserted {
                        found.commands.append(command)
                    }
                } catch {
                    found.faults.append(error.sentence)
                }
            }
        }
        found.commands += untrusted.filter { names.insert($0.listed.name).inserted }
        found.commands.sort { $0.listed.name < $1.listed.name }
        return found
    }
}
