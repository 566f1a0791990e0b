import NIOHTTP1

/// What becomes of a request, decided by its head alone.
enum RequestJudgement: Hashable, Sendable {
    case upgrade
    case health
    case refuse(HTTPResponseStatus, String)

    init(_ head: HTTPRequestHead, wall: HostWall) {
        switch wall.judge(hosts: head.headers["host"], origins: head.headers["origin"]) {
        case .pass: break
        case .malformed:
            self = .refuse(.badRequest, "A request needs one Host header.")
            return
        case .misdirected:
            self = .refuse(.misdirectedRequest, "This is not the host that was asked for. Names are allowed with --allow-host.")
            return
        case .foreignOrigin:
            self = .refuse(.forbidden, "Web pages may not use this daemon.")
            return
        }
        if head.headers.contains(name: "upgrade") {
            self = Self.upgrade(head)
        } else if head.uri.prefix(while: { $0 != "?" }) == "/health" {
            self = head.method == .GET ? .health : .refuse(.methodNotAllowed, "Use GET.")
        } else {
            self = .refuse(.notFound, "There is nothing here. Clients connect by WebSocket.")
        }
    }

    /// RFC 6455 §4.2.1. Path and query say nothing (`droid.md` §2.1).
    private static func upgrade(_ head: HTTPRequestHead) -> RequestJudgement {
        guard head.headers[canonicalForm: "upgrade"].contains(where: { $0.lowercased() == "websocket" }) else {
            return .refuse(.notImplemented, "The only upgrade here is websocket.")
        }
        guard WebSocketHandshake.isAskedFor(by: head) else {
            return .refuse(.badRequest, "This is no WebSocket handshake (RFC 6455 §4.2.1).")
        }
        switch WebSocketHandshake(head) {
        case .right: return .upgrade
        case .wrong(let status, let sentence): return .refuse(status, sentence)
        }
    }
}
