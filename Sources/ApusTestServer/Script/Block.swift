package import ApusBase

/// How a connection ends before its reply is complete.
package enum ConnectionEnd: String, Hashable, Sendable, CaseIterable {
    /// Closed in the middle of the body (FIN): the peer sees a body that lacks its last chunk.
    case closed
    /// Reset (RST). A peer may lose bytes that it has not read yet.
    case reset
    /// The body ends early but by the rules of HTTP: only the dialect's last words are missing.
    case bodyEnded
}

/// The smallest part of a streamed reply: a piece of text, or something that happens between two pieces.
package enum Fragment: Hashable, Sendable, ExpressibleByStringLiteral {
    /// One delta of the block it stands in; outside a block it means nothing and is left out.
    case piece(String)
    /// The same delta so many times, made while it is sent, so that a reply of any length needs no memory. Never cut by
    /// `chunkBytes`; OpenAI responses give all of them one number and tell the text again once only.
    case repeated(String, times: Int)
    case pause(milliseconds: Int)
    case wait(Gate)
    case cut(ConnectionEnd)
    /// An SSE comment line.
    case comment(String)
    /// Bytes put into the body as they are.
    case raw([UInt8])
    /// An error event inside the stream, in the words of the dialect.
    case error(type: String, message: String)

    package init(stringLiteral value: String) { self = .piece(value) }
}

/// A block of a streamed reply, told independently of the dialect that will carry it.
package indirect enum Block: Hashable, Sendable {
    case text([Fragment])
    /// The signature travels where the dialect has one (Anthropic messages; as encrypted content in OpenAI responses).
    case reasoning([Fragment], signature: String?)
    /// Encrypted reasoning; left out where the dialect has no word for it.
    case redactedReasoning(String)
    /// `input` is the text of the JSON input, cut as it shall be streamed. Without an id the server makes one.
    case toolCall(id: String?, name: String, input: [Fragment])
    /// These blocks at the same time: their starts, then one fragment of each in turn, then their ends.
    case interleaved([Block])
    /// Something between two blocks.
    case between(Fragment)
}

extension Block {
    package static func text(_ text: String) -> Block { .text([.piece(text)]) }
    package static func reasoning(_ text: String, signature: String? = nil) -> Block { .reasoning([.piece(text)], signature: signature) }

    /// A call whose input is streamed in pieces of `characters`, all in one piece by default.
    package static func toolCall(_ name: String, _ input: JSONValue, id: String? = nil, piecesOf characters: Int? = nil) -> Block {
        .toolCall(id: id, name: name, input: pieces(of: input.serialized(), characters: characters))
    }

    /// Cuts between characters, so that every piece is whole text.
    static func pieces(of text: String, characters: Int?) -> [Fragment] {
        guard let characters, characters > 0 else { return text.isEmpty ? [] : [.piece(text)] }
        var fragments: [Fragment] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            fragments.append(.piece(String(rest.prefix(characters))))
            rest = rest.dropFirst(characters)
        }
        return fragments
    }

    var holdsToolCall: Bool {
        switch self {
        case .toolCall: true
        case .interleaved(let blocks): blocks.contains(where: \.holdsToolCall)
        case .text, .reasoning, .redactedReasoning, .between: false
        }
    }
}
