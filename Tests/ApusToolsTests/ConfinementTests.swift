import ApusBase
import ApusCore
import ApusProcess
import Testing

@testable import ApusTools

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The tools in our own process and the commands obey one and the same value.
@Suite(.timeLimit(.minutes(5))) struct ConfinementTests {
    let bench = Bench(processes: ProcessTable(keeper: .path(Keeper.path)))

    private func confine(at level: AutonomyLevel = .low, network: Confinement.Network = .none) {
        bench.confinement = Confinement(
            level: level, writable: [bench.path + "/ws"], protected: [bench("fixed")], hidden: [bench("secret"), bench.path + "/key"],
            temporary: bench.path + "/private", visible: [bench.path], network: network, maximumProcesses: 100,
            maximumWrittenBytes: 1 << 30)
    }

    private func furnish() {
        bench.write("secret/key", "the key\n")
        bench.write("fixed/hook", "old\n")
        bench.write("plain", "the key of nothing\n")
        bench.write("../key", "the key\n")
        symlink(bench("secret/key"), bench("way"))
        confine()
    }

    @Test(arguments: ["secret/key", "secret", "way", "./fixed/../secret/key", "../key"])
    func aHiddenPlaceIsNotReadUnderAnyName(path: String) async {
        furnish()
        let result = await bench.run("Read", ["file_path": .string(path)])
        #expect(result.status == .failed)
        #expect(result.text.contains("is hidden at --auto low: secrets need --auto high"), "\(result.text)")
        #expect(!result.text.contains("the key"))
    }

    @Test func searchesDoNotLookIntoHiddenPlaces() async {
        furnish()
        let found = await bench.text("Grep", ["pattern": "the key", "path": ".", "output_mode": "file_paths"])
        #expect(found.contains("plain") && !found.contains("secret"), "\(found)")
        let files = await bench.text("Glob", ["patterns": ["**/key"]])
        #expect(!files.contains("secret"), "\(files)")
        #expect(await bench.run("LS", ["directory_path": "secret"]).status == .failed)
        #expect(await bench.run("Grep", ["pattern": "key", "path": "secret"]).status == .failed)
    }

    @Test func aProtectedPlaceIsReadAndNotWritten() async {
        furnish()
        #expect(await bench.run("Read", ["file_path": "fixed/hook"]).status == .succeeded)
        let edit = await bench.run("Edit", ["file_path": "fixed/hook", "old_str": "old", "new_str": "new"])
        let create = await bench.run("Create", ["file_path": "fixed/other", "content": "x"])
        let patch = await bench.run(
            "ApplyPatch", ["input": "*** Begin Patch\n*** Add File: fixed/third\n+x\n*** End Patch"])
        for result in [edit, create, patch] {
            #expect(result.status == .failed)
            #expect(result.text.contains("can only be read at --auto low"), "\(result.text)")
        }
        #expect(access(bench("fixed/other"), F_OK) != 0 && access(bench("fixed/third"), F_OK) != 0)
    }

    @Test func whatACommandLeftInTmpIsFoundThere() async {
        furnish()
        let name = "left-\(randomToken(length: 12))"
        let written = await bench.run(
            "Execute", ["command": .string("echo kept > /tmp/\(name)"), "riskLevel": "low", "riskLevelReason": "test"])
        #expect(written.text.hasPrefix("Command completed"), "\(written.text)")
        #expect(access("/tmp/\(name)", F_OK) != 0)
        #expect(await bench.text("Read", ["file_path": .string("/tmp/\(name)")]) == "kept\n")
    }

    @Test(arguments: [
        (AutonomyLevel.low, "python3 -c 'import socket; socket.socket()'; exit 1", "needs network: --auto medium"),
        (.off, "curl -s http://127.0.0.1:1/ || echo 'curl: (6) Could not resolve host: x'", "needs network: --auto medium"),
        (.low, "echo x > /etc/apus-test", "the rest of the home --auto high"),
        (.off, "echo x > ../other", "the project needs --auto low"),
        (.medium, "echo x > /usr/apus-test", "the home needs --auto high"),
        (.high, "echo x > /usr/apus-test", "only --skip-permissions-unsafe has no wall"),
        (.low, "cat secret/key", "secret is hidden (mount namespace); secrets need --auto high"),
        (.low, "kill -9 1", "ends with kill PID as the whole command"),
    ])
    func aRefusalNamesItsLayerAndTheLevelThatWouldDo(level: AutonomyLevel, command: String, words: String) async throws {
        furnish()
        confine(at: level, network: level >= .medium ? .open : .none)
        let result = await bench.run("Execute", ["command": .string(command), "riskLevel": "low", "riskLevelReason": "test"])
        let wall = try #require(result.wall)
        guard wall.missing.isEmpty else { return }
        let place = level == .off ? "the default level" : "--auto \(level.rawValue)"
        let hint = result.text.split(separator: "\n").first { $0.hasPrefix("[Contained at \(place): ") }
        #expect(hint?.hasSuffix(words + "]") == true || hint?.contains(words) == true, "\(result.text)")
    }

    @Test func anOrdinaryFailureHasNoHint() async {
        furnish()
        let result = await bench.run("Execute", ["command": "ls nowhere; false", "riskLevel": "low", "riskLevelReason": "test"])
        #expect(!result.text.contains("[Contained"), "\(result.text)")
    }

    @Test(
        arguments: [
            ("kill 12", [12]), ("kill -9 12 34", [12, 34]), ("kill -TERM 12", [12]), ("kill -s KILL 12", [12]), (" kill -- 12 ", [12]),
            ("kill", nil), ("kill -0 12", nil), ("kill 12; true", nil), ("kill $(cat pid)", nil), ("kill -STOP 12", nil), ("kill 1", nil),
            ("kill -12", nil), ("killall x", nil),
        ] as [(String, [Int32]?)])
    func onlyAPlainKillIsCarriedOutByUs(command: String, pids: [Int32]?) {
        #expect(KillCommand(command)?.pids == pids)
    }
}
