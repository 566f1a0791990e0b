import ApusBase
import ApusCore
import Synchronization
import Testing

@testable import ApusExtensions

/// When the trust of a machine is looked up: reading it means reading all of its settings, and skills and droids are read with every turn.
@Suite struct TrustReadingTests {
    private let folder = ScratchFolder()
    private let readings = Readings()

    /// Counts how often it is asked, and accepts what has no "evil" in its path.
    private final class Readings: Sendable {
        private let state = Mutex(0)
        var count: Int { state.withLock { $0 } }
        func trust() -> ExtensionTrust {
            state.withLock { $0 += 1 }
            return ExtensionTrust { path, _ in !path.contains("evil") }
        }
    }

    init() {
        folder.write("ws/.git/HEAD", "ref: refs/heads/main\n")
        folder.write("apus/skills/own/SKILL.md", "---\ndescription: The user's\n---\nText\n")
        folder.write("apus/commands/own.md", "Text\n")
        folder.write("apus/droids/own.md", "---\nname: own\n---\nText\n")
        // Folders without a file that counts are no reason to ask.
        folder.write("ws/.apus/skills/empty/README", "Text\n")
        folder.write("ws/.apus/commands/notes.txt", "Text\n")
        folder.write("ws/.apus/droids/notes.txt", "Text\n")
    }

    private var extensions: Extensions {
        Extensions(apusHome: folder("apus"), factoryHome: folder("home/.factory"), trust: { [readings] in readings.trust() })
    }

    private var droids: CustomDroids {
        CustomDroids(
            apusHome: folder("apus"), factoryHome: folder("home/.factory"), definitions: [], trust: { [readings] in readings.trust() })
    }

    @Test func withoutFilesOfAProjectNobodyAsks() async {
        #expect(await extensions.skills(for: folder("ws")).map(\.name) == ["own"])
        #expect(await extensions.commands(for: folder("ws")).map(\.name) == ["own"])
        #expect(await droids.subagents(for: folder("ws"))["own"] != nil)
        #expect(readings.count == 0)
    }

    @Test func filesOfAProjectAreAskedForOnceInEachReading() async {
        for name in ["a", "b", "evil"] {
            folder.write("ws/.apus/skills/\(name)/SKILL.md", "---\ndescription: The project's\n---\nText\n")
            folder.write("ws/.apus/commands/\(name).md", "Text\n")
            folder.write("ws/.apus/droids/\(name).md", "---\nname: \(name)\n---\nText\n")
        }
        let (extensions, droids) = (extensions, droids)
        let skills = await extensions.skills(for: folder("ws"))
        #expect(
            Dictionary(uniqueKeysWithValues: skills.map { ($0.name, $0.isTrusted) }) == ["a": true, "b": true, "evil": false, "own": true])
        #expect(readings.count == 1)
        #expect(await extensions.commands(for: folder("ws")).map(\.name) == ["a", "b", "evil", "own"])
        #expect(readings.count == 2)
        #expect(await droids.subagents(for: folder("ws"))["evil"] != nil)
        #expect(readings.count == 3)
        // Anew: what somebody has trusted since counts.
        _ = await droids.subagents(for: folder("ws"))
        #expect(readings.count == 4)
    }
}
