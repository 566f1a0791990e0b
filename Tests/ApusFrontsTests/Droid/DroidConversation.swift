import ApusBase
import ApusTesting
import DroidWire
import Testing

/// A recorded conversation: client frames go in, server frames must come out, byte for byte but for ids and times.
///
/// A line begins with `→` or `←`; the constant keys of a frame are left out, as in `droid.md` §9. Ids that the server makes are `uuid-n`
/// and `perm-n`, numbered as they first appear; a client line that holds one is sent with the real one. `N{…}` is a notification of the
/// session `sess-1`.
struct DroidConversation {
    private let lines: [Substring]
    private var names: [String: String] = [:]

    init(_ text: String) { lines = text.split(separator: "\n").filter { !$0.isEmpty } }

    static let head = #""jsonrpc":"2.0","factoryApiVersion":"1.0.0","factoryProtocolVersion":"1.221.0","#

    mutating func run(with client: DroidClient) async throws {
        for line in lines {
            let text = String(line.dropFirst(2))
            switch line.first {
            case "→": client.write(sent(text))
            case "←":
                let expected = expanded(text, client)
                let frame = try await client.next()
                let actual = named(frame.serialized())
                #expect(actual == expected)
                if actual != expected { return }
            default: Issue.record("no direction: \(line)")
            }
        }
    }

    private func expanded(_ text: String, _ client: DroidClient) -> String {
        guard text.hasPrefix("N{") else { return text }
        return #"{"type":"notification","method":""# + client.family.rawValue
            + #".session_notification","params":{"sessionId":"sess-1","notification":"# + text.dropFirst() + "}}"
    }

    private func sent(_ text: String) -> String {
        var text = text
        for (real, name) in names { text = text.replacing("\"\(name)\"", with: "\"\(real)\"") }
        return "{" + Self.head + text.dropFirst()
    }

    /// With names in place of ids.
    private mutating func named(_ text: String) -> String {
        var text = text.replacing(Self.head, with: "")
        let pattern = /"([0-9a-f]{8}-[0-9a-f-]{27}|perm_[0-9A-Za-z]{10})"/
        for match in text.matches(of: pattern) {
            let real = String(match.1)
            if names[real] == nil {
                let kind = real.hasPrefix("perm_") ? "perm" : "uuid"
                names[real] = "\(kind)-\(names.values.count { $0.hasPrefix(kind) } + 1)"
            }
        }
        for (real, name) in names { text = text.replacing(real, with: name) }
        return text
    }
}
