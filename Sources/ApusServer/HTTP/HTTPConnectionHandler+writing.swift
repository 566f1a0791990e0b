import ApusFronts
import NIOCore
import NIOHTTP1

/// What waits for a peer, and since when it has taken nothing.
struct WritingProgress {
    var unsentBytes = 0
    var lastTaken = NIODeadline.uptimeNanoseconds(0)
    var watch: Scheduled<Void>?

    mutating func end() {
        watch?.cancel()
        watch = nil
    }
}

extension HTTPConnectionHandler {
    /// What is written goes down in pieces of this size, so that a slow peer shows that it takes something.
    private static var pieceBytes: Int { 16 << 10 }

    func write(_ answer: HTTPAnswer, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        if !canSkipRest { closes = true }
        let framed = HTTPAnswerHead(answer, method: current.method, version: current.version, closes: &closes)
        stage = .answering
        context.write(wrapOutboundOut(.head(framed.head)), promise: nil)
        switch framed.content {
        case .none: finish(context, promise)
        case .bytes(let bytes):
            write(bytes, context)
            finish(context, promise)
        case .stream:
            current.isStreaming = true
            context.flush()
            promise?.succeed()
            // Somebody who still wants a stream keeps the connection whole.
            if hasPeerEnded { context.close(promise: nil) }
        }
    }

    func writeFrames(_ context: ChannelHandlerContext) {
        guard let exchange = current.exchange else { return }
        // No more than a sender may have put there: it waits until this is out.
        for frame in exchange.outbox.take(atMost: .max) { write(frame, context) { exchange.outbox.wrote($0) } }
        context.flush()
    }

    /// Done when the last byte is with the kernel.
    func finish(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        if current.isStreaming { writeFrames(context) }
        let written = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        written.futureResult.whenSuccess {
            let (handler, context) = bound.value
            handler.answered(context)
        }
        written.futureResult.whenFailure { _ in bound.value.1.close(promise: nil) }
        written.futureResult.cascade(to: promise)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    func writeInterim(_ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
    }

    private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext, wrote: @escaping (Int) -> Void = { _ in }) {
        var rest = ByteBuffer(bytes: bytes)
        while let piece = rest.readSlice(length: min(rest.readableBytes, Self.pieceBytes)), piece.readableBytes > 0 {
            let count = piece.readableBytes
            let taken = context.eventLoop.makePromise(of: Void.self)
            let bound = NIOLoopBound((self, context, wrote), eventLoop: context.eventLoop)
            taken.futureResult.whenComplete { _ in
                let (handler, context, wrote) = bound.value
                handler.progress.unsentBytes -= count
                handler.progress.lastTaken = context.eventLoop.now
                wrote(count)
            }
            if progress.unsentBytes == 0 { progress.lastTaken = context.eventLoop.now }
            progress.unsentBytes += count
            context.write(wrapOutboundOut(.body(.byteBuffer(piece))), promise: taken)
        }
        if progress.watch == nil { watchReader(context) }
    }

    /// Whoever takes something, however slowly, is waited for.
    private func watchReader(_ context: ChannelHandlerContext) {
        let limit = TimeAmount(limits.slowReader)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        progress.watch = context.eventLoop.scheduleTask(deadline: progress.lastTaken + limit) {
            let (handler, context) = bound.value
            handler.progress.watch = nil
            guard handler.progress.unsentBytes > 0, handler.stage != .closed else { return }
            if handler.progress.lastTaken + limit <= context.eventLoop.now {
                context.close(promise: nil)
            } else {
                handler.watchReader(context)
            }
        }
    }
}
