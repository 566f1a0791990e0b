/// Why an exchange ended before its end.
enum HTTPStreamError: Error, Hashable, Sendable {
    enum Phase: String, Hashable, Sendable {
        case connect, firstByte, idle, total
    }

    /// The task was cancelled or the stream given up.
    case cancelled
    case badURL(String)
    /// The environment names a proxy that cannot be used; nothing was sent.
    case badProxy(String)
    /// The proxy of this name wants a user name and a password, or others than it was given.
    case proxyCredentials(String)
    /// No connection, or lost before the head of an answer. Carries what the system said.
    case unreachable(String)
    case timeout(Phase, Duration)
    /// Lost in the middle of an answer.
    case cut(String)
}
