import ApusBase
import ApusCore
import ApusExtensions
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Instructions of folders that are worked on and are not on the way to the working directory.
@Suite struct InstructionHierarchyTests {
    let folder = ScratchFolder()
    private let said = Said()

    private func notes(near paths: String..., room: Int = ByteLimit.instructionBytes) async -> [ContextNote] {
        await Instructions(apusHome: folder("apus"), home: folder("home")) { [said] in said.add($0) }
            .notes(near: paths.map { folder($0) }, for: folder("ws/app"), room: room)
    }

    private func note(_ name: String, _ text: String) -> ContextNote { ContextNote(source: folder(name), text: text) }

    init() {
        folder.write("ws/.git/HEAD", "ref: refs/heads/main\n")
        folder.write("ws/AGENTS.md", "root")
        folder.write("ws/app/AGENTS.md", "app")
        folder.write("ws/app/ui/AGENTS.md", "ui")
        folder.write("ws/app/ui/deep/CLAUDE.md", "deep")
        folder.write("ws/app/ui/deep/design.md", "design")
        folder.write("ws/lib/agents.md", "lib")
        folder.write("outside/AGENTS.md", "outside")
    }

    @Test func aFileBringsAllFoldersAboveItTheNearestLast() async {
        #expect(
            await notes(near: "ws/app/ui/deep/new.swift") == [
                note("ws/app/ui/AGENTS.md", "ui"), note("ws/app/ui/deep/CLAUDE.md", "deep"),
                note("ws/app/ui/deep/design.md", "design"),
            ])
    }

    @Test func aFolderBringsItsOwn() async {
        #expect(await notes(near: "ws/app/ui") == [note("ws/app/ui/AGENTS.md", "ui")])
    }

    @Test func whatTheSessionHasFromItsStartIsNotTold() async {
        #expect(await notes(near: "ws/app/main.swift", "ws/README.md", "ws") == [])
    }

    @Test func foldersBesideTheWorkingDirectoryCountAndThoseOutsideOfTheProjectDoNot() async {
        #expect(await notes(near: "ws/lib/x.swift", "ws/lib/y.swift", "outside/x") == [note("ws/lib/agents.md", "lib")])
    }

    @Test func aLinkOutOfTheProjectIsSaidAndNotRead() async {
        symlink(folder("outside/AGENTS.md"), folder("ws/lib/CLAUDE.md"))
        #expect(await notes(near: "ws/lib/x") == [note("ws/lib/agents.md", "lib")])
        #expect(said.sentences == ["\(folder("ws/lib/CLAUDE.md")) was not read: a link leads out of the project."])
    }

    @Test func aFolderThatIsALinkOutOfTheProjectIsNotEntered() async {
        symlink(folder("outside"), folder("ws/app/linked"))
        #expect(await notes(near: "ws/app/linked/x") == [])
    }

    @Test func gitsOwnFilesAreNobodysInstructions() async {
        folder.write("ws/.git/hooks/AGENTS.md", "evil")
        #expect(await notes(near: "ws/.git/hooks/pre-commit") == [])
    }

    @Test func whatDoesNotFitIsCutAndSaid() async {
        folder.write("ws/lib/agents.md", String(repeating: "x", count: 3_000))
        let notes = await notes(near: "ws/lib/x", room: 1_000)
        #expect(notes.map(\.source) == [folder("ws/lib/agents.md")])
        #expect(notes.first?.text.hasPrefix(String(repeating: "x", count: 1_000) + "\n\n[This file was cut: 1000 of its 3000") == true)
        #expect(said.sentences == ["\(folder("ws/lib/agents.md")) is long: only 1000 of its 3000 bytes are used."])
    }

    @Test func pipesAndLongFoldersCostNothing() async {
        mkfifo(folder("ws/lib/CLAUDE.md"), 0o600)
        let deep = "ws/lib/" + String(repeating: "d/", count: 200) + "x"
        #expect(await notes(near: deep, "ws/lib/x") == [note("ws/lib/agents.md", "lib")])
    }
}
