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

    /// What its clients are told before they are sent away, then the end. What the telling takes is missing from the limit, but for a moment
    /// in which everybody else gets to read its answer.
    func drain(within limit: Duration) async {
        let deadline = ContinuousClock.now + limit
        switch service {
        case .droid: break
        case .qwen(_, let door): await door.shutDown()
        }
        await listener.drain(within: max(deadline - ContinuousClock.now, .milliseconds(500)))
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
