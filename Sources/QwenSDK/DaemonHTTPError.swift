/// An answer of the daemon that is no success.
public struct DaemonHTTPError: Error, Sendable {
    public var status: Int
    public var message: String

    public init(status: Int, message: String) {
        self.status = status
        self.message = message
    }
}
