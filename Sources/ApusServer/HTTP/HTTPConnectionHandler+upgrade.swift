import ApusFronts
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// A connection goes on as a WebSocket: the answer is 101, HTTP's handlers make room, and this one is done.
extension HTTPConnectionHandler: RemovableChannelHandler {
    /// Frames that came behind the request's head are not lost: the decoder kept them, and hands them on when it goes.
    func upgrade(
        _ exchange: HTTPExchange, _ connection: WebSocketConnection, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?
    ) {
        if isWindingDown || hasPeerEnded {
            promise?.fail(ChannelError.ioOnClosedChannel)
            if hasPeerEnded { return context.close(promise: nil) }
            return refuse(.serviceUnavailable, "The daemon is stopping.", context)
        }
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: "/",
            headers: ["sec-websocket-version": "13", "sec-websocket-key": exchange.head.value("sec-websocket-key") ?? ""])
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        // Chooses no subprotocol and no extension; here it answers at once.
        NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
        ).buildUpgradeResponse(channel: context.channel, upgradeRequest: head, initialResponseHeaders: [:]).whenComplete { result in
            let (handler, context) = bound.value
            do {
                try handler.switchOver(to: connection, answering: try result.get(), context)
                promise?.succeed()
            } catch {
                promise?.fail(error)
                context.close(promise: nil)
            }
        }
    }

    private func switchOver(to connection: WebSocketConnection, answering headers: HTTPHeaders, _ context: ChannelHandlerContext) throws {
        let channel = context.channel
        let pipeline = context.pipeline.syncOperations
        var headers = headers
        headers.add(name: "date", value: HTTPDate.now)
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // The end of a peer's side is the connection's from now on, and what comes may be much.
        let options = channel.syncOptions
        try options?.setOption(.allowRemoteHalfClosure, value: false)
        try options?.setOption(.recvAllocator, value: AdaptiveRecvByteBufferAllocator())
        try options?.setOption(.maxMessagesPerRead, value: 4)
        let pace = PeerPace()
        let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self)
        let outbound = [
            try pipeline.context(handlerType: HTTPResponseEncoder.self),
            try pipeline.context(handlerType: NIOHTTPResponseHeadersValidator.self),
        ]
        try pipeline.addHandler(pace, position: .first)
        try pipeline.addHandler(StrangerBudget(bytes: limits.unauthenticatedBytes), position: .before(decoder.handler))
        try pipeline.addHandlers([
            WebSocketFrameEncoder(), ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: limits.messageBytes)),
            WebSocketHandler(connection, pace, limits: limits, waitsForFront: true),
        ])
        for handler in outbound { pipeline.removeHandler(context: handler, promise: nil) }
        // It goes on as something else: nobody is told that it has ended.
        current = Current()
        pipeline.removeHandler(context: context, promise: nil)
        pipeline.removeHandler(context: decoder).whenSuccess {
            channel.pipeline.fireChannelReadComplete()
            // Reads that were held back here are asked for there.
            channel.read()
        }
    }
}
