import ApusServer

/// A port that is open, and who stands behind it.
struct OpenPort: Sendable {
    enum Service: Sendable {
        case droid(SocketListener)
        case http(HTTPListener, HTTPDoor)
    }

    let request: PortRequest
    let service: Service
    /// What its clients find it by.
    var files: OptaFiles?

    var listener: any PortListener {
        switch service {
        case .droid(let listener): listener
        case .http(let listener, _): listener
        }
    }

    /// Tells clients whose streams end with the daemon, while everything that they follow is still there (`qwen-serve.md` §4.5).
    func farewell() async {
        switch service {
        case .droid: break
        case .http(_, let door): await door.shutDown()
        }
    }

    /// Tells those who have not been told yet, then ends the connections. Who has been told and has not gone does not read.
    func drain(within limit: Duration) async {
        switch service {
        case .droid: await listener.drain(within: limit)
        case .http(_, let door):
            let isFirst = await door.shutDown()
            await listener.drain(within: isFirst ? limit : min(limit, .seconds(1)))
        }
        files?.remove()
    }

    /// Whether somebody who asks for `other` means this one.
    func answers(_ other: PortRequest) -> Bool { request.answers(other, at: listener.port) }
}
