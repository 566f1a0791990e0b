/// One open port, whatever is spoken there: what a house of listeners does with all of them alike.
package protocol PortListener: AnyObject, Sendable {
    /// As it was asked for.
    var host: String { get }
    /// The one that the system chose, where it was asked to.
    var port: Int { get }
    var isSecure: Bool { get }
    /// As clients write it.
    var url: String { get }
    var connectionCount: Int { get }

    /// Nobody new gets in; who is in stays.
    func stopAccepting() async
    /// Says farewell to everybody, in the protocol's way, and returns when all are gone; after `limit` they are cut off.
    func drain(within limit: Duration) async
}
