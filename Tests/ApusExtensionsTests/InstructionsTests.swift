import ApusBase
import ApusCore
import ApusExtensions
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct InstructionsTests {
    let folder = ScratchFolder()

    private func notes(_ name: String) async -> [ContextNote] {
        await Instructions(apusHome: folder("apus"), home: folder("home")).notes(for: folder(name))
    }

    private func note(_ name: String, _ text: String) -> ContextNote { ContextNote(source: folder(name), text: text) }

    @Test func personalComesFirstAndTheNearestLast() async {
        folder.write("ws/.git/HEAD", "ref: refs/heads/main\n")
        folder.write("AGENTS.md", "above the project")
        folder.write("apus/AGENTS.md", "personal")
        folder.write("home/.factory/AGENTS.md", "older personal")
        folder.write("ws/AGENTS.md", "root")
        folder.write("ws/a/CLAUDE.md", "claude")
        folder.write("ws/a/agents.md", "middle")
        folder.write("ws/a/b/DESIGN.md", "design")
        #expect(
            await notes("ws/a/b") == [
                note("apus/AGENTS.md", "personal"), note("ws/AGENTS.md", "root"), note("ws/a/agents.md", "middle"),
                note("ws/a/CLAUDE.md", "claude"), note("ws/a/b/DESIGN.md", "design"),
            ])
    }

    @Test func outsideOfAProjectOnlyTheFolderItselfCounts() async {
        folder.write("ws/AGENTS.md", "parent")
        folder.write("ws/a/AGENTS.md", "own")
        folder.write("home/.factory/AGENTS.md", "older personal")
        #expect(await notes("ws/a") == [note("home/.factory/AGENTS.md", "older personal"), note("ws/a/AGENTS.md", "own")])
    }

    @Test func aLinkOutOfTheProjectIsSaidOnce() async {
        folder.write("ws/.git/HEAD", "x")
        folder.write("secret", "secret")
        symlink(folder("secret"), folder("ws/AGENTS.md"))
        let said = Mutex<[String]>([])
        let instructions = Instructions(apusHome: folder("apus"), home: folder("home")) { sentence in said.withLock { $0.append(sentence) }
        }
        for _ in 0..<3 { #expect(await instructions.notes(for: folder("ws")) == []) }
        #expect(said.withLock { $0 } == ["\(folder("ws/AGENTS.md")) was not read: a link leads out of the project."])
    }

    @Test func linksOutOfTheProjectAreNotReadAndNoTextTwice() async {
        folder.write("ws/.git/HEAD", "x")
        folder.write("secret", "secret")
        folder.write("ws/AGENTS.md", "text")
        symlink("AGENTS.md", folder("ws/CLAUDE.md"))
        symlink(folder("secret"), folder("ws/design.md"))
        folder.write("ws/a/AGENTS.md", "text")
        #expect(await notes("ws/a") == [note("ws/AGENTS.md", "text")])
    }

    @Test func aLongFileIsCutAtAWholeCharacterAndSaysSo() async {
        folder.write("ws/AGENTS.md", "x" + String(repeating: "é", count: 20_000))
        let notes = await notes("ws")
        #expect(
            notes == [
                note(
                    "ws/AGENTS.md",
                    "x" + String(repeating: "é", count: 16_383)
                        + "\n\n[This file was cut: 32768 of its 40001 bytes are shown. Read \(folder("ws/AGENTS.md")) for the rest.]")
            ])
    }

    @Test func theNearestTextsAreServedFirst() async {
        folder.write("ws/.git/HEAD", "x")
        var place = "ws"
        for number in 0..<6 {
            folder.write(place + "/AGENTS.md", String(repeating: "\(number)", count: 30_000))
            place += "/d"
        }
        let notes = await notes("ws/d/d/d/d/d")
        #expect(notes.count == 6)
        #expect(notes[0].text == "\n\n[This file was cut: 0 of its 30000 bytes are shown. Read \(folder("ws/AGENTS.md")) for the rest.]")
        #expect(notes[1].text.hasPrefix(String(repeating: "1", count: 11_072) + "\n"))
        #expect(notes[2...].allSatisfy { $0.text.count == 30_000 })
    }

    @Test func pipesAndFoldersOfThatNameAreLeftOut() async {
        folder.write("ws/x", "")
        mkfifo(folder("ws/AGENTS.md"), 0o600)
        mkdir(folder("ws/CLAUDE.md"), 0o700)
        #expect(await notes("ws") == [])
    }

    @Test(arguments: [
        ("mkfifo AGENTS.md", "it is a named pipe, not a regular file"), ("ln -s AGENTS.md AGENTS.md", "its links lead nowhere"),
        ("ln -s b a && ln -s a b && ln -s a AGENTS.md", "its links lead nowhere"),
        ("mkfifo p && ln -s p AGENTS.md", "it is a named pipe, not a regular file"),
        ("ln -s /dev/zero AGENTS.md", "a link leads out of the project"),
    ])
    func whatIsNoFileIsNotOpenedAndIsSaidOnce(line: String, why: String) async {
        folder.write("ws/.git/HEAD", "ref: refs/heads/main\n")
        folder.run("cd ws && \(line)")
        let said = Said()
        let instructions = Instructions(apusHome: folder("apus"), home: folder("home"), announce: { said.add($0) })
        for _ in 0..<2 { #expect(await instructions.notes(for: folder("ws")) == []) }
        #expect(said.sentences == ["\(folder("ws/AGENTS.md")) was not read: \(why)."])
    }
}

/// A folder for one test, removed with it.
final class ScratchFolder {
    let path: String

    init() {
        path = String(cString: realpath("/tmp", nil)) + "/apus-test-" + randomToken(length: 12)
        precondition(mkdir(path, 0o700) == 0)
    }

    deinit { _ = system("rm -rf '\(path)'") }

    func callAsFunction(_ name: String) -> String { path + "/" + name }

    func write(_ name: String, _ text: String) {
        var place = path
        for part in name.split(separator: "/").dropLast() {
            place += "/" + part
            mkdir(place, 0o755)
        }
        let file = fopen(self(name), "w")!
        _ = Array(text.utf8).withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
        fclose(file)
    }

    func run(_ line: String) {
        precondition(system("cd '\(path)' && export GIT_CONFIG_GLOBAL=/dev/null && (\(line)) >/dev/null 2>&1") == 0, line)
    }
}
