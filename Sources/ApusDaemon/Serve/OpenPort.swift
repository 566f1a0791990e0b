import ApusServer

/// A port that is open, and who stands behind it.
struct OpenPort: Sendable {
    enum Service: Sendable {
        case droid(SocketListener)
        case qwen(HTTPListener, QwenDoor)
    }

    let request: PortRequest
    let service: Service

    var listener: any PortListener {
        switch service {
        case .droid(let listener): listener
        case .qwen(let listener, _): listener
        }
    }

    /// Tells clients whose streams end with the daemon, while everything that they follow is still there (`qwen-serve.md` §4.5).
    func farewell() async {
        switch service {
        case .droid: break
        case .qwen(_, let door): await door.shutDown()
        }
    }

    /// Tells those who have not been told yet, then ends the connections. Who has been told and has not gone does not read.
    func drain(within limit: Duration) async {
        switch service {
        case .droid: await listener.drain(within: limit)
        case .qwen(_, let door):
            let isFirst = await door.shutDown()
            await listener.drain(within: isFirst ? limit : min(limit, .seconds(1)))
        }
    }

    /// Whether somebody who asks for `other` means this one.
    func answers(_ other: PortRequest) -> Bool {
        guard other.port == listener.port, other.host == request.host, other.certificatePath == request.certificatePath else {
            return false
        }
        switch (request.kind, other.kind) {
        case (.droid, .droid): return true
        case (.qwen(let setting), .qwen(let wanted)): return setting == wanted
        case (.droid, .qwen), (.qwen, .droid): return false
        }
    }
}
