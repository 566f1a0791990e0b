import ApusTesting
import ApusTransport
import Foundation
import Synchronization
import Testing

@testable import DroidSDK

@Suite struct LocalDaemonTests {
    /// A machine that a test makes up.
    private final class Machine: Sendable {
        struct State {
            var listening: Set<Int> = []
            var noted: Int?
            var writes: [Int] = []
            var spawns: [Int] = []
            var probes: [Int] = []
            var terminated = 0
            var exitCode: Int32?
            /// How many probes after a start its port opens; never when nil.
            var opensAfter: Int?
            var free = [50_001, 50_002]
        }

        let state: Mutex<State>
        let time = ManualTime()
        init(_ state: sending State) { self.state = Mutex(state) }

        var system: LocalDaemonSystem {
            LocalDaemonSystem(
                clock: .manual(time),
                accepts: { [self] port in
                    state.withLock { state in
                        state.probes.append(port)
                        if let left = state.opensAfter, state.spawns.last == port {
                            if left == 0 { state.listening.insert(port) }
                            state.opensAfter = left - 1
                        }
                        return state.listening.contains(port)
                    }
                },
                notedPort: { [self] in state.withLock { $0.noted } }, note: { [self] port in state.withLock { $0.writes.append(port) } },
                freePort: { [self] in state.withLock { $0.free.removeFirst() } }, program: { "/bin/droid" },
                spawn: { [self] port in
                    state.withLock { $0.spawns.append(port) }
                    return LocalDaemonSystem.Daemon(
                        exitCode: { [self] in state.withLock { $0.exitCode } },
                        terminate: { [self] in state.withLock { $0.terminated += 1 } })
                })
        }
    }

    @Test func whoListensOnTheUsualPortIsTheDaemon() async throws {
        let machine = Machine(.init(listening: [37_643], noted: 5))
        #expect(try await LocalDaemon(machine.system).ensure(nil) == 37_643)
        #expect(machine.state.withLock { $0.spawns.isEmpty && $0.writes.isEmpty })
    }

    @Test func thePortFileIsLookedAtNext() async throws {
        let machine = Machine(.init(listening: [40_000], noted: 40_000))
        #expect(try await LocalDaemon(machine.system).ensure(nil) == 40_000)
        #expect(machine.state.withLock { $0.probes } == [37_643, 40_000])
    }

    @Test func whatWasFoundIsAskedFirstTheNextTime() async throws {
        let machine = Machine(.init(listening: [40_000], noted: 40_000))
        let daemon = LocalDaemon(machine.system)
        _ = try await daemon.ensure(nil)
        _ = try await daemon.ensure(nil)
        #expect(machine.state.withLock { $0.probes } == [37_643, 40_000, 40_000])
    }

    @Test func oneIsStartedAndPolledAndNoted() async throws {
        let machine = Machine(.init(opensAfter: 2))
        let found = Task { try await LocalDaemon(machine.system).ensure(nil) }
        for number in 1...2 {
            try await machine.time.sleeps(number) { $0 == .milliseconds(250) }
            machine.time.advance(by: .milliseconds(250))
        }
        #expect(try await found.value == 37_643)
        #expect(machine.state.withLock { $0.spawns } == [37_643])
        #expect(machine.state.withLock { $0.writes } == [37_643])
    }

