import ApusFronts

/// A connection that goes on as a WebSocket, and the front's part that has it.
struct UpgradedConnection: Sendable {
    let connection: WebSocketConnection
    let place: ConnectionTable.Place
    let serve: @Sendable (WebSocketSession) async -> Void

    /// Returns when the socket is closed.
    func run() async {
        let connection = connection
        let messages = VouchedMessages(inbox: connection.frames) { [place] in
            place.authenticated()
            connection.authenticated()
        }
        await serve(
            WebSocketSession(
                messages: messages, sink: connection, close: { connection.close(CloseReason($0, $1)) },
                cut: { connection.cut($0, CloseReason($1, $2)) }))
        connection.close(.normal)
        await connection.ended()
    }
}

/// What a peer sends, to a front that looks at its key first: whoever begins to read has found that it counts. Until then nothing is read
/// from the socket but what came with the handshake, and the peer has the place of a stranger.
private struct VouchedMessages: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    typealias Failure = Never

    let inbox: FrameInbox
    let vouch: @Sendable () -> Void

    func makeAsyncIterator() -> FrameInbox.Iterator {
        vouch()
        return inbox.makeAsyncIterator()
    }
}
