import ApusBase
import ApusCore
import AsyncHTTPClient
import Synchronization

/// One connection to one server, for all sessions that have it configured alike. Opened when it runs, opened anew when a call needs it
/// after it was lost.
final class MCPConnection: Sendable {
    enum Phase: Hashable, Sendable {
        case connecting, connected
        case failed(MCPFault)
        /// Worked once; its tools are still known.
        case disconnected(MCPFault)
        case stopped
    }

    private struct State {
        var phase = Phase.connecting
        var link: (any MCPLink)?
        var tools: [MCPRemoteTool] = []
        /// Of a server that knows no handshake.
        var revision: String?
        var lastID: Int64 = 0
        var attempted: ContinuousClock.Instant?
        var isStopped = false
        var isWanted = false
        /// Attempts to connect that have come to an end, this way or that.
        var attempts = 0
        var hasConnected = false
        var isRelisting = false
        var lost: MCPFault?
        /// Messages that some task is to send for others: farewells to calls, answers to the server.
        var outgoing: [[UInt8]] = []
        /// Under way, by the ids of their requests.
        var calls: [Int64: MCPCall] = [:]
        var counts = Counts()
        var isRecounting = false
        /// Was asked once for its kinds of resources, and did not answer.
        var isSilentAboutTemplates = false
        /// Until when the first count is waited for; `nil` when there is none to come.
        var countDeadline: ContinuousClock.Instant?
    }

    /// What a server has beside tools; `nil` where it says that there is none of it.
    struct Counts: Hashable, Sendable {
        var resources: Int?
        var prompts: Int?
        /// Kinds of resources whose addresses are made by the reader.
        var templates = 0

        var hasResources: Bool { (resources ?? 0) > 0 || templates > 0 }
    }

    /// How many messages wait to be sent that nobody waits for.
    private static let maximumOutgoing = 64

    let key: MCPConnectionKey
    private let opener: MCPOpener
    private let limits: MCPLimits
    private let state = Mutex(State())
    /// Phase and tools, for whoever looks at them.
    private let changes = Watch()
    private let announce: @Sendable () -> Void
    let listed = ListedAddresses()
    /// For the tasks inside.
    private let news = Watch()

    init(_ key: MCPConnectionKey, opener: MCPOpener, limits: MCPLimits, announce: @escaping @Sendable () -> Void) {
        var limits = limits
        if case .stdio = key.transport { limits.connect = max(limits.connect, limits.start) }
        if let limit = key.connectLimit { limits.connect = limit }
        self.announce = announce
        self.key = key
        self.opener = opener
        self.limits = limits
    }

    var phase: Phase { state.withLock { $0.phase } }
    var tools: [MCPRemoteTool] { state.withLock { $0.tools } }
    var counts: Counts { state.withLock { $0.counts } }

    /// Nobody uses it any more.
    func stop() {
        state.withLock { $0.isStopped = true }
        news.change()
    }

    /// Opens it anew, because somebody signed out, or in where it was refused: what is open finds new tokens by itself.
    func reopen(closing isClosing: Bool) {
        state.withLock { state in
            if state.link == nil {
                state.isWanted = true
            } else if isClosing {
                (state.link, state.lost, state.isWanted) = (nil, .lost("somebody signed out"), true)
            }
        }
        news.change()
    }

    /// Connects, serves and connects again when it is wanted, until it is stopped or the task is cancelled.
    func run() async {
        while !isOver {
            await serveOnce()
            var seen = news.revision
            while !isOver, !state.withLock({ $0.isWanted }) { seen = await news.change(after: seen) }
        }
        enter(.stopped)
    }

    /// Whether the attempt to connect has come to an end, this way or that.
    var isSettled: Bool { phase != .connecting }

    /// Waits while an answer is due, at most as long as connecting and listing may take.
    func settled() async {
        var seen = changes.revision
        while !isSettled, !Task.isCancelled { seen = await changes.change(after: seen) }
    }

