import ApusTransport
import OptaWire

/// One request to the daemon, before it has a host.
struct DaemonCall: Sendable {
    var method: String
    /// What errors call it: `/v3/sessions/:sessionId/turns`.
    var route: String
    /// Percent-encoded, with its query.
    var path: String
    var body: JSON?
    var deadline: Deadline

    /// How long a call may take (`opta-v3.md` §7.1, first row).
    enum Deadline: Sendable, Hashable {
        case ordinary, long

        var limit: Duration {
            switch self {
            case .ordinary: .seconds(8)
            case .long: .seconds(120)
            }
        }
    }

    /// Method and route.
    var name: String { method + " " + route }

    /// - Parameters:
    ///   - route: With a `:name` for each of `ids`, in their order.
    ///   - query: In their order; `nil` is left out.
    init(
        _ method: String, _ route: String, _ ids: [String] = [], query: [(String, String?)] = [], body: JSON? = nil,
        deadline: Deadline = .ordinary
    ) {
        self.method = method
        self.route = route
        self.body = body
        self.deadline = deadline
        var rest = ids[...]
        path = route.split(separator: "/").map { segment in
            segment.hasPrefix(":") ? "/" + DaemonCall.encoded(rest.popFirst() ?? "") : "/" + segment
        }.joined()
        path += DaemonCall.query(query)
    }

    static func query(_ members: [(String, String?)]) -> String {
        let pairs = members.compactMap { name, value in value.map { name + "=" + encoded($0) } }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }

    /// As JavaScript's `encodeURIComponent`, so that an id stays in its segment.
    static func encoded(_ text: String) -> String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()".utf8)
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if plain.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A whole answer.
struct DaemonAnswer: Sendable {
    var status: Int
    var text: String

    var isSuccess: Bool { 200..<300 ~= status }
}