    @Test func anEarlyExitFailsAtOnceAndThreeAttemptsAreMade() async throws {
        let machine = Machine(.init(exitCode: 1))
        let error = await #expect(throws: ConnectionError.self) { try await LocalDaemon(machine.system).ensure(nil) }
        #expect(
            error?.message
                == "Failed to start local droid daemon after 3 attempts. Ensure the `droid` CLI is installed and `droid auth login` has been run."
        )
        #expect(machine.state.withLock { $0.spawns } == [37_643, 50_001, 50_002])
        #expect(machine.time.requestedSleeps.isEmpty)
    }

    @Test func aPortThatWasAskedForIsTheOnlyOne() async throws {
        let machine = Machine(.init(listening: [37_643], noted: 40_000, exitCode: 1))
        await #expect(throws: ConnectionError.self) { try await LocalDaemon(machine.system).ensure(45_000) }
        #expect(machine.state.withLock { $0.spawns } == [45_000, 45_000, 45_000])
        #expect(machine.state.withLock { $0.writes.isEmpty })
    }

    @Test func oneThatNeverListensIsEnded() async throws {
        let machine = Machine(.init(free: []))
        let found = Task { try await LocalDaemon(machine.system).ensure(44_444) }
        for number in 1...360 {
            try await machine.time.sleeps(number)
            machine.time.advance(by: .milliseconds(250))
        }
        await #expect(throws: ConnectionError.self) { try await found.value }
        #expect(machine.state.withLock { $0.terminated } == 3)
    }

    @Test func thoseWhoAskTogetherShareOneAttempt() async throws {
        let machine = Machine(.init(opensAfter: 1))
        let daemon = LocalDaemon(machine.system)
        async let one = daemon.ensure(nil)
        async let two = daemon.ensure(nil)
        try await machine.time.sleeps(1)
        machine.time.advance(by: .milliseconds(250))
        #expect(try await [one, two] == [37_643, 37_643])
        #expect(machine.state.withLock { $0.spawns } == [37_643])
    }

    @Test func theFilesAreWhereTheOtherSDKsLook() throws {
        let home = try Scratch()
        let files = LocalDaemonFiles(environment: ["HOME": "/nowhere", "FACTORY_HOME_OVERRIDE": home.path])
        #expect(files.port == nil)
        files.write(40_001)
        #expect(try String(contentsOfFile: home.path + "/.factory/sdk/daemon.port", encoding: .utf8) == "40001")
        let mode = try FileManager.default.attributesOfItem(atPath: home.path + "/.factory/sdk/daemon.port")[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
        #expect(files.port == 40_001)
    }

    @Test func theRealStartHasTheVectorOfTheOtherSDKs() async throws {
        let home = try Scratch()
        let program = home.path + "/stand-in"
        try "#!/bin/sh\necho \"$@\" >&2\npwd >&2\n".write(toFile: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let environment = ["HOME": home.path, "FACTORY_DROID_BINARY": program, "PATH": "/usr/bin:/bin"]
        let started = try LocalDaemonSystem.real(environment: environment).spawn(40_123)
        try await within {
            while started.exitCode() == nil { try await Task.sleep(for: .milliseconds(5)) }
        }
        let log = try String(contentsOfFile: home.path + "/.factory/sdk/logs/daemon-stderr.log", encoding: .utf8)
        #expect(log == "daemon --host 127.0.0.1 --port 40123\n\(home.path)\n")
    }

    @Test func theProgramIsTheNamedOneThenApusThenDroid() throws {
        let home = try Scratch()
        for name in ["droid", "apus", "other"] {
            let path = home.path + "/" + name
            #expect(FileManager.default.createFile(atPath: path, contents: Data(), attributes: [.posixPermissions: 0o755]))
        }
        func found(_ wanted: String?) -> String {
            var environment = ["PATH": home.path]
            environment["FACTORY_DROID_BINARY"] = wanted
            return DroidBinary(environment: environment).path
        }
        #expect(found(nil) == home.path + "/apus")
        #expect(found("other") == home.path + "/other")
        #expect(found(home.path + "/other") == home.path + "/other")
        #expect(found("/no/such") == home.path + "/apus")
        try FileManager.default.removeItem(atPath: home.path + "/apus")
        #expect(found(nil) == home.path + "/droid")
        #expect(DroidBinary(environment: ["PATH": "/nowhere"]).path == "droid")
    }

    @Test func theDaemonsKeyIsReadIfItMayBe() throws {
        let home = try Scratch()
        #expect(resolveLocalAuthToken(environment: ["HOME": home.path]) == nil)
        for (place, environment) in [
            ("/.apus/daemon", ["HOME": home.path]), ("/own/daemon", ["HOME": "/x", "APUS_HOME": home.path + "/own"]),
        ] {
            try FileManager.default.createDirectory(atPath: home.path + place, withIntermediateDirectories: true)
            try " key-1\n".write(toFile: home.path + place + "/local.key", atomically: true, encoding: .utf8)
            #expect(resolveLocalAuthToken(environment: environment) == "key-1")
        }
    }

    @Test func addressesAreThoseOfTheProtocol() throws {
        func url(_ options: ConnectDaemonOptions) throws -> String { try resolveWebSocketURL(options) }
        #expect(try url(ConnectDaemonOptions()) == "ws://127.0.0.1:37643")
        #expect(try url(ConnectDaemonOptions(daemonPort: 5)) == "ws://127.0.0.1:5")
        #expect(try url(ConnectDaemonOptions(url: "ws://x/y?z")) == "ws://x/y?z")
        let computer = SDKMachineConfig.computer(id: "comp-1")
        #expect(try url(ConnectDaemonOptions(machine: computer)) == "wss://relay.factory.ai/v0/computer/comp-1/client")
        #expect(try url(ConnectDaemonOptions(machine: computer, relayBaseURL: "ws://r:1/")) == "ws://r:1/v0/computer/comp-1/client")
        #expect(ephemeralWebSocketURL(sandbox: "sb", port: nil) == "wss://37643-sb.e2b.app")
        #expect(throws: ConnectionError.self) { try url(ConnectDaemonOptions(machine: .computer(id: ""))) }
    }

    @Test func aComputerIsDialledPatiently() async throws {
        let dialled = Watched<[String]>([])
        var options = ConnectDaemonOptions(apiKey: "k", machine: .computer(id: "c"))
        for machine in [SDKMachineConfig.computer(id: "c"), .local] {
            options.machine = machine
            options.daemonPort = 4_000
            let connecting = DaemonConnecting(
                options: options, clock: .system, ensureLocal: { $0 ?? 1 },
                transport: { url, patience, _ in
                    dialled.change { $0.append("\(patience) \(url)") }
                    return InMemoryTransport.ended()
                })
            await #expect(throws: (any Error).self) { try await connecting.connect() }
        }
        #expect(dialled.value == ["computer wss://relay.factory.ai/v0/computer/c/client", "local ws://127.0.0.1:4000"])
    }
}

extension InMemoryTransport {
    fileprivate static func ended() -> InMemoryTransport {
        let (client, server) = pair()
        server.fail()
        return client
    }
}

/// A folder of its own for one test.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path + "/droid-sdk-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