    /// Waits for the first count of what a server has beside tools, not for long.
    func counted() async {
        let before = changes.revision
        guard let deadline = state.withLock({ $0.countDeadline }), deadline > .now else { return }
        // Who is slower is counted later.
        try? await within(deadline - .now, "a list") {
            var seen = before
            while self.state.withLock({ $0.countDeadline != nil }), !Task.isCancelled { seen = await self.changes.change(after: seen) }
        }
    }

    // MARK: Requests

    /// Calls a tool. A connection that was lost is opened first; a call that was sent is never sent again.
    ///
    /// - Parameter call: makes what says how long it may take, and who is told and asked meanwhile.
    func call(_ tool: String, _ arguments: JSONValue, _ call: () -> MCPCall) async throws(MCPFault) -> JSONValue {
        try await request("tools/call", ["name": .string(tool), "arguments": arguments], call)
    }

    /// The same for any request that a call of a model is made of.
    func request(_ method: String, _ params: JSONObject, _ call: () -> MCPCall) async throws(MCPFault) -> JSONValue {
        let link = try await openLink()
        do throws(MCPFault) {
            return try await ask(method, params, over: link, call())
        } catch .sessionGone {
            // Refused before it was looked at: the one failure after which the same call may be sent again.
            return try await ask(method, params, over: try await openLink(atOnce: true), call())
        }
    }

    private func ask(
        _ method: String, _ params: JSONObject, over link: any MCPLink, _ call: MCPCall
    ) async throws(MCPFault) -> JSONValue {
        let id = nextID()
        state.withLock { $0.calls[id] = call }
        defer { state.withLock { _ = $0.calls.removeValue(forKey: id) } }
        var params = params
        params["_meta"] = ["progressToken": .integer(id)]
        return try await ask(id, method, params, over: link) { body throws(MCPFault) in
            try await call.carry(reply: { self.post($0) }, body)
        }
    }

    /// - Parameter atOnce: also when the server has just refused, which is otherwise not asked again with every call.
    private func openLink(atOnce: Bool = false) async throws(MCPFault) -> any MCPLink {
        if !atOnce { try await pause() }
        let isDue = atOnce || isDue
        let (link, fault, attempts) = state.withLock { state -> ((any MCPLink)?, MCPFault?, Int) in
            if let link = state.link { return (link, nil, 0) }
            switch state.phase {
            case .connecting, .connected: break
            case .stopped: return (nil, .lost("it is not in use any more"), 0)
            case .failed(let fault), .disconnected(let fault):
                if !isDue { return (nil, fault, 0) }
                state.isWanted = true
            }
            return (nil, nil, state.attempts)
        }
        if let link { return link }
        if let fault { throw fault }
        news.change()
        return try await within(limits.connect + limits.list, "the handshake") {
            var seen = 0
            while true {
                let (link, phase, now) = self.state.withLock { ($0.link, $0.phase, $0.attempts) }
                if let link { return link }
                switch phase {
                case .stopped: throw MCPFault.lost("it is not in use any more")
                case .failed(let fault) where now > attempts: throw fault
                case .disconnected(let fault) where now > attempts: throw fault
                case .connecting, .connected, .failed, .disconnected: seen = await self.changes.change(after: seen)
                }
                if Task.isCancelled { throw MCPFault.cancelled }
            }
        }
    }

    /// Waits until a server that worked and was lost may be asked again: a call a moment later would succeed.
    private func pause() async throws(MCPFault) {
        let due = state.withLock { state -> ContinuousClock.Instant? in
            guard case .disconnected = state.phase, state.link == nil, !state.isWanted else { return nil }
            return state.attempted.map { $0 + limits.reconnectPause }
        }
        guard let due else { return }
        do { try await Task.sleep(until: due, clock: .continuous) } catch { throw .cancelled }
    }

    private var isDue: Bool {
        let attempted = state.withLock { $0.attempted }
        return attempted.map { ContinuousClock.now - $0 >= limits.reconnectPause } ?? true
    }

    private func ask(
        _ method: String, _ params: JSONObject?, over link: any MCPLink, within limit: Duration, saying what: String
    ) async throws(MCPFault) -> JSONValue {
        try await ask(nextID(), method, params, over: link) { body throws(MCPFault) in try await within(limit, what, body) }
    }

