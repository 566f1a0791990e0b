import NIOCore
import NIOHTTP1

/// What comes after an answer: the next request, or the end.
extension HTTPConnectionHandler {
    /// Whether what is still missing of the body can be read away, so that the connection goes on.
    var canSkipRest: Bool {
        if current.isRead { return true }
        if current.expectsContinue, !current.isContinued, current.readBytes == 0 { return false }
        if let announced = current.announcedBytes { return announced - current.readBytes <= limits.http.skippedBytes }
        return queue.hasEnd
    }

    /// The answer is with the kernel.
    func answered(_ context: ChannelHandlerContext) {
        guard stage == .answering else { return }
        current.exchange?.outbox.finish()
        current.exchange = nil
        current.isStreaming = false
        cancelWatches()
        guard !closes, !isWindingDown else { return leave(context) }
        stage = .waiting
        deadline = schedule(limits.http.idle, context) { handler, context in
            if handler.stage == .waiting { context.close(promise: nil) }
        }
        advance(context)
        guard stage == .waiting else { return }
        if hasPeerEnded || queue.isOver { return leave(context) }
        readOn(context)
    }

    /// Says that nothing more comes, and waits until the peer has said so too: closing both directions while it still sends would take the
    /// last answer away from it.
    private func leave(_ context: ChannelHandlerContext) {
        stage = .lingering
        cancelWatches()
        let isRead = current.isRead || queue.hasEnd
        queue.end()
        if hasPeerEnded { return context.close(promise: nil) }
        context.close(mode: .output, promise: nil)
        closeSoon(isRead ? limits.close : limits.http.linger, context)
        readOn(context)
    }

    func linger(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head: break
        case .body(let bytes):
            lingeredBytes += bytes.readableBytes
            if lingeredBytes > limits.http.lingerBytes { context.close(promise: nil) }
        case .end: closeSoon(limits.close, context)
        }
    }

    private func closeSoon(_ limit: Duration, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = schedule(limit, context) { _, context in context.close(promise: nil) }
    }

    func windDown(_ context: ChannelHandlerContext) {
        isWindingDown = true
        // What was read but not begun is not answered any more: its sender sees that the connection ends without an answer.
        switch stage {
        case .waiting: context.close(promise: nil)
        case .judging, .receiving, .working: closes = true
        case .answering, .lingering, .closed: break
        }
    }
}
