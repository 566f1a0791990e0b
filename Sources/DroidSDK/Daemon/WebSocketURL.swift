import DroidWire

/// The WebSocket of the daemon that the options mean (`droid.md` §2.1). Asks nobody and starts nothing: for a local daemon on another port than
/// the usual see ``ensureLocalDaemon(port:)``.
///
/// - Throws: ``ConnectionError`` for a computer without an id.
public func resolveWebSocketURL(_ options: ConnectDaemonOptions) throws -> String {
    if let url = options.url { return url }
    switch options.machine {
    case .local:
        return localWebSocketURL(port: options.daemonPort ?? DroidProtocol.defaultPort)
    case .computer(let id):
        if id.isEmpty { throw ConnectionError("A computer needs an id: .computer(id: \"comp-…\")") }
        var base = options.relayBaseURL ?? DroidProtocol.relayBase
        while base.hasSuffix("/") { base.removeLast() }
        return "\(base)/v0/computer/\(id)/client"
    }
}

/// A sandbox's own daemon. Not part of the public surface of any SDK of this protocol.
package func ephemeralWebSocketURL(sandbox: String, port: Int?) -> String {
    "wss://\(port ?? DroidProtocol.defaultPort)-\(sandbox).e2b.app"
}

func localWebSocketURL(port: Int) -> String { "ws://127.0.0.1:\(port)" }