    private func nextID() -> Int64 {
        state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
    }

    /// - Parameter wait: waits for the answer, for as long as one may.
    private func ask(
        _ id: Int64, _ method: String, _ params: JSONObject?, over link: any MCPLink,
        _ wait: (@escaping @Sendable () async throws -> MCPMessage) async throws(MCPFault) -> MCPMessage
    ) async throws(MCPFault) -> JSONValue {
        let request = MCPRequest(id: id, method: method, params: params, revision: state.withLock { $0.revision })
        do throws(MCPFault) {
            let answer = try await wait { try await link.request(request) }
            guard let result = answer.answer(to: id) else { throw .malformed("its answer is none to what it was asked") }
            let value = try result.get()
            if value["resultType"] == "input_required" {
                throw .unsupported("asks for input of a person, which this version cannot give it")
            }
            return value
        } catch {
            switch error {
            case .cancelled, .timedOut:
                // A handshake may not be cancelled.
                if method != "initialize" {
                    post(
                        MCPMessage.notification(
                            "notifications/cancelled", ["requestId": .integer(id), "reason": "not waited for any longer"]))
                }
            case let fault where fault.endsConnection || link.isOver: lose(link, fault)
            default: break
            }
            throw error
        }
    }

    // MARK: The life of the connection

    private var isOver: Bool { Task.isCancelled || state.withLock { $0.isStopped } }

    private func serveOnce() async {
        enter(.connecting)
        let fault: MCPFault
        do throws(MCPFault) {
            try await opener.open(key, limits, hear: { self.hear($0, $1) }) { link throws(MCPFault) in try await self.serve(link) }
            fault = .lost("it was closed")
        } catch {
            fault = error
        }
        if isOver { return }
        let hasConnected = state.withLock { state in
            if state.link == nil, state.lost == nil { state.attempts += 1 }
            (state.link, state.outgoing, state.isRelisting, state.lost, state.countDeadline) = (nil, [], false, nil, nil)
            return state.hasConnected
        }
        enter(hasConnected ? .disconnected(fault) : .failed(fault))
    }

