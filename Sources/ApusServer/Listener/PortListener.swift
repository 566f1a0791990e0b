import NIOCore

/// One open port, whatever is spoken there: what a house of listeners does with all of them alike.
package protocol PortListener: AnyObject, Sendable {
    var socket: ListeningSocket { get }
    /// As clients write it.
    var url: String { get }
}

extension PortListener {
    /// As it was asked for.
    package var host: String { socket.host }
    /// The one that the system chose, where it was asked to.
    package var port: Int { socket.port }
    package var isSecure: Bool { socket.isSecure }
    package var connectionCount: Int { socket.live.count }

    /// Nobody new gets in; who is in stays.
    package func stopAccepting() async {
        socket.live.stopAccepting()
        await socket.close()
    }

    /// Says farewell to everybody, in the protocol's way, and returns when all are gone; after `limit` they are cut off.
    package func drain(within limit: Duration) async {
        await stopAccepting()
        await socket.live.drain(within: limit)
    }

    /// Runs `body`, which serves the connections; cancelling closes everything at once.
    func serving(_ body: () async -> Void) async {
        let socket = socket
        await withTaskCancellationHandler {
            await body()
        } onCancel: {
            socket.channel.close(promise: nil)
            socket.live.stopAccepting()
            socket.live.abort()
        }
    }
}
