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
        path = URLText.path(route, ids) + DaemonCall.query(query)
    }

    static func query(_ members: [(String, String?)]) -> String {
        let pairs = members.compactMap { name, value in value.map { name + "=" + URLText.encoded($0) } }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }
}

/// A whole answer.
struct DaemonAnswer: Sendable {
    var status: Int
    var text: String

    var isSuccess: Bool { 200..<300 ~= status }
}
