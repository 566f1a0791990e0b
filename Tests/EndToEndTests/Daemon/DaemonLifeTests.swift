import ApusBase
import Foundation
import Testing

/// A daemon from its start to its end.
@Suite struct DaemonLifeTests {
    @Test(arguments: [SIGTERM, SIGINT])
    func itSaysOnceWhereItListensAndEndsCleanlyOnASignal(signal: Int32) async throws {
        try await withDaemon { daemon in
            #expect(try await RunningDaemon.get(daemon.port)?.contains(#""name":"apus""#) == true)
            daemon.process.send(signal)
            let outcome = try await daemon.process.finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.text == "listening on ws://127.0.0.1:\(daemon.port)\n")
            #expect(outcome.diagnostics == "")
            #expect(try await RunningDaemon.get(daemon.port) == nil)
            #expect(!daemon.has("state.json"))
            #expect(!daemon.has("control.sock"))
            #expect(try daemon.log().hasSuffix(" info ended code=0\n"))
            #expect(try await daemon.apus("daemon", "status").status == .exited(3))
        }
    }

    @Test func itsFilesAreItsOwnersAlone() async throws {
        try await withDaemon { daemon in
            #expect(try daemon.mode("") == 0o700)
            for name in ["daemon.lock", "state.json", "local.key", "daemon.log", "control.sock"] {
                #expect(try daemon.mode(name) == 0o600, "\(name)")
            }
            let state = try JSONValue(parsing: try String(contentsOfFile: "\(daemon.folder)/state.json", encoding: .utf8))
            #expect(state["pid"]?.integerValue == Int64(daemon.process.pid))
            #expect(state["listeners"]?[0]?["port"]?.integerValue == Int64(daemon.port))
        }
    }

    @Test func statusTellsProgramsAndPeople() async throws {
        try await withDaemon { daemon in
            let status = try await daemon.status()
            #expect(status["running"] == true)
            #expect(status["pid"]?.integerValue == Int64(daemon.process.pid))
            #expect(status["listeners"]?[0]?["url"]?.stringValue == "ws://127.0.0.1:\(daemon.port)")
            #expect(try await daemon.apus("daemon", "status").text.contains("ws://127.0.0.1:\(daemon.port)  0 connected\n"))
            #expect(try await daemon.apus("daemon", "stop").text == "The daemon has ended.\n")
            #expect(try await daemon.process.finish().status == .exited(0))
            let none = try await daemon.apus("daemon", "status", "--json")
            #expect(none.status == .exited(3))
            #expect(none.text == "{\"running\":false}\n")
            #expect(try await daemon.apus("daemon", "stop").text == "No daemon runs.\n")
        }
    }

    @Test func startReturnsWhenItServesAndLeavesItRunning() async throws {
        try await withHome { executable, home in
            let started = try await executable.start(["daemon", "start", "--port", "0"], home: home).finish()
            #expect(started.status == .exited(0), "\(started.everything)")
            let match = try #require(started.text.wholeMatch(of: /The daemon runs \(pid (\d+)\): ws:\/\/127\.0\.0\.1:(\d+)\n/))
            let port = try #require(Int(match.output.2))
            #expect(try await RunningDaemon.get(port)?.contains(#""status":"ok""#) == true)
            let again = try await executable.start(["daemon", "start", "--port", "0"], home: home).finish()
            #expect(again.text.hasPrefix("A daemon runs already (pid \(match.output.1))"), "\(again.everything)")
            let logs = try await executable.start(["daemon", "logs", "-n", "1"], home: home).finish()
            #expect(logs.text.split(separator: "\n").count == 1, "\(logs.everything)")
            #expect(try await executable.start(["daemon", "stop"], home: home).finish().text == "The daemon has ended.\n")
            #expect(try await RunningDaemon.get(port) == nil)
        }
    }

    @Test(arguments: [["daemon", "start"], ["daemon"]])
    func aStartThatCannotBeSaysWhy(words: [String]) async throws {
        try await withDaemon { other in
            try await withHome { executable, home in
                let outcome = try await executable.start(words + ["--port", "\(other.port)"], home: home).finish()
                #expect(outcome.status == .exited(1), "\(outcome.everything)")
                #expect(outcome.text == "")
                #expect(outcome.diagnostics.contains("port \(other.port): another program has it"), "\(outcome.everything)")
            }
        }
    }

    @Test func itStartsAgainAfterItWasKilled() async throws {
        try await withDaemon { daemon in
            daemon.process.send(SIGKILL)
            _ = try await daemon.process.finish()
            #expect(daemon.has("state.json"))
            #expect(try await daemon.apus("daemon", "status").status == .exited(3))
            let next = try await RunningDaemon.start(daemon.executable, daemon.home, ["--port", "\(daemon.port)"])
            defer { next.process.send(SIGKILL) }
            #expect(next.port == daemon.port)
            #expect(try await next.status()["pid"]?.integerValue == Int64(next.process.pid))
        }
    }

    @Test func aHomeAsDeepAsPathsMayBeServesToo() async throws {
        try await withHome { executable, home in
            let environment = ["APUS_HOME": home.work + "/" + String(repeating: "d", count: 150)]
            let started = try await executable.start(["daemon", "start", "--port", "0"], home: home, environment: environment).finish()
            #expect(started.status == .exited(0), "\(started.everything)")
            let stopped = try await executable.start(["daemon", "stop"], home: home, environment: environment).finish()
            #expect(stopped.text == "The daemon has ended.\n", "\(stopped.everything)")
        }
    }

    /// As SDKs start it: `droid daemon --host 127.0.0.1 --port P`, from the home directory (`droid.md` §2.4).
    @Test func underTheNameOfTheOriginalItWritesNothingOutsideItsHome() async throws {
        try await withHome { executable, home in
            let link = "\(home.scratch)/droid"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: executable.path)
            let words = ["daemon", "--host", "127.0.0.1", "--port", "0"]
            let process = try ApusExecutable(path: link).start(words, home: home, directory: home.user)
            defer { process.send(SIGKILL) }
            try await eventually("it listens", within: .seconds(60)) { process.stdoutSoFar.hasSuffix("\n") }
            process.send(SIGTERM)
            #expect(try await process.finish().status == .exited(0))
            for folder in [home.user, home.work] { #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty) }
        }
    }

    @Test func logsFollowWhatIsAdded() async throws {
        try await withDaemon { daemon in
            let follower = try daemon.executable.start(["daemon", "logs", "-f"], home: daemon.home)
            defer { follower.send(SIGKILL) }
            try await eventually("it shows what there is", within: .seconds(60)) { follower.stdoutSoFar.contains(" info started ") }
            let attached = try await RunningDaemon.start(daemon.executable, daemon.home)
            attached.process.send(SIGTERM)
            let line = " info closed url=ws://127.0.0.1:\(attached.port)\n"
            try await eventually("it shows what is added", within: .seconds(60)) { follower.stdoutSoFar.contains(line) }
        }
        try await withHome { executable, home in
            let outcome = try await executable.start(["daemon", "logs"], home: home).finish()
            #expect(outcome.status == .exited(1))
            #expect(outcome.diagnostics.contains("no daemon has run"))
        }
    }

    @Test func installPrintsOrWritesAServiceOfThisUser() async throws {
        try await withHome { executable, home in
            let printed = try await executable.start(["daemon", "install", "--print", "--port", "4711"], home: home).finish()
            #expect(printed.text.contains("4711"), "\(printed.everything)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: home.user).isEmpty)
            let written = try await executable.start(["daemon", "install", "--port", "4711"], home: home).finish()
            let path = try #require(written.text.prefixMatch(of: #/Wrote (\S+)\. /#)?.output.1, "\(written.everything)")
            #expect(path.hasPrefix(home.user))
            #expect(try String(contentsOfFile: String(path), encoding: .utf8) == printed.text)
        }
    }
}