    private func serve(_ link: any MCPLink) async throws(MCPFault) {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask { try await self.sendForOthers(over: link) }
                group.addTask { try await self.beOpen(link) }
                group.addTask {
                    var seen = 0
                    while !self.isOver { seen = await self.news.change(after: seen) }
                }
                // Whichever ends first ends the others; the farewell after them is not cancelled with them.
                _ = try await group.next()
            }
        } catch {
            await link.close()
            throw error as? MCPFault ?? .cancelled
        }
        await link.close()
    }

    private func beOpen(_ link: any MCPLink) async throws {
        let (tools, counts) = try await greet(link)
        listed.forget()
        state.withLock { state in
            state.isSilentAboutTemplates = false
            state.link = link
            state.tools = tools
            state.counts = counts
            state.isRecounting = counts != Counts()
            state.countDeadline = state.isRecounting ? .now + limits.count : nil
            state.attempts += 1
            state.hasConnected = true
        }
        enter(.connected)
        async let listening: Void = link.listen()
        try await relist(over: link)
        await listening
    }

    private func greet(_ link: any MCPLink) async throws(MCPFault) -> ([MCPRemoteTool], Counts) {
        state.withLock { $0.revision = nil }
        let capabilities: JSONValue?
        do throws(MCPFault) {
            capabilities = try await shakeHands(link)
        } catch {
            guard let found = try await discover(link, insteadOf: error) else { throw error }
            capabilities = found
        }
        // Only a server that says it has tools is asked for them, and one that says nothing.
        guard let capabilities = capabilities?.objectValue, !capabilities.isEmpty else { return (try await list(link), Counts()) }
        // Counted when the tools are there: nobody waits for the rest.
        let counts = Counts(
            resources: capabilities["resources"] == nil ? nil : 0, prompts: capabilities["prompts"] == nil ? nil : 0)
        return (capabilities["tools"] == nil ? [] : try await list(link), counts)
    }

    /// Gives what the server says it has.
    private func shakeHands(_ link: any MCPLink) async throws(MCPFault) -> JSONValue? {
        let params: JSONObject = [
            "protocolVersion": .string(MCPRevision.newest), "capabilities": MCPRequest.capabilities, "clientInfo": MCPRequest.client,
        ]
        let welcome = try await ask("initialize", params, over: link, within: limits.connect, saying: "the handshake")
        guard let revision = welcome["protocolVersion"]?.stringValue else { throw .malformed("its handshake names no revision") }
        guard MCPRevision.known.contains(revision) else {
            throw .unsupported(
                "speaks revision \"\(MCPFault.shown(revision, limit: 40))\" of the protocol; known are "
                    + MCPRevision.known.joined(separator: ", "))
        }
        link.agreed(on: revision)
        try await within(limits.connect, "the end of the handshake") {
            try await link.send(MCPMessage.notification("notifications/initialized"))
        }
        return welcome["capabilities"] ?? .null
    }

    /// For a server that refused the handshake: whether it is of the revision that has none. `nil` when it is not.
    private func discover(_ link: any MCPLink, insteadOf refusal: MCPFault) async throws(MCPFault) -> JSONValue? {
        switch refusal {
        case .answeredError, .status(400, _), .status(404, _): break
        case .status, .cancelled, .unreachable, .lost, .notStarted, .timedOut, .needsSignIn, .needsScope, .sessionGone, .tooLarge,
            .tooManyValues, .malformed, .unsupported:
            return nil
        }
        state.withLock { $0.revision = MCPRevision.stateless }
        do throws(MCPFault) {
            let found = try await ask("server/discover", nil, over: link, within: limits.connect, saying: "the handshake")
            let versions = found["supportedVersions"]?.arrayValue ?? []
            if versions.contains(.string(MCPRevision.stateless)) { return found["capabilities"] ?? .null }
        } catch .cancelled {
            throw .cancelled
        } catch {
            // The refusal of the handshake says more.
        }
        state.withLock { $0.revision = nil }
        return nil
    }

    private func list(_ link: any MCPLink) async throws(MCPFault) -> [MCPRemoteTool] {
        let deadline = ContinuousClock.now + limits.list
        var tools: [MCPRemoteTool] = []
        var names: Set<String> = []
        var cursor: String?
        for _ in 0..<limits.pages {
            let params: JSONObject? = cursor.map { ["cursor": .string($0)] }
            let left = max(deadline - ContinuousClock.now, .milliseconds(1))
            let result = try await ask("tools/list", params, over: link, within: min(left, limits.list), saying: "the list of its tools")
            let page = try MCPRemoteTool.page(result, limits)
            tools += page.tools.filter { names.insert($0.name).inserted }
            guard let next = page.next, next != cursor, tools.count < limits.tools else { break }
            cursor = next
        }
        return Array(tools.prefix(limits.tools))
    }

    private func relist(over link: any MCPLink) async throws {
        var seen = 0
        while true {
            if state.withLock({ state in
                defer { state.isRecounting = false }
                return state.isRecounting
            }) {
                await recount(link)
            }
            seen = await news.change(after: seen)
            try Task.checkCancellation()
            if let fault = state.withLock({ $0.lost }) { throw fault }
            guard state.withLock({ $0.isRelisting }) else {
                if state.withLock({ $0.isRecounting }) { try await Task.sleep(for: limits.relistPause) }
                continue
            }
            // A server that changes all the time is asked now and then.
            try await Task.sleep(for: limits.relistPause)
            state.withLock { $0.isRelisting = false }
            do throws(MCPFault) {
                let tools = try await list(link)
                state.withLock { $0.tools = tools }
                tell()
            } catch {
                // The tools that are known may still be there; a connection that is lost is told by `lose`.
            }
        }
    }

    private func sendForOthers(over link: any MCPLink) async throws {
        var seen = 0
        while true {
            while let message = state.withLock({ $0.outgoing.isEmpty ? nil : $0.outgoing.removeFirst() }) {
                // Courtesies: whether the server lives shows with the next call.
                try? await within(.seconds(5), "a message") { try await link.send(message) }
            }
            try Task.checkCancellation()
            seen = await news.change(after: seen)
        }
    }

    // MARK: What happens to it

    private func tell() {
        changes.change()
        announce()
    }

    private func hear(_ message: MCPMessage, _ request: Int64?) {
        switch message {
        case .notification("notifications/tools/list_changed", _):
            state.withLock { $0.isRelisting = true }
            news.change()
        case .notification("notifications/resources/list_changed", _), .notification("notifications/prompts/list_changed", _):
            state.withLock { $0.isRecounting = true }
            news.change()
        case .notification("notifications/progress", let params):
            let call = params?["progressToken"]?.integerValue.flatMap { id in state.withLock { $0.calls[id] } }
            call?.hear(progress: params)
        case .request(let id, "elicitation/create", let params):
            if let call = call(during: request), call.hear(elicitation: id, params) { return }
            // Which of the sessions it is about cannot be told, so that no person is asked.
            post(MCPMessage.answer(toRequest: id, ["action": "decline"]))
        case .request(let id, let method, _): post(MCPMessage.answer(toRequest: id, method))
        case .notification, .result, .error: return
        }
    }

    /// The call that something belongs to which the server said: that of its stream, else the only one there is.
    private func call(during request: Int64?) -> MCPCall? {
        state.withLock { state in
            if let request { return state.calls[request] }
            return state.calls.count == 1 ? state.calls.first?.value : nil
        }
    }

    private func recount(_ link: any MCPLink) async {
        let had = counts
        var counts = had
        // Of all lists together: news of the tools waits for them.
        let deadline = ContinuousClock.now + limits.counts
        // What cannot be counted is none: its tools work all the same.
        if had.resources != nil {
            counts.resources = (try? await count("resources/list", "resources", link, until: deadline)) ?? 0
            counts.templates = await countTemplates(link, until: deadline)
        }
        if had.prompts != nil { counts.prompts = (try? await count("prompts/list", "prompts", link, until: deadline)) ?? 0 }
        let isFirst = state.withLock { state in
            state.counts = counts
            defer { state.countDeadline = nil }
            return state.countDeadline != nil
        }
        if counts != had || isFirst { tell() }
    }

    private func countTemplates(_ link: any MCPLink, until deadline: ContinuousClock.Instant) async -> Int {
        if state.withLock({ $0.isSilentAboutTemplates }) { return 0 }
        do throws(MCPFault) {
            return try await count("resources/templates/list", "resourceTemplates", link, until: deadline)
        } catch {
            if case .timedOut = error { state.withLock { $0.isSilentAboutTemplates = true } }
            return 0
        }
    }

    private func count(
        _ method: String, _ member: String, _ link: any MCPLink, until deadline: ContinuousClock.Instant
    ) async throws(MCPFault) -> Int {
        var count = 0
        var cursor: String?
        for _ in 0..<limits.pages {
            let params: JSONObject? = cursor.map { ["cursor": .string($0)] }
            let left = deadline - ContinuousClock.now
            // What was counted by then is there.
            if left <= .zero { break }
            let page = try await ask(method, params, over: link, within: min(left, limits.list), saying: "a list")
            if method == "resources/list" { listed.add(page) }
            count += page[member]?.arrayValue?.count ?? 0
            guard let next = page["nextCursor"]?.stringValue, next != cursor else { break }
            cursor = next
        }
        return count
    }

    private func post(_ message: [UInt8]) {
        state.withLock { state in
            if state.outgoing.count < Self.maximumOutgoing { state.outgoing.append(message) }
        }
        news.change()
    }

    private func lose(_ link: any MCPLink, _ fault: MCPFault) {
        state.withLock { state in
            guard state.link != nil else { return }
            (state.link, state.lost) = (nil, fault)
            state.phase = .disconnected(fault)
        }
        news.change()
        tell()
    }

    private func enter(_ phase: Phase) {
        state.withLock { state in
            state.phase = phase
            switch phase {
            case .connecting:
                state.attempted = .now
                state.isWanted = false
            case .stopped: state.link = nil
            case .connected, .failed, .disconnected: break
            }
        }
        tell()
    }
}
