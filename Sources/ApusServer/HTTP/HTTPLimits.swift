/// The bounds of requests and answers, beyond those of all connections.
package struct HTTPLimits: Hashable, Sendable {
    /// From an answer to the end of the next head.
    package var idle = Duration.seconds(75)
    /// How long nothing may come of a body that is awaited.
    package var bodySilence = Duration.seconds(30)
    /// From admission to the end of the body.
    package var body = Duration.seconds(300)
    /// Requests that came before the one ahead of them was answered; beyond them the connection ends when they are answered.
    package var pipelined = 64
    /// How much of an unwanted body is read so that the connection can go on.
    package var skippedBytes = 64 << 10
    /// How much of what still comes is thrown away when the last answer is out, so that the peer gets to read it.
    package var lingerBytes = 32 << 20
    /// And for how long.
    package var linger = Duration.seconds(10)
    /// Of a stream, unsent; beyond it senders wait.
    package var streamBytes = 64 << 10
    /// From the end of a peer's upload to the first look whether it is still there, and between two looks.
    package var probe = Duration.milliseconds(50)
    package var probeInterval = Duration.seconds(5)

    package init() {}
}
