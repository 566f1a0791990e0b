import NIOCore
import NIOWebSocket

/// Why a connection is closed: a code of RFC 6455 §7.4 and a few words.
package struct CloseReason: Hashable, Sendable {
    package var code: UInt16
    package var text: String

    package init(_ code: UInt16, _ text: String) {
        self.code = code
        self.text = text
    }

    package static let normal = CloseReason(1000, "")
    package static let goingAway = CloseReason(1001, "The daemon is stopping.")
    package static func protocolError(_ text: String) -> CloseReason { CloseReason(1002, text) }
    package static let notUTF8 = CloseReason(1007, "A text message must be UTF-8.")
    package static func policy(_ text: String) -> CloseReason { CloseReason(1008, text) }
    package static func tooLarge(limit: Int) -> CloseReason { CloseReason(1009, "A message may have \(limit) bytes.") }
    package static let tooSlow = CloseReason(1013, "The connection took nothing for too long; connect again.")
    /// Not sent: there is nobody to read it (§7.1.5).
    static let silent = CloseReason(1006, "Nothing came for too long, not even the answer to a ping.")

    /// Neither side has done anything wrong, or been too slow.
    package var isOrdinary: Bool { [1000, 1001].contains(code) }
}

/// Puts frames together to messages and holds the peer to RFC 6455. Pure: what is to be done is what it returns.
struct MessageAggregation {
    enum Step: Hashable {
        case nothing
        case message([UInt8])
        case ping([UInt8])
        case pong
        /// The peer's close frame; its code is `nil` when it gave none.
        case close(UInt16?)
        case fault(CloseReason)
    }

    private let limit: Int
    /// The message whose first frames have come.
    private var partial: [UInt8] = []
    private var isText: Bool?

    init(limit: Int) { self.limit = limit }

    mutating func take(_ frame: WebSocketFrame) -> Step {
        if !frame.reservedBits.isEmpty { return .fault(.protocolError("No extension was agreed on.")) }
        // §5.1: what a browser sends through a proxy must not look like anything else.
        guard let mask = frame.maskKey else { return .fault(.protocolError("Frames of a client must be masked.")) }
        switch frame.opcode {
        case .text, .binary:
            if isText != nil { return .fault(.protocolError("A new message began inside another.")) }
            isText = frame.opcode == .text
            return append(frame, mask)
        case .continuation:
            if isText == nil { return .fault(.protocolError("There is no message to continue.")) }
            return append(frame, mask)
        case .ping: return .ping(Self.unmasked(frame.data, mask))
        case .pong: return .pong
        case .connectionClose: return Self.close(Self.unmasked(frame.data, mask))
        default: return .fault(.protocolError("There is no such opcode."))
        }
    }

    private mutating func append(_ frame: WebSocketFrame, _ mask: WebSocketMaskingKey) -> Step {
        let length = frame.data.readableBytes
        guard length <= limit - partial.count else { return .fault(.tooLarge(limit: limit)) }
        if partial.isEmpty { partial = Self.unmasked(frame.data, mask) } else { partial += Self.unmasked(frame.data, mask) }
        guard frame.fin else { return .nothing }
        let isText = isText ?? false
        let message = partial
        (partial, self.isText) = ([], nil)
        return isText && !Self.isUTF8(message) ? .fault(.notUTF8) : .message(message)
    }

    /// §5.5.1 and §7.4: a code, if there is any payload, of those that may be sent; then words in UTF-8.
    private static func close(_ payload: [UInt8]) -> Step {
        if payload.isEmpty { return .close(nil) }
        guard payload.count >= 2 else { return .fault(.protocolError("The close frame's code is cut off.")) }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: break
        default: return .fault(.protocolError("The close frame's code may not be sent."))
        }
        return isUTF8(Array(payload[2...])) ? .close(code) : .fault(.notUTF8)
    }

    static func isUTF8(_ bytes: [UInt8]) -> Bool {
        let isPlain = bytes.withUnsafeBytes { raw in
            var place = 0
            while place + 8 <= raw.count {
                if raw.loadUnaligned(fromByteOffset: place, as: UInt64.self) & 0x8080_8080_8080_8080 != 0 { return false }
                place += 8
            }
            return raw[place...].allSatisfy { $0 < 0x80 }
        }
        return isPlain || String(validating: bytes, as: UTF8.self) != nil
    }

    /// Copies and unmasks in one go, eight bytes at a time.
    static func unmasked(_ data: ByteBuffer, _ mask: WebSocketMaskingKey) -> [UInt8] {
        let count = data.readableBytes
        return [UInt8](unsafeUninitializedCapacity: count) { target, filled in
            let target = UnsafeMutableRawBufferPointer(target)
            var word: UInt64 = 0
            for index in 0..<8 { word |= UInt64(mask[index & 3]) << (8 * index) }
            data.withUnsafeReadableBytes { source in
                var place = 0
                while place + 8 <= count {
                    let masked = UInt64(littleEndian: source.loadUnaligned(fromByteOffset: place, as: UInt64.self))
                    target.storeBytes(of: (masked ^ word).littleEndian, toByteOffset: place, as: UInt64.self)
                    place += 8
                }
                while place < count {
                    target[place] = source[place] ^ mask[place & 3]
                    place += 1
                }
            }
            filled = count
        }
    }
}
