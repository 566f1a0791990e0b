import Synchronization

/// The client's end of a WebSocket, frame by frame: also those that no library would send.
package final class WebSocketPeer: Sendable {
    package struct Frame: Hashable, Sendable {
        package var opcode: UInt8
        package var isFinal: Bool
        package var payload: [UInt8]

        package var text: String { String(decoding: payload, as: UTF8.self) }
        /// Of a close frame.
        package var code: Int? { opcode == 8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil }
    }

    package struct Refused: Error, CustomStringConvertible {
        package var description: String
    }

    package let raw: RawPeer
    /// Where the next frame begins in what was received.
    private let offset: Mutex<Int>

    private init(_ raw: RawPeer, offset: Int) {
        self.raw = raw
        self.offset = Mutex(offset)
    }

    package static func handshake(port: Int, path: String = "/", headers: [String] = []) -> String {
        let lines = [
            "GET \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
        return (lines + headers).joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// Throws what the server said instead of 101.
    package static func open(port: Int, path: String = "/", headers: [String] = []) async throws -> WebSocketPeer {
        let raw = try await RawPeer.connect(port: port)
        try await raw.send(handshake(port: port, path: path, headers: headers))
        let end = Array("\r\n\r\n".utf8)
        let answer = try await raw.received { $0.firstRange(of: end) != nil }
        guard let head = answer.bytes.firstRange(of: end), answer.bytes.starts(with: Array("HTTP/1.1 101 ".utf8)) else {
            throw Refused(description: String(decoding: answer.bytes, as: UTF8.self))
        }
        return WebSocketPeer(raw, offset: head.upperBound)
    }

    package func send(_ text: String) async throws { try await raw.send(Self.frame(1, Array(text.utf8))) }

    /// - Parameter first: bits before the opcode; 0x80 ends a message.
    package static func frame(_ opcode: UInt8, _ payload: [UInt8], first: UInt8 = 0x80, isMasked: Bool = true) -> [UInt8] {
        let mask: [UInt8] = isMasked ? [0x37, 0xFA, 0x21, 0x3D] : []
        let bit: UInt8 = isMasked ? 0x80 : 0
        var bytes = [first | opcode]
        switch payload.count {
        case ..<126: bytes.append(bit | UInt8(payload.count))
        case ..<65_536: bytes += [bit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        default:
            bytes.append(bit | 127)
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: payload.count >> shift)) }
        }
        bytes += mask
        for (index, byte) in payload.enumerated() { bytes.append(isMasked ? byte ^ mask[index & 3] : byte) }
        return bytes
    }

    /// The next frame; `nil` when the connection was closed before it. One task asks.
    package func next(within limit: Duration = .seconds(30)) async throws -> Frame? {
        let start = offset.withLock { $0 }
        let (bytes, _) = try await raw.received(within: limit) { Self.parse($0, at: start) != nil }
        guard let (frame, end) = Self.parse(bytes, at: start) else { return nil }
        offset.withLock { $0 = end }
        return frame
    }

    /// The next message that is no ping.
    package func message(within limit: Duration = .seconds(30)) async throws -> Frame? {
        while let frame = try await next(within: limit) {
            if frame.opcode != 9 { return frame }
        }
        return nil
    }

    /// The code of the server's close frame; whatever comes before it is passed over.
    package func closeCode(within limit: Duration = .seconds(30)) async throws -> Int? {
        while let frame = try await next(within: limit) {
            if frame.opcode == 8 { return frame.code }
        }
        return nil
    }

    /// The whole frame that begins there, and where it ends.
    package static func parse(_ bytes: [UInt8], at start: Int) -> (Frame, end: Int)? {
        guard bytes.count >= start + 2 else { return nil }
        var length = Int(bytes[start + 1] & 0x7F)
        var place = start + 2
        let more = length == 126 ? 2 : length == 127 ? 8 : 0
        guard bytes.count >= place + more else { return nil }
        if more > 0 {
            length = bytes[place..<(place + more)].reduce(0) { $0 << 8 | Int($1) }
            place += more
        }
        guard bytes.count >= place + length else { return nil }
        let frame = Frame(
            opcode: bytes[start] & 0x0F, isFinal: bytes[start] & 0x80 != 0, payload: Array(bytes[place..<(place + length)]))
        return (frame, place + length)
    }
}
