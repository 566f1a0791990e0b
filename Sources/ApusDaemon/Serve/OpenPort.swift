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

    /// What its clients are told before they are sent away, then the end.
    func drain(within limit: Duration) async {
        switch service {
        case .droid: break
        case .qwen(_, let door): await door.shutDown()
        }
        await listener.drain(within: limit)
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
