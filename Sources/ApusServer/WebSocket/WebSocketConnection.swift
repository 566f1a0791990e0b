package import ApusFronts
import NIOCore
import Synchronization

/// One WebSocket: what its front reads, what it sends, and the end.
package final class WebSocketConnection: FrameSink, LiveConnection {
    /// Told to the handlers on the event loop.
    enum Order: Sendable {
        case write
        case read
        /// A key was shown that counts.
        case authenticated
        case close(CloseReason)
        /// Closed soon, whatever the peer takes.
        case cut(CloseReason)
    }

    package let frames: FrameInbox
    /// As seen by the socket, for the log.
    package let peer: String
    let outbox: FrameOutbox
    private let channel: any Channel
    private let reason = Mutex<CloseReason?>(nil)

    init(channel: any Channel, limits: ListenerLimits) {
        self.channel = channel
        peer = channel.remoteAddress.map { $0.ipAddress ?? "\($0)" } ?? "unknown"
        frames = FrameInbox(maximumBytes: limits.inboxBytes, maximumMessages: limits.inboxMessages) { [channel] in
            channel.triggerUserOutboundEvent(Order.read, promise: nil)
        }
        outbox = FrameOutbox(maximumBytes: limits.outboxBytes) { [channel] in
            channel.triggerUserOutboundEvent(Order.write, promise: nil)
        }
    }

    package func send(_ frames: [[UInt8]]) async throws(ConnectionOver) { try await outbox.send(frames) }

    /// The peer is known now: it may stay and say more.
    func authenticated() { channel.triggerUserOutboundEvent(Order.authenticated, promise: nil) }

    /// Sends what waits and a close frame; the first reason stays. Returns at once: ``ended()`` waits.
    package func close(_ reason: CloseReason) {
        note(reason)
        channel.triggerUserOutboundEvent(Order.close(reason), promise: nil)
    }

    /// Sends `last` and a close frame in place of what waits; ended within half a second. Returns at once.
    func cut(_ last: [UInt8], _ reason: CloseReason) {
        note(reason)
        outbox.cut(last)
        channel.triggerUserOutboundEvent(Order.cut(reason), promise: nil)
    }

    /// Why this side ends it; `nil` while it does not. The first reason stays.
    package var ending: CloseReason? { reason.withLock { $0 } }

    func note(_ reason: CloseReason) { self.reason.withLock { $0 = $0 ?? reason } }

    func farewell() { close(.goingAway) }
    func abort() { channel.close(promise: nil) }

    package func ended() async {
        // Closing fails nowhere that matters here: closed is closed.
        _ = try? await channel.closeFuture.get()
    }
}
