import ApusCore

/// When a subscription looks again at its session: at whatever is opened or given up here and, as long as another process has the session
/// or may make it, which rings no bell here, after a while that grows from one second to ten.
struct OptaPatience: Sendable {
    private static let first = Duration.seconds(1)
    private static let longest = Duration.seconds(10)

    private let services: ClientServices
    private var change: Int?
    private var wait: Duration?

    init(_ services: ClientServices) { self.services = services }

    /// Somebody else has the session, or it is not there.
    mutating func grow() { wait = wait.map { min($0 * 2, Self.longest) } ?? Self.first }

    mutating func reset() { wait = nil }

    /// Returns when it is time to look, or when the task is cancelled; at once when it is called first.
    mutating func next() async {
        let seen = change
        let heard = Awaited<Int?>(nil)
        if let wait {
            await services.time.within(wait) { [services] in
                let now = await services.maintenance.opened(since: seen).change
                heard.change { $0 = now }
            }
        } else {
            let now = await services.maintenance.opened(since: seen).change
            heard.change { $0 = now }
        }
        change = heard.value ?? change
    }
}
