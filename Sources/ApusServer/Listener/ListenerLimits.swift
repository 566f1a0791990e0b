import NIOHTTP1

/// The bounds of a listener. None is about taste: each keeps one peer from costing the others something.
package struct ListenerLimits: Hashable, Sendable {
    /// Open connections of all kinds; further ones are told 503 and closed.
    package var connections = 1_024
    /// Connections of one address that have not shown a key yet.
    package var unauthenticatedPerAddress = 128
    /// From the first byte that could come to the end of the request's head.
    package var head = Duration.seconds(10)
    /// The request line and all header fields.
    package var headBytes = 16 << 10
    /// From the upgrade to a key that counts.
    package var authentication = Duration.seconds(30)
    /// Keys that do not count, until the connection is closed.
    package var refusedKeys = 5
    /// What a connection may send before it has shown a key.
    package var unauthenticatedBytes = 256 << 10
    /// One message, however many frames it comes in.
    package var messageBytes = 32 << 20
    /// Messages that the front has not taken yet, beyond which nothing is read. One message may pass it.
    package var inboxBytes = 1 << 20
    package var inboxMessages = 256
    /// Bytes that wait for the peer, beyond which senders wait too.
    package var outboxBytes = 4 << 20
    /// How long a peer may take nothing while something waits for it.
    package var slowReader = Duration.seconds(30)
    /// Between two pings.
    package var pingInterval = Duration.seconds(30)
    /// From a ping to any sign of life.
    package var pongDeadline = Duration.seconds(30)
    /// From our close frame to the end of the connection.
    package var close = Duration.seconds(2)
    /// Of listeners whose peers ask more than once.
    package var http = HTTPLimits()

    package init() {}
}

extension ListenerLimits {
    /// Of a request's head.
    var decoding: NIOHTTPDecoderLimitConfiguration {
        var decoding = NIOHTTPDecoderLimitConfiguration()
        decoding.maxHeaderFieldSize = headBytes
        decoding.maxHeaderListSize = headBytes
        decoding.maxHeaderFieldCount = 100
        return decoding
    }
}
