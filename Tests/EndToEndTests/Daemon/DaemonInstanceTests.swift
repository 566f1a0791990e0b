import ApusBase
import Foundation
import Testing

/// One daemon owns a home; others of the same home attach to it.
@Suite struct DaemonInstanceTests {
    @Test func aSecondDaemonOpensItsPortThereAndEndsWithIt() async throws {
        try await withDaemon { first in
            let second = try await RunningDaemon.start(first.executable, first.home)
            defer { second.process.send(SIGKILL) }
            #expect(try await second.answers(200))
            let status = try await first.status()
            #expect(status["pid"]?.integerValue == Int64(first.process.pid))
            let ports = status["listeners"]?.arrayValue?.compactMap { $0["port"]?.integerValue }
            #expect(ports == [Int64(first.port), Int64(second.port)])
            #expect(!second.process.hasEnded)
            #expect(try await first.apus("daemon", "stop").status == .exited(0))
            #expect(try await first.process.finish().status == .exited(0))
            let outcome = try await second.process.finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
        }
    }

    @Test func itsPortIsClosedWithItAndTheFirstGoesOn() async throws {
        try await withDaemon { first in
            let second = try await RunningDaemon.start(first.executable, first.home)
            second.process.send(SIGTERM)
            #expect(try await second.process.finish().status == .exited(0))
            let closed = " info closed url=ws://127.0.0.1:\(second.port)\n"
            try await eventually("its port is closed", within: .seconds(60)) { try first.log().contains(closed) }
            #expect(try await RunningDaemon.get(second.port) == nil)
            #expect(try await first.answers(200))
            #expect(try await first.status()["listeners"]?.arrayValue?.count == 1)
        }
    }

    @Test func aPortThatIsOpenAlreadyIsShared() async throws {
        try await withDaemon { first in
            let second = try await RunningDaemon.start(first.executable, first.home, ["--port", "\(first.port)"])
            #expect(second.port == first.port)
            second.process.send(SIGTERM)
            #expect(try await second.process.finish().status == .exited(0))
            #expect(try await first.answers(200))
        }
    }

    @Test func aPortThatCannotBeOpenedIsSaid() async throws {
        try await withDaemon { stranger in
            try await withDaemon { first in
                let outcome = try await first.apus("daemon", "--port", "\(stranger.port)")
                #expect(outcome.status == .exited(1), "\(outcome.everything)")
                #expect(outcome.diagnostics.contains("another program has it"))
                #expect(try await first.answers(200))
            }
        }
    }

    @Test(arguments: 1...3)
    func ofTwoAtOnceOneWinsAndTheOtherAttaches(round: Int) async throws {
        try await withHome { executable, home in
            async let one = RunningDaemon.start(executable, home)
            async let other = RunningDaemon.start(executable, home)
            let daemons = [try await one, try await other]
            defer { for daemon in daemons { daemon.process.send(SIGKILL) } }
            for daemon in daemons { #expect(try await daemon.answers(200)) }
            #expect(try await daemons[0].status()["listeners"]?.arrayValue?.count == 2)
            #expect(try await daemons[0].apus("daemon", "stop").status == .exited(0))
            for daemon in daemons { #expect(try await daemon.process.finish().status == .exited(0)) }
        }
    }

    @Test func whoIsAttachedToAKilledDaemonSaysSo() async throws {
        try await withDaemon { first in
            let second = try await RunningDaemon.start(first.executable, first.home)
            first.process.send(SIGKILL)
            _ = try await first.process.finish()
            let outcome = try await second.process.finish()
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(outcome.diagnostics.contains("ended without saying so"))
        }
    }
}
