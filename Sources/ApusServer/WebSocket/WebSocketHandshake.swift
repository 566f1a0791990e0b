import NIOHTTP1

/// A request that asks to go on as a WebSocket, judged by RFC 6455 §4.2.1.
enum WebSocketHandshake: Hashable, Sendable {
    case right
    case wrong(HTTPResponseStatus, String)

    /// Whether it asks: others are requests like every other, whatever they say of upgrades (RFC 9110 §7.8).
    static func isAskedFor(by head: HTTPRequestHead) -> Bool {
        head.method == .GET && head.version.major == 1 && head.version.minor >= 1
            && head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
            && head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
    }

    /// - Parameter head: of one that asks.
    init(_ head: HTTPRequestHead) {
        guard head.headers["sec-websocket-version"] == ["13"] else {
            self = .wrong(.upgradeRequired, "The only WebSocket version here is 13.")
            return
        }
        let keys = head.headers["sec-websocket-key"]
        guard let key = keys.first, keys.count == 1, Self.isSixteenBytes(key) else {
            self = .wrong(.badRequest, "Sec-WebSocket-Key must be 16 bytes in base64.")
            return
        }
        // A body before the handshake's end would be taken for frames.
        guard !head.headers.contains(name: "transfer-encoding"), head.headers["content-length"].allSatisfy({ $0 == "0" }) else {
            self = .wrong(.badRequest, "A WebSocket handshake has no body.")
            return
        }
        self = .right
    }

    /// In base64.
    private static func isSixteenBytes(_ key: String) -> Bool {
        key.utf8.count == 24 && key.hasSuffix("==")
            && key.utf8.dropLast(2).allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                case UInt8(ascii: "+"), UInt8(ascii: "/"): true
                default: false
                }
            }
    }
}
