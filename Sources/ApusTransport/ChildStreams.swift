import ApusBase
import NIOCore
import Synchronization

/// Cuts a child's standard output into lines. What is no object is free text that got there by mistake and is passed over.
final class LineHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let incoming: IncomingMessages
    private let ended: @Sendable () -> Void
    private var framing = LineFraming()

    init(incoming: IncomingMessages, ended: @escaping @Sendable () -> Void) {
        self.incoming = incoming
        self.ended = ended
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do {
            var pause = false
            for line in try framing.push(Array(unwrapInboundIn(data).readableBytesView)) where line.first == UInt8(ascii: "{") {
                pause = incoming.push(line)
            }
            if pause { _ = context.channel.setOption(.autoRead, value: false) }
        } catch {
            incoming.finish(.messageTooLong(limit: ByteLimit.lineBytes))
            context.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { ended() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Feeds a child's standard error to its tail.
final class TailHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let tail: StandardErrorTail

    init(_ tail: StandardErrorTail) { self.tail = tail }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { tail.append(Array(unwrapInboundIn(data).readableBytesView)) }

    func channelInactive(context: ChannelHandlerContext) {
        tail.errorsEnded()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// The last of what a child wrote to its standard error, without secrets; and whether both of its streams are at their end.
package final class StandardErrorTail: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var redaction: ByteRedaction
        var isOutputAtEnd = false
        var areErrorsAtEnd = false
    }

    package static let limit = 16 << 10
    private let state: Mutex<State>

    package init(secrets: [String]) {
        state = Mutex(State(redaction: ByteRedaction(Redaction(secrets: secrets))))
    }

    package func append(_ bytes: [UInt8]) {
        state.withLock { state in
            state.bytes += state.redaction.push(bytes)
            if state.bytes.count > 2 * StandardErrorTail.limit { state.bytes.removeFirst(state.bytes.count - StandardErrorTail.limit) }
        }
    }

    package var text: String {
        state.withLock { state in
            state.bytes += state.redaction.finish()
            return String(decoding: state.bytes.suffix(StandardErrorTail.limit), as: UTF8.self)
        }
    }

    package func outputEnded() { state.withLock { $0.isOutputAtEnd = true } }
    package func errorsEnded() { state.withLock { $0.areErrorsAtEnd = true } }

    /// A grandchild may hold the streams open for ever, so this ends after a while in any case.
    func drained(within limit: Duration, _ clock: TransportClock) async {
        let end = clock.now() + limit
        while clock.now() < end, !state.withLock({ $0.isOutputAtEnd && $0.areErrorsAtEnd }) {
            do { try await clock.sleep(.milliseconds(5)) } catch { return }
        }
    }
}

/// That a process ended, for whoever waits and whoever asks.
final class ProcessEndSignal: Sendable {
    private let state = Mutex<TransportError?>(nil)

    func set(_ error: TransportError) { state.withLock { $0 = $0 ?? error } }
    var error: TransportError? { state.withLock { $0 } }

    /// Polled: it is asked at most once in a process's life, and for seconds.
    func isSet(within limit: Duration, _ clock: TransportClock) async -> Bool {
        let end = clock.now() + limit
        while error == nil, clock.now() < end {
            do { try await clock.sleep(.milliseconds(5)) } catch { break }
        }
        return error != nil
    }
}
