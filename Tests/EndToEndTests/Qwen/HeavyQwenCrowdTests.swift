import ApusBase
import ApusTestServer
import Foundation
import NIOCore
import NIOPosix
import QwenSDK
import Synchronization
import Testing

/// A thousand readers of two hundred sessions, some of which stopped reading: the others lose nothing, and those are told.
@Suite struct HeavyQwenCrowdTests {
    private static let sessions = 200
    private static let perSession = 5
    /// Sessions that say much, and have one reader each that is stuck.
    private static let loud = 5
    private static let loudPieces = 600

    @Test(.timeLimit(.minutes(6))) func aThousandReadersAndSomeOfThemStuck() async throws {
        let kilobyte = String(repeating: "k", count: 1_000)
        func reply(_ pieces: Int) -> Reply {
            .stream(StreamedReply([.text((0..<pieces).flatMap { _ in [Fragment.piece(kilobyte), .pause(milliseconds: 10)] })]))
        }
        let script = Script([
            ScriptStep(reply(Self.loudPieces), when: .body(contains: "be loud"), times: .forever),
            ScriptStep(reply(20), when: .body(contains: "be quiet"), times: .forever),
        ])
        try await withStage(.anthropic, script) { stage in
            let words = ["--port", "0", "--max-sessions", "0", "--max-connections", "0", "--non-blocking-prompts"]
            let server = try await RunningQwenServer.start(stage.executable, stage.home, words)
            defer { server.process.send(SIGKILL) }
            let before = try residentMiB(server.process.pid)
            try await withDaemonClient(baseURL: "http://127.0.0.1:\(server.port)") { client in
                var ids: [String] = []
                for _ in 0..<Self.sessions {
                    ids.append(
                        try await client.createOrAttachSession(workspaceCwd: stage.home.work, sessionScope: .thread).sessionId)
                }
                // No reader is stuck for so long that it counts as gone: those who say much do so last.
                let order = Array(ids.enumerated().reversed())
                var stuck: [StuckReader] = []
                var peak = before
                let readers = try await withThrowingTaskGroup(of: (String, Heard).self) { group in
                    for (index, id) in ids.enumerated() {
                        for _ in 0..<(Self.perSession - (index < Self.loud ? 1 : 0)) {
                            group.addTask { (id, try await Self.listen(client, id)) }
                        }
                    }
                    for (index, id) in order {
                        if index < Self.loud { stuck.append(try await StuckReader.open(server.port, id)) }
                        let text = index < Self.loud ? "be loud" : "be quiet"
                        _ = try await client.submitPrompt(id, prompt: [.text(text)])
                        let now = try residentMiB(server.process.pid)
                        peak = max(peak, now)
                    }
                    var all: [String: [Heard]] = [:]
                    for try await (id, heard) in group { all[id, default: []].append(heard) }
                    return all
                }
                let grown = peak - before
                for (index, id) in ids.enumerated() {
                    let heard = readers[id] ?? []
                    #expect(heard.count == Self.perSession - (index < Self.loud ? 1 : 0))
                    let bytes = (index < Self.loud ? Self.loudPieces : 20) * 1_000
                    // All of it, in order, and nobody was put out.
                    #expect(heard.allSatisfy { $0.bytes == bytes && $0.isInOrder && !$0.wasPutOut })
                    #expect(Set(heard.map(\.frames)).count == 1)
                }
                // What was kept for them is no more than their bound, and then they are told.
                var kept: [Int] = []
                for reader in stuck {
                    let text = try await reader.everything()
                    #expect(text.contains("event: client_evicted\n"), "\(text.suffix(300))")
                    kept.append(text.utf8.count)
                }
                // 256 frames of a kilobyte of text told twice, and what stood in the sockets.
                #expect(kept.allSatisfy { $0 < 256 * 4_096 + (1 << 20) })
                let deep = try await client.health(deep: true)
                #expect(deep.status == "ok")
                let frames = readers.values.joined().map(\.frames).reduce(0, +)
                print("\(Self.sessions * Self.perSession) readers, \(frames) frames; stuck ones were sent \(kept.max() ?? 0) bytes at most")
                print("resident memory of the server: \(before) MiB before, \(grown) MiB more at its peak")
            }
        }
    }

    private struct Heard: Sendable {
        var frames = 0
        var bytes = 0
        var isInOrder = true
        var wasPutOut = false
    }

    private static func listen(_ client: DaemonClient, _ session: String) async throws -> Heard {
        var heard = Heard()
        var last: Int64 = 0
        for try await event in client.subscribeEvents(session, lastEventID: 0) {
            // Frames without a number are made for one reader: a warning that it was behind for a while is no loss.
            if event.id != nil { heard.frames += 1 }
            heard.bytes += event.text?.utf8.count ?? 0
            if event.type == "client_evicted" { heard.wasPutOut = true }
            if let id = event.id {
                if id <= last { heard.isInOrder = false }
                last = id
            }
            if event.type == "turn_complete" || event.type == "turn_error" { break }
        }
        return heard
    }

    private func residentMiB(_ pid: Int32) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let match = try #require(text.firstMatch(of: /VmRSS:\s+(\d+) kB/))
        return (Int(match.output.1) ?? 0) >> 10
    }
}

/// Asks for the events of a session and takes none of them until it is told to.
private final class StuckReader: Sendable {
    private let channel: any Channel
    private let collector: Collector

    private init(_ channel: any Channel, _ collector: Collector) {
        self.channel = channel
        self.collector = collector
    }

    static func open(_ port: Int, _ session: String) async throws -> StuckReader {
        let collector = Collector()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: false)
            .channelOption(.socketOption(.so_rcvbuf), value: 4_096)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Gatherer(collector)) }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let head = "GET /session/\(session)/events HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nLast-Event-ID: 0\r\n\r\n"
        try await channel.writeAndFlush(ByteBuffer(string: head))
        return StuckReader(channel, collector)
    }

    /// Reads at last, to the end.
    func everything() async throws -> String {
        try await channel.setOption(.autoRead, value: true).get()
        channel.read()
        try await eventually(within: .seconds(60)) {
            self.collector.text.withLock { $0.contains("\r\n0\r\n\r\n") } || !self.channel.isActive
        }
        try? await channel.close()
        return collector.text.withLock { $0 }
    }

    final class Collector: Sendable {
        let text = Mutex("")
    }

    private final class Gatherer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let collector: Collector

        init(_ collector: Collector) { self.collector = collector }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let piece = String(buffer: unwrapInboundIn(data))
            collector.text.withLock { $0 += piece }
        }
    }
}
