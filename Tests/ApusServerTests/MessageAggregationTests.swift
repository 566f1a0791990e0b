import NIOCore
import NIOWebSocket
import Testing

@testable import ApusServer

/// Frames become messages, and what RFC 6455 forbids ends the connection with its code.
@Suite struct MessageAggregationTests {
    private typealias Piece = (WebSocketOpcode, [UInt8], Bool)

    private static func frame(_ opcode: WebSocketOpcode, _ payload: [UInt8], fin: Bool = true, isMasked: Bool = true) -> WebSocketFrame {
        let mask: WebSocketMaskingKey = [1, 2, 3, 4]
        var data = ByteBuffer(bytes: payload)
        if isMasked { data.webSocketMask(mask) }
        return WebSocketFrame(fin: fin, opcode: opcode, maskKey: isMasked ? mask : nil, data: data)
    }

    private static func steps(_ pieces: [Piece], limit: Int = 1_000) -> [MessageAggregation.Step] {
        var aggregation = MessageAggregation(limit: limit)
        return pieces.map { aggregation.take(frame($0.0, $0.1, fin: $0.2)) }
    }

    private static func code(_ step: MessageAggregation.Step?) -> UInt16? {
        if case .fault(let reason)? = step { reason.code } else { nil }
    }

    @Test func wholeMessagesComeAsTheyAre() {
        #expect(
            Self.steps([(.text, Array("{}".utf8), true), (.binary, [0xFF, 0], true), (.text, [], true)])
                == [.message(Array("{}".utf8)), .message([0xFF, 0]), .message([])])
    }

    @Test func fragmentsArePutTogetherWithControlFramesBetween() {
        let euro = Array("€".utf8)
        let steps = Self.steps([
            (.text, [euro[0]], false), (.ping, [7], true), (.continuation, [euro[1]], false), (.continuation, [], false), (.pong, [], true),
            (.continuation, [euro[2]], true), (.text, [0x61], true),
        ])
        #expect(steps == [.nothing, .ping([7]), .nothing, .nothing, .pong, .message(euro), .message([0x61])])
    }

    @Test(
        arguments: [
            [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC0, 0xAF], [0x61, 0x80], [0xE2, 0x82],
            Array(repeating: 0x61, count: 16) + [0xFF],
        ] as [[UInt8]])
    func textThatIsNotUTF8IsRefused(bytes: [UInt8]) {
        #expect(Self.code(Self.steps([(.text, bytes, true)]).last) == 1007)
        #expect(Self.steps([(.binary, bytes, true)]) == [.message(bytes)])
    }

    @Test func theLimitCountsWholeMessages() {
        #expect(Self.code(Self.steps([(.text, Array(repeating: 0x61, count: 11), true)], limit: 10).last) == 1009)
        let six = [UInt8](repeating: 0x61, count: 6)
        #expect(Self.code(Self.steps([(.text, six, false), (.continuation, six, true)], limit: 10).last) == 1009)
        #expect(
            Self.steps([(.text, six, false), (.continuation, Array(six.prefix(4)), true)], limit: 10).last
                == .message([UInt8](repeating: 0x61, count: 10)))
    }

    @Test func whatIsOutOfOrderIsRefused() {
        #expect(Self.code(Self.steps([(.continuation, [], true)]).last) == 1002)
        #expect(Self.code(Self.steps([(.text, [], false), (.text, [], true)]).last) == 1002)
        #expect(Self.code(Self.steps([(.text, [], false), (.binary, [], true)]).last) == 1002)
        #expect(Self.code(Self.steps([(WebSocketOpcode(encodedWebSocketOpcode: 0xB)!, [], true)]).last) == 1002)
    }

    @Test func unmaskedFramesAndUnknownExtensionsAreRefused() {
        var aggregation = MessageAggregation(limit: 10)
        #expect(Self.code(aggregation.take(Self.frame(.text, [0x61], isMasked: false))) == 1002)
        var compressed = Self.frame(.text, [0x61])
        compressed.rsv1 = true
        #expect(Self.code(aggregation.take(compressed)) == 1002)
    }

    @Test(
        arguments: [
            ([], MessageAggregation.Step.close(nil)), ([3, 232], .close(1000)), ([3, 232, 0x62, 0x79, 0x65], .close(1000)),
            ([0x0F, 0xA0], .close(4000)),
        ] as [([UInt8], MessageAggregation.Step)])
    func closeFramesGiveTheirCode(payload: [UInt8], step: MessageAggregation.Step) {
        #expect(Self.steps([(.connectionClose, payload, true)]) == [step])
    }

    @Test(
        arguments: [([3], 1002), ([3, 237], 1002), ([0, 1], 1002), ([0x13, 0x88], 1002), ([3, 232, 0xFF], 1007)] as [([UInt8], UInt16)])
    func closeFramesThatMayNotBeAreRefused(payload: [UInt8], code: UInt16) {
        #expect(Self.code(Self.steps([(.connectionClose, payload, true)]).last) == code)
    }

    /// However messages are cut and whatever stands between the pieces, they come out as they went in.
    @Test func anyCutOfAnyMessagesGivesTheSameMessages() {
        let letters = Array("aé€😀\u{0}".unicodeScalars)
        for _ in 0..<500 {
            let messages = (0..<Int.random(in: 1...5)).map { _ in
                String(String.UnicodeScalarView((0..<Int.random(in: 0...40)).map { _ in letters[Int.random(in: 0..<letters.count)] }))
            }
            var pieces: [Piece] = []
            for message in messages {
                var rest = Array(message.utf8)[...]
                var opcode = WebSocketOpcode.text
                var isLast = false
                while !isLast {
                    let piece = rest.prefix(Int.random(in: 0...12))
                    rest = rest.dropFirst(piece.count)
                    isLast = rest.isEmpty && Bool.random()
                    pieces.append((opcode, Array(piece), isLast))
                    opcode = .continuation
                    if Bool.random() { pieces.append((.ping, [], true)) }
                }
            }
            let out = Self.steps(pieces).compactMap { step -> String? in
                if case .message(let bytes) = step { String(decoding: bytes, as: UTF8.self) } else { nil }
            }
            #expect(out == messages)
        }
    }

    @Test func unmaskingIsRightAtEveryLength() {
        let mask: WebSocketMaskingKey = [0x12, 0x34, 0x56, 0x78]
        for length in 0..<40 {
            let bytes = (0..<length).map { UInt8($0 * 7 & 255) }
            var data = ByteBuffer(bytes: bytes)
            data.webSocketMask(mask)
            #expect(MessageAggregation.unmasked(data, mask) == bytes)
        }
    }
}
