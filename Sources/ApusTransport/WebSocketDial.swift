import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Synchronization

/// One attempt to open a WebSocket. Can be given up at any time, without waiting for the network.
final class WebSocketDial: Sendable {
    typealias Outcome = Result<any Channel, TransportError>

    private struct State {
        var outcome: Outcome?
        var waiting: CheckedContinuation<Outcome, Never>?
        var channel: (any Channel)?
        var isGivenUp = false
    }

    private let address: WebSocketAddress
    private let headers: [HTTPRequest.Header]
    private let trust: ServerTrust
    private let incoming: IncomingMessages
    private let messageLimit: Int
    private let state = Mutex(State())
    private let answer = Answer()

    /// What the server said to the request.
    private final class Answer: Sendable {
        let status = Mutex<HTTPResponseStatus?>(nil)
    }

    /// Notes the answer's status on its way, and leaves before anything but HTTP comes.
    private final class AnswerReader: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = HTTPClientResponsePart
        typealias InboundOut = HTTPClientResponsePart

        private let answer: Answer

        init(_ answer: Answer) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if case .head(let head) = unwrapInboundIn(data) { answer.status.withLock { $0 = head.status } }
            context.fireChannelRead(data)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        }
    }

    init(
        address: WebSocketAddress, headers: [HTTPRequest.Header], trust: ServerTrust, incoming: IncomingMessages, messageLimit: Int
    ) {
        self.address = address
        self.headers = headers
        self.trust = trust
        self.incoming = incoming
        self.messageLimit = messageLimit
    }

    func connect() async -> Outcome {
        start()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiting in
                let outcome = state.withLock { state -> Outcome? in
                    if state.outcome == nil { state.waiting = waiting }
                    return state.outcome
                }
                if let outcome { waiting.resume(returning: outcome) }
            }
        } onCancel: {
            finish(.failure(.connectFailed("cancelled")))
        }
    }

    /// Closes what is half open. A channel that was handed out already is its owner's.
    func giveUp() {
        let channel = state.withLock { state -> (any Channel)? in
            state.isGivenUp = true
            return state.channel
        }
        channel?.close(promise: nil)
    }

    private func finish(_ outcome: Outcome) {
        let (waiting, late) = state.withLock { state -> (CheckedContinuation<Outcome, Never>?, Bool) in
            if state.outcome != nil { return (nil, true) }
            state.outcome = outcome
            defer { state.waiting = nil }
            return (state.waiting, false)
        }
        waiting?.resume(returning: outcome)
        // Opened after somebody stopped waiting for it.
        if late, case .success(let channel) = outcome { channel.close(promise: nil) }
    }

    private func start() {
        let upgraded = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            // The attempt has a deadline of its own, by a clock that a test can turn.
            .connectTimeout(.hours(1))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { [self] channel in channel.eventLoop.makeCompletedFuture { try prepare(channel) } }
            .connect(host: address.host, port: address.port)
        upgraded.whenFailure { [self] error in finish(.failure(.connectFailed(WebSocketDial.text(of: error)))) }
    }

    private func prepare(_ channel: any Channel) throws {
        let isGivenUp = state.withLock { state -> Bool in
            state.channel = channel
            return state.isGivenUp
        }
        if isGivenUp { throw TransportError.connectFailed("cancelled") }
        if address.isSecure {
            let context = try NIOSSLContext(configuration: trust.configuration() ?? .makeClientConfiguration())
            // An address is no name that a server could be asked for.
            let isName = (try? SocketAddress(ipAddress: address.host, port: 0)) == nil
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLClientHandler(context: context, serverHostname: isName ? address.host : nil))
        }
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: address.target)
        head.headers.add(name: "Host", value: address.authority)
        for header in headers { head.headers.add(name: header.name, value: header.value) }
        let upgrader = NIOTypedWebSocketClientUpgrader<any Channel>(maxFrameSize: messageLimit) { [incoming, messageLimit] channel, _ in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                    WebSocketClientHandler(incoming: incoming, messageLimit: messageLimit))
                return channel
            }
        }
        var configuration = NIOUpgradableHTTPClientPipelineConfiguration<any Channel>(
            upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration(
                upgradeRequestHead: head, upgraders: [upgrader],
                notUpgradingCompletionHandler: { [answer] channel in
                    let status = answer.status.withLock { $0 }.map { "\($0.code) \($0.reasonPhrase)" } ?? "nothing of HTTP"
                    return channel.eventLoop.makeFailedFuture(TransportError.switchRefused(status: status))
                }))
        // The first frame may come in one packet with the answer.
        configuration.leftOverBytesStrategy = .forwardBytes
        let result = try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: configuration)
        let decoder = try channel.pipeline.syncOperations.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
        try channel.pipeline.syncOperations.addHandler(AnswerReader(answer), position: .after(decoder))
        result.whenComplete { [self] result in
            switch result {
            case .success(let channel): finish(.success(channel))
            case .failure(let error):
                finish(.failure(WebSocketDial.refusal(error)))
                channel.close(promise: nil)
            }
        }
    }

    private static func refusal(_ error: any Error) -> TransportError {
        switch error {
        case let error as TransportError: error
        case ChannelError.inputClosed, ChannelError.eof, ChannelError.alreadyClosed, ChannelError.ioOnClosedChannel:
            .closedBeforeOpening(code: 1006, reason: "")
        default: .connectFailed(text(of: error))
        }
    }

    static func text(of error: any Error) -> String {
        if let error = error as? NIOConnectionError, let first = error.connectionErrors.first { return text(of: first.error) }
        if let error = error as? IOError { return error.description }
        return "\(error)"
    }
}
