import ApusBase
import ApusCore
import ApusSettings
import Foundation
import Synchronization
import Testing

@testable import ApusMCP

/// Signing in by OAuth 2.1, against a small authorization server.
@Suite struct MCPSignInTests {
    /// Signs in as a person would who agrees, by the callback.
    private func signIn(
        _ pool: MCPPool, _ server: AuthorizationFixture,
        _ bring: @escaping @Sendable (MCPPendingSignIn, [String: String]) async throws -> Void
    ) async throws -> MCPSignInOutcome {
        let news = pool.signInNews(of: session)
        return try await withThrowingTaskGroup(of: MCPSignInOutcome?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await pool.signIn(to: "one", in: session) }
            group.addTask {
                for await case .required(let pending) in news { try await bring(pending, server.agree(to: pending.url)) }
                return nil
            }
            while let next = try await group.next() { if let next { return next } }
            return .cancelled
        }
    }

    /// Sends the browser to where it is sent after a sign-in, and expects that status.
    private func callBack(_ given: [String: String], _ changes: [String: String] = [:], isAnswered status: Int) async throws {
        let members = given.merging(changes) { $1 }.filter { $0.key != "redirect" && !$0.value.isEmpty }.map { ($0.key, $0.value) }
        let redirect = try #require(given["redirect"])
        let address = try #require(OAuthAddress(redirect + "?" + OAuthForm.encode(members)))
        let clients = MCPHTTPClients(certificates: nil, connectLimit: .seconds(300))
        let answer: OAuthHTTP.Answer
        do {
            answer = try await OAuthHTTP(client: clients.open()).get(address)
        } catch {
            await clients.close()
            throw error
        }
        await clients.close()
        #expect(answer.status == status)
    }

    private func connected(_ pool: MCPPool) async {
        while await pool.status(of: session).first?.phase != .connected { await Task.yield() }
    }

    @Test func aServerThatWantsATokenIsUsedAfterAPersonSignedIn() async throws {
        let home = Home()
        let concealed = Mutex<Set<String>>([])
        try await AuthorizationFixture.with { server, http in
            try await withPool(paths: home.paths, conceal: { more in concealed.withLock { $0.formUnion(more) } }) { pool in
                await pool.connect([ApusMCPTests.server(http.url)], to: session)
                let before = try #require(await pool.status(of: session).first)
                #expect(before.phase == .failed && before.needsSignIn && !before.hasTokens)
                #expect(before.error?.contains("wants a sign-in (HTTP 401)") == true)
                #expect(await pool.names() == [])
                let url = Mutex("")
                let outcome = try await signIn(pool, server) { pending, given in
                    url.withLock { $0 = pending.url }
                    #expect(await pool.status(of: session).first?.pendingSignIn == pending)
                    try await callBack(given, isAnswered: 200)
                }
                #expect(outcome == .succeeded)
                let asked = OAuthForm.decode(url.withLock { $0 }.drop { $0 != "?" }.dropFirst())
                #expect(asked["response_type"] == "code" && asked["code_challenge_method"] == "S256" && asked["client_id"] == "registered")
                #expect(asked["resource"] == http.url && asked["scope"] == "tools")
                #expect(asked["redirect_uri"]?.hasPrefix("http://127.0.0.1:") == true)
                await connected(pool)
                let after = try #require(await pool.status(of: session).first)
                #expect(after.hasTokens && !after.needsSignIn && after.pendingSignIn == nil)
                let result = try await pool.run("one___echo")
                #expect(result.status == .succeeded)
            }
            let registration = try #require(http.requests.first { $0.path == "/register" }).message
            #expect(registration["token_endpoint_auth_method"] == "none")
            #expect(http.requests.filter { $0.path == "/token" }.count == 1)
            #expect(concealed.withLock { $0.contains { $0.hasPrefix("access-") } && $0.contains { $0.hasPrefix("refresh-") } })
            let path = home.paths.apusHome + "/mcp-tokens.json"
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            // The next process has them.
            try await withPool(paths: home.paths) { pool in
                await pool.connect([ApusMCPTests.server(http.url)], to: session)
                #expect(await pool.status(of: session).first?.phase == .connected)
            }
        }
    }

    /// A client that looks at a session is told a little later than it may sign in.
    @Test func whoComesDuringASignInIsToldWhatToOpen() async throws {
        try await AuthorizationFixture.with { server, http in
            try await withPool { pool in
                await pool.connect([ApusMCPTests.server(http.url)], to: session)
                var told: [MCPSignInNews] = []
                let outcome = try await signIn(pool, server) { pending, given in
                    var late = pool.signInNews(of: session).makeAsyncIterator()
                    #expect(await late.next() == .required(pending))
                    try await callBack(given, isAnswered: 200)
                    #expect(await late.next() == .completed(server: "one", .succeeded))
                }
                #expect(outcome == .succeeded)
                // What is over is not told again.
                let after = pool.signInNews(of: session)
                pool.close()
                for await news in after { told.append(news) }
                #expect(told.isEmpty)
            }
        }
    }

    /// A client begins to look at a session before the session's servers are attached.
    @Test func whoComesBeforeTheServersIsToldOfTheirSignIns() async throws {
        try await AuthorizationFixture.with { server, http in
            try await withPool { pool in
                let news = pool.signInNews(of: session)
                async let first: MCPSignInNews? = {
                    var early = news.makeAsyncIterator()
                    return await early.next()
                }()
                await Task.yield()
                await pool.connect([ApusMCPTests.server(http.url)], to: session)
                let seen = Mutex<MCPPendingSignIn?>(nil)
                let outcome = try await signIn(pool, server) { pending, given in
                    seen.withLock { $0 = pending }
                    try await callBack(given, isAnswered: 200)
                }
                #expect(outcome == .succeeded)
                let pending = try #require(seen.withLock { $0 })
                #expect(await first == .required(pending))
            }
        }
    }

    @Test(arguments: [true, false]) func theCodeOrTheWholeAddressMayBePasted(isWhole: Bool) async throws {
        try await AuthorizationFixture.with { server, http in
            try await withPool { pool in
                await pool.connect([ApusMCPTests.server(http.url)], to: session)
                let outcome = try await signIn(pool, server) { pending, given in
                    let whole = given["redirect"]! + "?" + OAuthForm.encode(["code", "state", "iss"].map { ($0, given[$0]!) })
                    // Another sign-in's answer is nobody's.
                    await #expect(throws: MCPServersError.self) {
                        try await pool.answerSignIn(to: "one", state: "other", .code("x"), in: session)
                    }
                    try await pool.answerSignIn(to: "one", state: pending.state, .code(isWhole ? whole : given["code"]!), in: session)
                }
                #expect(outcome == .succeeded)
            }
        }
    }

    @Test func whatTheCallbackBringsMustBeOfThisSignInAndOfWhoWasAsked() async throws {
        try await AuthorizationFixture.with { server, http in
            try await withPool { pool in
                await pool.connect([ApusMCPTests.server(http.url)], to: session)
                let outcome = try await signIn(pool, server) { _, given in
                    try await callBack(given, ["state": "guessed"], isAnswered: 400)
                    try await callBack(given, ["iss": "https://elsewhere.test"], isAnswered: 200)
                }
                guard case .failed(let sentence) = outcome else { Issue.record("\(outcome)"); return }
                #expect(sentence.contains("https://elsewhere.test, which is not who was asked"))
                // Nothing was told to anyone.
                #expect(!http.requests.contains { $0.path == "/token" })
                let missing = try await signIn(pool, server) { _, given in
                    try await callBack(given, ["iss": ""], isAnswered: 200)
                }
                #expect(missing != .succeeded)
            }
        }
    }

    @Test func aRefusalIsToldAndASignInCanBeGivenUp() async throws {
        try await AuthorizationFixture.with { server, http in
            try await withPool { pool in
                await pool.connect([ApusMCPTests.server(http.url)], to: session)
                let refused = try await signIn(pool, server) { pending, _ in
                    try await pool.answerSignIn(
                        to: "one", state: pending.state, .refused(error: "access_denied", description: "no\u{1B}[2J"), in: session)
                }
                guard case .failed(let sentence) = refused else { Issue.record("\(refused)"); return }
                #expect(sentence.contains("access_denied: no") && !sentence.contains("\u{1B}"), "\(sentence)")
                let given = try await signIn(pool, server) { _, _ in try await pool.cancelSignIn(to: "one", in: session) }
                #expect(given == .cancelled)
                #expect(await pool.status(of: session).first?.pendingSignIn == nil)
            }
        }
    }

    @Test(arguments: AuthorizationFixture.Flaw.allCases.filter { $0 != .none && $0 != .silent })
    func aServerThatDescribesItselfWronglyIsNotSignedInTo(flaw: AuthorizationFixture.Flaw) async throws {
        try await AuthorizationFixture.with(flaw) { server, http in
            try await withPool { pool in
                await pool.connect([ApusMCPTests.server(http.url)], to: session)
                let outcome = try await pool.signIn(to: "one", in: session)
                guard case .failed(let sentence) = outcome else { Issue.record("\(flaw): \(outcome)"); return }
                let words =
                    switch flaw {
                    case .otherResource: "describes itself as \"https://elsewhere.test/mcp\""
                    case .otherIssuer: "calls itself by another name"
                    case .noPKCE: "does not say that it does PKCE with S256"
                    case .plainEndpoint: "\"http://elsewhere.test/token\" as its token_endpoint"
                    case .noRegistration: "does not let clients register by themselves"
                    case .endlessMetadata: "larger than 262144 bytes"
                    case .none, .silent: "?"
                    }
                #expect(sentence.contains(words), "\(sentence)")
                #expect(!http.requests.contains { $0.path == "/token" })
            }
        }
    }

    @Test func aServerThatDescribesNothingIsSignedInToByTheRulesOfItsRevision() async throws {
        try await AuthorizationFixture.with(.silent) { server, http in
            try await withPool { pool in
                await pool.connect([ApusMCPTests.server(http.url)], to: session)
                let outcome = try await signIn(pool, server) { pending, given in
                    #expect(pending.url.hasPrefix("http://127.0.0.1:\(http.port)/authorize?"))
                    try await callBack(given, isAnswered: 200)
                }
                #expect(outcome == .succeeded)
            }
        }
    }

    @Test func aTokenThatIsRefusedIsRenewedOnceHoweverManyCallsNeedIt() async throws {
        let home = Home()
        try await AuthorizationFixture.with { server, http in
            try await withPool(paths: home.paths) { pool in
                try await enter(pool, server, http)
                let tool = try #require(await pool.tool("one___echo"))
                server.expireAll()
                let results = await withTaskGroup(of: ToolResult.self) { group in
                    for _ in 0..<20 { group.addTask { await tool.run(["text": "hi"], in: context) } }
                    return await group.reduce(into: [ToolOutcome.Status]()) { $0.append($1.status) }
                }
                #expect(results == Array(repeating: .succeeded, count: 20))
                // Rotated: a second renewal with the same token would have failed.
                #expect(http.requests.filter { $0.path == "/token" }.count == 2)
            }
            let stored = OAuthTokenFile(path: home.paths.apusHome + "/mcp-tokens.json", conceal: { _ in }).tokens(for: http.url)
            #expect(stored.map { tokens in server.state.withLock { $0.refreshes.contains(tokens.refresh ?? "") } } == true)
        }
    }

    @Test func aTokenIsRenewedBeforeItsTimeIsOver() async throws {
        try await AuthorizationFixture.with { server, http in
            server.state.withLock { $0.lifetime = 1 }
            try await withPool { pool in
                try await enter(pool, server, http)
                server.state.withLock { $0.lifetime = 3_600 }
                let result = try await pool.run("one___echo")
                #expect(result.status == .succeeded)
                let forms = http.requests.filter { $0.path == "/token" }.map { OAuthForm.decode(String(decoding: $0.body, as: UTF8.self)) }
                #expect(
                    forms.contains { $0["grant_type"] == "refresh_token" && $0["resource"] == http.url && $0["client_id"] == "registered" })
            }
        }
    }

    @Test func whenTokensCannotBeRenewedTheServerAsksForAPersonAgain() async throws {
        try await AuthorizationFixture.with { server, http in
            try await withPool { pool in
                try await enter(pool, server, http)
                server.state.withLock { $0.failsRenewals = true }
                server.expireAll()
                let result = try await pool.run("one___echo")
                #expect(result.status == .failed && result.text.contains("wants a sign-in (HTTP 401)"), "\(result.text)")
                #expect(await pool.status(of: session).first?.needsSignIn == true)
                let before = http.requests.filter { $0.path == "/token" }.count
                _ = try await pool.run("one___echo")
                // What was refused for good is not sent again.
                #expect(http.requests.filter { $0.path == "/token" }.count == before)
            }
        }
    }

    @Test func aCallThatNeedsMoreRightsNamesThemAndTheNextSignInAsksForThem() async throws {
        try await AuthorizationFixture.with { server, http in
            try await withPool { pool in
                try await enter(pool, server, http)
                server.state.withLock { $0.wantedScope = "tools write" }
                let refused = try await pool.run("one___echo")
                #expect(refused.text.contains("wants a sign-in with more rights (tools write)"), "\(refused.text)")
                // Once: a server that always wants more is not asked for ever.
                #expect(http.requests("tools/call").count == 1)
                let outcome = try await signIn(pool, server) { _, given in try await callBack(given, isAnswered: 200) }
                #expect(outcome == .succeeded)
                let allowed = try await pool.run("one___echo")
                #expect(allowed.status == .succeeded, "\(allowed.text)")
            }
        }
    }

    @Test func theRightsThatAreMissingAreKnownToTheNextProcess() async throws {
        let home = Home()
        let path = home.paths.apusHome + "/mcp-tokens.json"
        try await AuthorizationFixture.with { server, http in
            try await withPool(paths: home.paths) { pool in
                try await enter(pool, server, http)
                server.state.withLock { $0.wantedScope = "tools write" }
                let refused = try await pool.run("one___echo")
                #expect(refused.status == .failed, "\(refused.text)")
            }
            let before = OAuthTokenFile(path: path, conceal: { _ in }).tokens(for: http.url)
            #expect(before?.wanted?.scope == "tools write")
            try await withPool(paths: home.paths) { pool in
                await pool.connect([ApusMCPTests.server(http.url)], to: session)
                let outcome = try await signIn(pool, server) { pending, given in
                    #expect(OAuthForm.decode(pending.url.drop { $0 != "?" }.dropFirst())["scope"] == "tools write")
                    try await callBack(given, isAnswered: 200)
                }
                #expect(outcome == .succeeded)
            }
            let after = OAuthTokenFile(path: path, conceal: { _ in }).tokens(for: http.url)
            #expect(after?.access != before?.access && after?.wanted == nil)
        }
    }

    @Test func aConfiguredClientShowsItsSecretAndIsNotRegistered() async throws {
        try await AuthorizationFixture.with { server, http in
            try await withPool { pool in
                var options = MCPSignInOptions()
                (options.clientID, options.clientSecret, options.issuer) = ("me:1", "very secret", "http://127.0.0.1:\(http.port)")
                options.scopes = ["mine"]
                let configured = MCPServerConfiguration(
                    name: "one", transport: .http(url: http.url, headers: []), signIn: .asked(options))
                await pool.connect([configured], to: session)
                let outcome = try await signIn(pool, server) { pending, given in
                    #expect(OAuthForm.decode(pending.url.drop { $0 != "?" }.dropFirst())["scope"] == "mine")
                    #expect(!pending.url.contains("secret"))
                    try await callBack(given, isAnswered: 200)
                }
                #expect(outcome == .succeeded)
                let token = try #require(http.requests.first { $0.path == "/token" })
                #expect(token.headers["authorization"] == "Basic " + Data("me%3A1:very%20secret".utf8).base64EncodedString())
                #expect(!http.requests.contains { $0.path == "/register" })
            }
        }
    }

    @Test func whoSaysWhoTheyAreOrForbidsItIsNotSignedIn() async throws {
        try await AuthorizationFixture.with { server, http in
            try await withPool { pool in
                let never = MCPServerConfiguration(name: "two", transport: .http(url: http.url, headers: []), signIn: .never)
                await pool.connect([ApusMCPTests.server(http.url, headers: [("authorization", "Bearer mine")]), never], to: session)
                for name in ["one", "two", "three"] {
                    await #expect(throws: MCPServersError.self) { try await pool.signIn(to: name, in: session) }
                }
                #expect(await pool.status(of: session).map(\.needsSignIn) == [false, false])
                #expect(!http.requests.contains { $0.path.contains("well-known") })
                #expect(http.requests.compactMap { $0.headers["authorization"] }.allSatisfy { $0 == "Bearer mine" })
            }
        }
    }

    @Test func whoSignsOutIsForgotten() async throws {
        let home = Home()
        try await AuthorizationFixture.with { server, http in
            try await withPool(paths: home.paths) { pool in
                try await enter(pool, server, http)
                try await pool.signOut(of: "one", in: session)
                while await pool.status(of: session).first?.needsSignIn != true { await Task.yield() }
                let text = try String(contentsOfFile: home.paths.apusHome + "/mcp-tokens.json", encoding: .utf8)
                #expect(!text.contains("access-") && !text.contains("refresh-"))
            }
        }
    }

    @Test func whoSignsOutWhileTokensAreRenewedStaysSignedOut() async throws {
        let home = Home()
        let path = home.paths.apusHome + "/mcp-tokens.json"
        try await AuthorizationFixture.with { server, http in
            try await withPool(paths: home.paths) { pool in
                try await enter(pool, server, http)
                // As another process that forgets the only tokens there are.
                server.state.withLock { $0.atRenewal = { try? FileManager.default.removeItem(atPath: path) } }
                server.expireAll()
                let result = try await pool.run("one___echo")
                #expect(result.status == .failed && result.text.contains("wants a sign-in (HTTP 401)"), "\(result.text)")
                #expect(http.requests.filter { $0.path == "/token" }.count == 2)
            }
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func whoWasRegisteredForAnotherRedirectIsRegisteredAnew() async throws {
        try await AuthorizationFixture.with { _, http in
            var options = MCPSignInOptions()
            options.callbackPort = 4_000
            let address = try #require(OAuthAddress(http.url))
            let clients = MCPHTTPClients(certificates: nil, connectLimit: .seconds(300))
            let flow = OAuthFlow(http: OAuthHTTP(client: clients.open()), address: address, options: options)
            do {
                let first = try await flow.prepare(OAuthChallenge(), redirect: "http://127.0.0.1:4000/callback", known: nil)
                let made = OAuthTokens(
                    ["access_token": "abc"], resource: nil, issuer: first.server.issuer, endpoint: first.server.token.text,
                    identity: first.identity, now: 0)
                let tokens = try #require(made)
                let read = OAuthTokens(stored: tokens.json)
                let known = try #require(read)
                #expect(known == tokens)
                var old = known
                old.identity.redirect = nil
                func registrations() -> Int { http.requests.filter { $0.path == "/register" }.count }
                _ = try await flow.prepare(OAuthChallenge(), redirect: "http://127.0.0.1:4000/callback", known: known)
                #expect(registrations() == 1)
                _ = try await flow.prepare(OAuthChallenge(), redirect: "http://127.0.0.1:4001/callback", known: known)
                #expect(registrations() == 2)
                _ = try await flow.prepare(OAuthChallenge(), redirect: "http://127.0.0.1:4000/callback", known: old)
                #expect(registrations() == 3)
            } catch {
                await clients.close()
                throw error
            }
            await clients.close()
        }
    }

    @Test func aRunIsToldOnceWhatIsMissing() async throws {
        let told = Mutex<[String]>([])
        try await AuthorizationFixture.with { _, http in
            try await withPool(announce: { line in told.withLock { $0.append(line) } }) { pool in
                await pool.connect([ApusMCPTests.server(http.url)], to: session)
                #expect(await pool.names() == [])
                #expect(await pool.names() == [])
            }
        }
        #expect(told.withLock { $0 } == ["The MCP server \"one\" wants a sign-in; its tools are missing. Run: apus mcp auth one"])
    }

    @Test func aRunIsToldOnceOfAServerThatCannotBeReached() async throws {
        let told = Mutex<[String]>([])
        try await withPool(announce: { line in told.withLock { $0.append(line) } }) { pool in
            await pool.connect([ApusMCPTests.server("http://127.0.0.1:1/mcp")], to: session)
            #expect(await pool.names() == [])
            #expect(await pool.names() == [])
        }
        let lines = told.withLock { $0 }
        #expect(lines.count == 1)
        #expect(
            lines.first?.hasPrefix("The MCP server \"one\" ") == true && lines.first?.hasSuffix(" Its tools are missing.") == true,
            "\(lines)")
    }

    private func enter(_ pool: MCPPool, _ server: AuthorizationFixture, _ http: HTTPFixture) async throws {
        await pool.connect([ApusMCPTests.server(http.url)], to: session)
        let outcome = try await signIn(pool, server) { _, given in try await callBack(given, isAnswered: 200) }
        #expect(outcome == .succeeded)
        await connected(pool)
    }
}
