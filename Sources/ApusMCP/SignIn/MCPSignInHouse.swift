import ApusBase
import ApusCore
import AsyncHTTPClient
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Tokens and sign-ins of all servers of a pool, by address: one sign-in and one renewal of each at a time, whoever needs it.
final class MCPSignInHouse: Sendable {
    /// A sign-in under way.
    private struct Attempt {
        var number: Int
        var pending: (url: String, state: String)?
        var callback: OAuthFlow.Callback?
        var isCancelled = false
    }

    private struct State {
        var challenges: [String: OAuthChallenge] = [:]
        /// Addresses whose server took none of our tokens.
        var refused: Set<String> = []
        var attempts: [String: Attempt] = [:]
        /// Of attempts that are over.
        var outcomes: [Int: MCPSignInOutcome] = [:]
        var renewing: Set<String> = []
        var lastNumber = 0
        var isClosed = false
        var news: [News] = []
    }

    /// What happened, by address.
    struct News: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            case required(url: String, state: String)
            case completed(MCPSignInOutcome)
        }

        var number: Int
        var address: String
        var kind: Kind
    }

    /// How long a person may take.
    static let patience = Duration.seconds(300)
    private static let maximumNews = 64
    private static let maximumOutcomes = 64

    let file: OAuthTokenFile
    private let client: @Sendable () -> HTTPClient
    /// Runs what must not end with whoever asked for it; `false` when nothing is run any more.
    private let start: @Sendable (@escaping @Sendable () async -> Void) -> Bool
    private let state = Mutex(State())
    private let watch = Watch()
    private let announce: @Sendable () -> Void

    init(
        file: OAuthTokenFile, client: @escaping @Sendable () -> HTTPClient,
        start: @escaping @Sendable (@escaping @Sendable () async -> Void) -> Bool, announce: @escaping @Sendable () -> Void
    ) {
        self.file = file
        self.client = client
        self.start = start
        self.announce = announce
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Ends all sign-ins.
    func close() {
        state.withLock { $0.isClosed = true }
        tell()
    }

    // MARK: Tokens of requests

    /// The token to send with a request, renewed when its time is over; `nil` where there is none.
    func token(for address: String, _ options: MCPSignInOptions) async -> String? {
        guard let tokens = file.tokens(for: address) else { return nil }
        guard tokens.isStale(now: Self.now), tokens.refresh != nil else { return tokens.access }
        if let fresh = await renewed(address, options, insteadOf: tokens.access) { return fresh }
        // The old one, unless it was forgotten meanwhile.
        return file.tokens(for: address)?.access
    }

    /// The server refused `used`: gives another token to try once, `nil` when a person must sign in.
    func token(for address: String, _ options: MCPSignInOptions, insteadOf used: String?, _ challenge: OAuthChallenge) async -> String? {
        state.withLock { $0.challenges[address] = challenge }
        if challenge.error != "insufficient_scope", let token = await renewed(address, options, insteadOf: used) { return token }
        if challenge.error == "insufficient_scope" { await remember(challenge, of: used, for: address) }
        refused(address, challenge)
        return nil
    }

    /// The sign-in that asks for what is missing may be one of another process.
    private func remember(_ challenge: OAuthChallenge, of used: String?, for address: String) async {
        guard var tokens = file.tokens(for: address), tokens.access == used, tokens.wanted != challenge else { return }
        tokens.wanted = challenge
        // Where it cannot be kept, the server names it again.
        _ = try? await file.replace(tokens.access, by: tokens, for: address)
    }

    /// A person must sign in.
    func refused(_ address: String, _ challenge: OAuthChallenge) {
        let isNew = state.withLock { state in
            state.challenges[address] = challenge
            return state.refused.insert(address).inserted
        }
        if isNew { tell() }
    }

    func accepted(_ address: String) {
        let isNew = state.withLock { $0.refused.remove(address) != nil }
        if isNew { tell() }
    }

    /// Waits for the one renewal that is under way, or begins it.
    private func renewed(_ address: String, _ options: MCPSignInOptions, insteadOf used: String?) async -> String? {
        guard let tokens = file.tokens(for: address) else { return nil }
        if tokens.access != used, !tokens.isStale(now: Self.now) { return tokens.access }
        guard tokens.refresh != nil else { return nil }
        let (isMine, isClosed) = state.withLock { state in
            state.isClosed ? (false, true) : (state.renewing.insert(address).inserted, false)
        }
        if isClosed { return nil }
        if isMine {
            // A token that rotates must be stored even when nobody waits for it any more.
            let isStarted = start {
                await self.renew(address, options, insteadOf: tokens.access)
                self.state.withLock { _ = $0.renewing.remove(address) }
                self.tell()
            }
            if !isStarted {
                state.withLock { _ = $0.renewing.remove(address) }
                return nil
            }
        }
        var seen = 0
        while state.withLock({ $0.renewing.contains(address) }), !Task.isCancelled { seen = await watch.change(after: seen) }
        guard let after = file.tokens(for: address), after.access != tokens.access else { return nil }
        return after.access
    }

    private func renew(_ address: String, _ options: MCPSignInOptions, insteadOf used: String) async {
        guard let flow = flow(address, options) else { return }
        do throws(OAuthFault) {
            try await file.renewing(address) { () throws(OAuthFault) in
                // Another process may have done it while we waited.
                guard let tokens = file.tokens(for: address), tokens.access == used else { return }
                do throws(OAuthFault) {
                    try await file.replace(used, by: try await flow.renew(tokens, now: Self.now), for: address)
                } catch {
                    // What is refused for good is not tried again; who we are stays known.
                    guard error.code == "invalid_grant" || error.code == "invalid_client" else { throw error }
                    var spent = tokens
                    spent.refresh = nil
                    try await file.replace(used, by: spent, for: address)
                }
            }
        } catch {
            // The request is refused then, and its status asks for a sign-in.
        }
    }

    // MARK: Sign-ins

    /// Runs a sign-in to its end, or joins the one under way.
    func signIn(_ address: String, _ options: MCPSignInOptions) async -> MCPSignInOutcome {
        let begun = state.withLock { state -> (number: Int, isNew: Bool)? in
            if state.isClosed { return nil }
            if let attempt = state.attempts[address] { return (attempt.number, false) }
            state.lastNumber += 1
            state.attempts[address] = Attempt(number: state.lastNumber)
            return (state.lastNumber, true)
        }
        guard let begun else { return .cancelled }
        if begun.isNew {
            let isStarted = start { await self.run(address, options, begun.number) }
            if !isStarted { finish(address, begun.number, .cancelled) }
        }
        var seen = watch.revision
        while !Task.isCancelled {
            if let outcome = state.withLock({ $0.outcomes[begun.number] }) { return outcome }
            seen = await watch.change(after: seen)
        }
        return .cancelled
    }

    func cancel(_ address: String) {
        state.withLock { $0.attempts[address]?.isCancelled = true }
        tell()
    }

    /// Whether a sign-in with that state waits for it.
    func answer(_ address: String, state given: String, _ callback: OAuthFlow.Callback) -> Bool {
        let isTaken = state.withLock { state in
            guard let attempt = state.attempts[address], attempt.pending?.state == given, callback.state == given, attempt.callback == nil
            else { return false }
            state.attempts[address]?.callback = callback
            return true
        }
        if isTaken { tell() }
        return isTaken
    }

    func forget(_ address: String) async throws(OAuthFault) {
        cancel(address)
        try await file.put(nil, for: address)
        state.withLock { _ = $0.refused.remove(address) }
        tell()
    }

    private func run(_ address: String, _ options: MCPSignInOptions, _ number: Int) async {
        let outcome: MCPSignInOutcome
        do throws(OAuthFault) {
            guard let flow = flow(address, options) else { throw OAuthFault("The server's address cannot be used for a sign-in.") }
            outcome = try await CallbackListener.with(
                port: options.callbackPort, take: { callback in self.take(callback, address, number) }
            ) { redirect throws(OAuthFault) in try await self.carryOut(flow, address, number, redirect) }
        } catch {
            outcome = .failed(error.sentence)
        }
        finish(address, number, outcome)
    }

    private func carryOut(
        _ flow: OAuthFlow, _ address: String, _ number: Int, _ redirect: String
    ) async throws(OAuthFault) -> MCPSignInOutcome {
        let known = file.tokens(for: address)
        var challenge = state.withLock { $0.challenges[address] } ?? OAuthChallenge()
        if challenge.error != "insufficient_scope", let wanted = known?.wanted {
            challenge.scope = wanted.scope ?? challenge.scope
            challenge.metadata = challenge.metadata ?? wanted.metadata
        }
        let prepared = try await flow.prepare(challenge, redirect: redirect, known: known)
        state.withLock { state in
            state.attempts[address]?.pending = (prepared.url, prepared.state)
            Self.add(.required(url: prepared.url, state: prepared.state), address, &state)
        }
        tell()
        guard let callback = await callback(address) else { return .cancelled }
        let tokens = try await flow.redeem(callback, prepared, now: Self.now)
        // Asked under the lock of the file: `forget` cancels before it takes that lock.
        let isStored = try await file.put(tokens, for: address, when: { self.isWanted(address, number) })
        return isStored ? .succeeded : .cancelled
    }

    private func isWanted(_ address: String, _ number: Int) -> Bool {
        state.withLock { state in
            guard let attempt = state.attempts[address] else { return false }
            return attempt.number == number && !attempt.isCancelled
        }
    }

    /// What the browser or the person brought; `nil` when the sign-in was given up.
    private func callback(_ address: String) async -> OAuthFlow.Callback? {
        // Being too late is being given up.
        try? await within(Self.patience, "the sign-in") {
            var seen = 0
            while !Task.isCancelled {
                let (attempt, isClosed) = self.state.withLock { ($0.attempts[address], $0.isClosed) }
                if isClosed || attempt?.isCancelled ?? true { return nil }
                if let callback = attempt?.callback { return callback }
                seen = await self.watch.change(after: seen)
            }
            return nil
        }
    }

    /// The state is the proof that a request to the callback's port comes from our sign-in.
    private func take(_ callback: OAuthFlow.Callback, _ address: String, _ number: Int) -> Bool {
        guard let given = callback.state, state.withLock({ $0.attempts[address]?.number == number }) else { return false }
        return answer(address, state: given, callback)
    }

    private func finish(_ address: String, _ number: Int, _ outcome: MCPSignInOutcome) {
        state.withLock { state in
            if state.attempts[address]?.number == number { state.attempts[address] = nil }
            state.outcomes[number] = outcome
            if let oldest = state.outcomes.keys.min(), state.outcomes.count > Self.maximumOutcomes { state.outcomes[oldest] = nil }
            if outcome == .succeeded { state.refused.remove(address) }
            Self.add(.completed(outcome), address, &state)
        }
        tell()
    }

    private func flow(_ address: String, _ options: MCPSignInOptions) -> OAuthFlow? {
        OAuthAddress(address).map { OAuthFlow(http: OAuthHTTP(client: client()), address: $0, options: options) }
    }

    // MARK: Looking

    struct Standing: Hashable, Sendable {
        var isRefused: Bool
        var hasTokens: Bool
        var pending: MCPPendingSignIn?
    }

    func standing(of address: String, server: String) -> Standing {
        let (isRefused, pending) = state.withLock { ($0.refused.contains(address), $0.attempts[address]?.pending) }
        return Standing(
            isRefused: isRefused, hasTokens: file.tokens(for: address) != nil,
            pending: pending.map { Self.pending(server, $0.url, $0.state) })
    }

    static func pending(_ server: String, _ url: String, _ state: String) -> MCPPendingSignIn {
        MCPPendingSignIn(
            server: server, url: url, message: "Open this address in a browser to sign in to the MCP server \"\(server)\".", state: state)
    }

    /// The news that tell what a person must open for the sign-ins under way, and the number of the last news of all.
    var underWay: (news: [News], last: Int) {
        state.withLock { state in
            let open = Set(state.attempts.values.compactMap { $0.pending?.state })
            let news = state.news.filter { if case .required(_, let given) = $0.kind { open.contains(given) } else { false } }
            return (news, state.news.last?.number ?? 0)
        }
    }

    var lastNews: Int { state.withLock { $0.news.last?.number ?? 0 } }
    func news(after number: Int) -> [News] { state.withLock { $0.news.filter { $0.number > number } } }

    /// Waits for a change after the one seen.
    func change(after seen: Int) async -> Int { await watch.change(after: seen) }
    var revision: Int { watch.revision }

    private func tell() {
        watch.change()
        announce()
    }

    private static func add(_ kind: News.Kind, _ address: String, _ state: inout State) {
        state.news.append(News(number: (state.news.last?.number ?? 0) + 1, address: address, kind: kind))
        if state.news.count > maximumNews { state.news.removeFirst() }
    }

    private static var now: Int64 { Int64(Date().timeIntervalSince1970) }
}

/// The tokens of one server, for the link to it.
struct MCPAuthorizer: Sendable {
    let house: MCPSignInHouse
    let address: String
    let options: MCPSignInOptions

    func token() async -> String? { await house.token(for: address, options) }

    func token(insteadOf used: String?, _ challenge: OAuthChallenge) async -> String? {
        await house.token(for: address, options, insteadOf: used, challenge)
    }

    func refused(_ challenge: OAuthChallenge) { house.refused(address, challenge) }
    func accepted() { house.accepted(address) }
}
