import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import Synchronization
import Testing

/// The place that was made for a run is left once, on every way the run can end, before the result is written.
@Suite(.timeLimit(.minutes(5))) struct ExecWorkplaceTests {
    private final class Place: ExecWorkplace {
        let calls = Mutex<[Bool]>([])
        let order = Mutex<[String]>([])

        func leave(_ processes: [BackgroundProcess], isHurried: Bool) async -> ExecWorktree {
            calls.withLock { $0.append(isHurried) }
            order.withLock { $0.append("left") }
            return ExecWorktree(path: "/w-wt-x", branch: "x", isKept: true, remark: "It is kept.")
        }
    }

    private func run(
        _ house: ExecHouse, _ request: ExecRequest, _ place: Place, hasReader: Bool = true, stop: AsyncStream<Int32> = AsyncStream { _ in }
    ) async throws -> Printed {
        let output = Watched<[UInt8]>([])
        let diagnostics = Watched<[String]>([])
        let streams = ExecStreams(
            output: { bytes in
                if !hasReader { throw BrokenPipe() }
                place.order.withLock { $0.append("wrote") }
                output.change { $0 += bytes }
            }, diagnostics: { text in diagnostics.change { $0.append(text) } })
        var services = house.services
        services.endPrograms = { place.order.withLock { $0.append("ended programs") } }
        let code = try await within { [services] in
            await ExecRun(request, services: services, streams: streams, workplace: place).run(stop: stop)
        }
        return Printed(
            code: code, output: String(decoding: output.value, as: UTF8.self), diagnostics: diagnostics.value.joined(separator: "\n"))
    }

    @Test func theResultSaysWhatBecameOfIt() async throws {
        let house = ExecHouse(ScriptedModel(.text("fine")))
        try await house.running {
            let place = Place()
            let printed = try await run(house, ExecHouse.request(format: .json), place)
            #expect(printed.code == 0)
            let result = try #require(try printed.lines().first)
            #expect(result["worktree"] == ["path": "/w-wt-x", "branch": "x", "kept": true])
            #expect(printed.diagnostics == "It is kept.")
            #expect(place.calls.withLock { $0 } == [false])
            // Servers may work in it: they go first.
            #expect(place.order.withLock { $0 } == ["ended programs", "left", "wrote"])
        }
    }

    @Test func theStreamEndsWithIt() async throws {
        let house = ExecHouse(ScriptedModel(.text("fine")))
        try await house.running {
            let printed = try await run(house, ExecHouse.request(format: .streamJSON), Place())
            #expect(try printed.lines().last?["worktree"]?["branch"] == "x")
        }
    }

    @Test func aRunThatCannotBeginLeavesItToo() async throws {
        let house = ExecHouse(ScriptedModel(.text("fine")))
        try await house.running {
            let place = Place()
            let printed = try await run(house, ExecHouse.request(.resume("no-such-session"), format: .json), place)
            #expect(printed.code == 1)
            #expect(try printed.lines().first?["worktree"]?["kept"] == true)
            #expect(place.calls.withLock { $0 } == [false])
        }
    }

    @Test func aRunThatNobodyReadsLeavesItToo() async throws {
        let house = ExecHouse(ScriptedModel(.text("fine")))
        try await house.running {
            let place = Place()
            let printed = try await run(house, ExecHouse.request(format: .streamJSON), place, hasReader: false)
            #expect(printed.code == 1)
            #expect(place.calls.withLock { $0 }.count == 1)
        }
    }

    @Test func aForkWithoutAPromptLeavesItToo() async throws {
        let house = ExecHouse(ScriptedModel(.text("fine")))
        try await house.running {
            _ = try await house.run(ExecHouse.request())
            let session = try await house.onlySession()
            let place = Place()
            let printed = try await run(house, ExecHouse.request(.fork(session.rawValue), prompt: nil, format: .json), place)
            #expect(printed.code == 0, "\(printed)")
            #expect(place.calls.withLock { $0 } == [false])
        }
    }
}
