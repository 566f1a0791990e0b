import ApusTesting
import ApusTransport
import Synchronization
import Testing

@testable import OptaSDK

/// A stream of events that is cut at random, over and over: nothing comes twice, nothing is lost.
struct RandomCutTests {
    /// Plays one session to sockets that it cuts by itself.
    private final class CuttingDaemon: Sendable {
        private struct State {
            var now = 0
            var cuts: Int
            var generator: SplitMix
        }

        let frames: [Frame]
        private let logsTokens: Bool
        private let state: Mutex<State>

        init(turns: Int, cuts: Int, logsTokens: Bool, seed: UInt64) {
            var frames: [Frame] = []
            for turn in 0..<turns {
                let id = "T\(turn)"
                frames.append(.start(frames.count + 1, turn: id))
                for piece in 0..<12 {
                    if piece == 6 {
                        frames.append(Frame(frames.count + 1, "tool.start", ["turnId": .string(id), "name": "x", "args": "{}"]))
                    }
                    frames.append(.token(frames.count + 1, "<\(turn).\(piece)>", turn: id))
                }
                frames.append(.done(frames.count + 1, turn: id))
            }
            self.frames = frames
            self.logsTokens = logsTokens
            state = Mutex(State(cuts: cuts, generator: SplitMix(state: seed)))
        }

        var cutsLeft: Int { state.withLock { $0.cuts } }
        func text(_ turn: Int) -> String { (0..<12).map { "<\(turn).\($0)>" }.joined() }

        func isLogged(_ frame: Frame) -> Bool { logsTokens || frame.event != "turn.token" }

        /// What one connection says before it is cut; `false` when it is the last one and stays.
        func serve(after cursor: Int) -> (frames: [Frame], isCut: Bool) {
            state.withLock { state in
                let isCut = state.cuts > 0
                state.cuts -= isCut ? 1 : 0
                let replay = frames[..<state.now].filter { $0.seq > cursor && isLogged($0) }
                let shown = isCut ? Int.random(in: 0...replay.count, using: &state.generator) : replay.count
                if isCut, shown < replay.count { return (Array(replay[..<shown]), true) }
                // The script takes as long as there are cuts.
                let step = isCut ? (Int.random(in: 0..<4, using: &state.generator) == 0 ? 1 : 0) : frames.count
                let end = min(state.now + step, isCut ? frames.count - 1 : frames.count)
                let live = frames[state.now..<max(end, state.now)].filter { $0.seq > cursor }
                state.now = max(end, state.now)
                return (replay + live, isCut)
            }
        }

        func answer(_ request: HTTPRequest) -> HTTPResponse {
            let now = state.withLock { $0.now }
            let starts = frames[..<now].filter { $0.event == "turn.start" }.count
            let dones = frames[..<now].filter { $0.event == "turn.done" }.count
            var messages: [JSON] = []
            for turn in 0..<dones {
                messages += [["role": "user", "content": "q"], ["role": "assistant", "content": .string(text(turn))]]
            }
            var session: JSONMembers = ["sessionId": "s", "messages": .array(messages)]
            if starts > dones { session["activeTurnId"] = .string("T\(dones)") }
            if request.url.contains("/events") {
                let after = request.url.split(separator: "=").last.flatMap { Int($0) } ?? 0
                let log = frames[..<now].filter { isLogged($0) && $0.seq > after }.map(\.text).joined(separator: ",")
                return .json(200, "{\"events\":[\(log)]}")
            }
            return .json(200, JSON.object(session).text)
        }
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private func client(_ daemon: CuttingDaemon) -> DaemonClient {
        let dialer = SocketDialer { access, target, _ in
            let (client, server) = MemoryChannel.pair()
            let socket = StubSocket(access: access, target: target, channel: server)
            return CutLink(channel: client, socket: socket) {
                let cursor = Int(target.split(separator: "=").last ?? "0") ?? 0
                let (frames, isCut) = daemon.serve(after: cursor)
                for frame in frames { await socket.send(frame) }
                if isCut { socket.close(1_006) }
            }
        }
        return DaemonClient(
            endpoint: DaemonEndpoint(DaemonAccess(host: "127.0.0.1", port: 1, token: "t")),
            transport: MemoryHTTPTransport { request async throws(HTTPTransportError) in daemon.answer(request) }, dialer: dialer,
            clock: .impatient, schedule: ReconnectSchedule(jitter: { 0.5 }))
    }

    @Test(arguments: 0..<10) func ofADaemonThatLogsAllNothingIsLostAndNothingComesTwice(seed: UInt64) async throws {
        let daemon = CuttingDaemon(turns: 16, cuts: 1_000, logsTokens: true, seed: seed)
        let ws = client(daemon).connectWebSocket(sessionID: "s")
        let events = try await take(daemon.frames.count, ws.events)
        #expect(events.map(\.seq) == daemon.frames.map { Int64($0.seq) })
        #expect(events.map(\.payload) == daemon.frames.map(\.payload))
        #expect(daemon.cutsLeft == 0)
        await ws.close()
    }

    @Test(arguments: 0..<4) func ofADaemonThatLogsNoTokensTheTextIsWhole(seed: UInt64) async throws {
        let daemon = CuttingDaemon(turns: 8, cuts: 250, logsTokens: false, seed: seed)
        let ws = client(daemon).connectWebSocket(sessionID: "s")
        let last = Int64(daemon.frames.count)
        let events = try await within {
            var events: [DaemonEvent] = []
            for try await event in ws.events {
                events.append(event)
                if event.seq == last, event.isStop { break }
            }
            return events
        }
        let sent = events.filter { !$0.isLocal }.map(\.seq)
        #expect(sent == Array(Set(sent)).sorted())
        let logged = daemon.frames.filter { daemon.isLogged($0) }.map { Int64($0.seq) }
        #expect(Set(logged).isSubset(of: sent))
        for turn in 0..<8 {
            let own = events.filter { $0.turnID == "T\(turn)" }
            let shown = own.compactMap(\.token).joined()
            let reconciled = own.compactMap { event -> String? in
                guard case .turnText(let text) = event.kind else { return nil }
                return text.text
            }
            #expect((reconciled.last ?? shown) == daemon.text(turn))
        }
        #expect(daemon.cutsLeft == 0)
        await ws.close()
    }
}

/// A link whose server speaks as soon as it is opened.
private final class CutLink: SocketLink {
    private let channel: MemoryChannel
    // Held, as its end of the channel is.
    private let socket: StubSocket
    private let onOpen: @Sendable () async -> Void

    init(channel: MemoryChannel, socket: StubSocket, onOpen: @escaping @Sendable () async -> Void) {
        self.channel = channel
        self.socket = socket
        self.onOpen = onOpen
    }

    var framesHeard: Int { 0 }
    func connect() async throws(TransportError) { await onOpen() }
    func send(_ message: [UInt8]) async throws(TransportError) { try await channel.send(message) }
    func receive() async throws(TransportError) -> [UInt8]? { try await channel.receive() }
    func close() async { await channel.close() }
    func ping() async throws(TransportError) {}
}
