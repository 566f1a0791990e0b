import NIOCore
import NIOPosix
import NIOWebSocket
import Synchronization

/// A WebSocket to a server (`droid.md` §1.7, §2.3; `opta-v3.md` §3): opened with retries, answers pings, never opened again by itself.
///
/// - Limits: messages up to ``messageLimit`` bytes; what was not read is kept up to that of ``IncomingMessages``, then the socket is not
///   read until there is room.
package final class WebSocketClient: MessageChannel {
    private enum State {
        case idle
        case connecting
        case open(any Channel)
        case closed
    }

    package static let messageLimit = 32 << 20
    private static let closeTimeout = Duration.seconds(5)

    private let url: String
    private let headers: [HTTPRequest.Header]
    private let schedule: ConnectSchedule
    private let clock: TransportClock
    private let trust: ServerTrust
    private let closeReason: String
    private let incoming: IncomingMessages
    private let state = Mutex(State.idle)

    /// - Parameters:
    ///   - headers: Of the request to switch, beside those of the protocol. A value with a control character fails the attempt.
    ///   - closeReason: What the server is told when this end closes, with code 1000.
    ///   - trust: Whose certificates count.
    package init(
        url: String, headers: [HTTPRequest.Header] = [], schedule: ConnectSchedule, closeReason: String, clock: TransportClock = .system,
        trust: ServerTrust = .system,
        incomingLimit: Int = 64 << 20
    ) {
        self.url = url
        self.headers = headers
        self.schedule = schedule
        self.closeReason = closeReason
        self.clock = clock
        self.trust = trust
        incoming = IncomingMessages(limit: incomingLimit)
    }

    /// How many frames of any kind came, pongs among them: a peer is alive while this rises.
    package var framesHeard: Int { incoming.framesHeard }

    /// Asks the server for a sign of life; it shows in ``framesHeard``.
    package func ping() async throws(TransportError) {
        guard case .open(let channel) = state.withLock({ $0 }) else { throw .notConnected }
        let frame = WebSocketFrame(fin: true, opcode: .ping, maskKey: .random(), data: channel.allocator.buffer(capacity: 0))
        do {
            try await channel.writeAndFlush(frame)
        } catch {
            throw .sendFailed("\(error)")
        }
    }

    package func connect() async throws(TransportError) {
        let address = try WebSocketAddress(url)
        for header in headers where header.value.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) {
            // The value is not told: it may be a credential.
            throw .connectFailed("the value of the header \"\(header.name)\" has a control character")
        }
        let isFirst = state.withLock { state -> Bool in
            guard case .idle = state else { return false }
            state = .connecting
            return true
        }
        if !isFirst { throw .alreadyConnected }
        var retry = 0
        while true {
            do throws(TransportError) {
                let channel = try await attempt(address)
                let isWanted = state.withLock { state -> Bool in
                    guard case .connecting = state else { return false }
                    state = .open(channel)
                    return true
                }
                if isWanted { return }
                channel.close(promise: nil)
                throw .notConnected
            } catch {
                if retry >= schedule.retries || Task.isCancelled {
                    state.withLock { state in if case .connecting = state { state = .idle } }
                    throw error
                }
                do {
                    try await clock.sleep(schedule.pause(retry))
                } catch {
                    state.withLock { state in if case .connecting = state { state = .idle } }
                    throw .connectFailed("cancelled")
                }
                retry += 1
            }
        }
    }

    package func send(_ message: [UInt8]) async throws(TransportError) {
        guard case .open(let channel) = state.withLock({ $0 }) else { throw .notConnected }
        let data = channel.allocator.buffer(bytes: message)
        let frame = WebSocketFrame(fin: true, opcode: .text, maskKey: .random(), data: data)
        do {
            try await channel.writeAndFlush(frame)
        } catch {
            throw .sendFailed("\(error)")
        }
    }

    package func receive() async throws(TransportError) -> [UInt8]? {
        try await incoming.next {
            if case .open(let channel) = state.withLock({ $0 }) { _ = channel.setOption(.autoRead, value: true) }
        }
    }

    package func close() async {
        let before = state.withLock { state -> State in
            defer { state = .closed }
            return state
        }
        incoming.finish()
        guard case .open(let channel) = before else { return }
        var data = channel.allocator.buffer(capacity: 2 + closeReason.utf8.count)
        data.write(webSocketErrorCode: .normalClosure)
        data.writeString(closeReason)
        // A server that went first cannot be told any more.
        channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: .random(), data: data), promise: nil)
        _ = channel.setOption(.autoRead, value: true)
        let closed = SingleWaiter(false)
        channel.closeFuture.whenComplete { _ in closed.change { $0 = true } }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await closed.wait { $0 } }
            // A sleep that was cancelled says only that the other one is through.
            group.addTask { [clock] in try? await clock.sleep(WebSocketClient.closeTimeout) }
            await group.next()
            group.cancelAll()
        }
        channel.close(promise: nil)
    }

    private func attempt(_ address: WebSocketAddress) async throws(TransportError) -> any Channel {
        let dial = WebSocketDial(
            address: address, headers: headers, trust: trust, incoming: incoming, messageLimit: WebSocketClient.messageLimit)
        let limit = schedule.attemptTimeout
        let outcome = await withTaskGroup(of: Result<any Channel, TransportError>?.self) { group in
            group.addTask { await dial.connect() }
            group.addTask { [clock] in
                do {
                    try await clock.sleep(limit)
                    let milliseconds = limit.components.seconds * 1_000 + limit.components.attoseconds / 1_000_000_000_000_000
                    return .failure(.connectTimeout(milliseconds: milliseconds, url: address.url))
                } catch {
                    return nil
                }
            }
            var outcome: Result<any Channel, TransportError>?
            while outcome == nil, let next = await group.next() { outcome = next }
            group.cancelAll()
            return outcome
        }
        guard let outcome else { throw .connectFailed("cancelled") }
        if case .failure = outcome { dial.giveUp() }
        return try outcome.get()
    }
}
