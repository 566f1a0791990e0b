import ApusBase
import ApusCore
import ApusSettings
import Foundation
import Synchronization
import Testing

@testable import ApusMCP

/// The pieces of a sign-in that need no server.
@Suite struct OAuthPartsTests {
    private static let challenges: [(String, String?, String?, String?)] = [
        (#"Bearer resource_metadata="https://a.test/x", scope="a b", error=invalid_token"#, "https://a.test/x", "a b", "invalid_token"),
        (#"Basic realm="x, Bearer scope=no", Bearer scope="q\"uote""#, nil, "q\"uote", nil),
        ("bearer", nil, nil, nil), ("Negotiate abc==", nil, nil, nil), (#"Bearer scope="never closed"#, nil, "never closed", nil),
        (#"Bearer scope=a, Digest scope=b"#, nil, "a", nil),
    ]

    @Test(arguments: challenges)
    func aChallengeIsReadWhateverStandsAroundIt(header: String, metadata: String?, scope: String?, error: String?) {
        let challenge = OAuthChallenge([header])
        #expect(challenge.metadata == metadata)
        #expect(challenge.scope == scope)
        #expect(challenge.error == error)
    }

    /// The example of RFC 7636, appendix B.
    @Test func theChallengeOfAVerifierIsThatOfTheStandard() {
        #expect(OAuthFlow.challenge(of: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test(arguments: [
        ("https://as.test", "https://mcp.test/mcp", true), ("http://as.test", "https://mcp.test/mcp", false),
        ("http://127.0.0.1:9", "https://mcp.test/mcp", false), ("https://localhost", "https://mcp.test/mcp", false),
        ("https://169.254.169.254/x", "https://mcp.test/mcp", false), ("http://127.0.0.1:9", "http://localhost:8/mcp", true),
        ("https://user:pw@as.test", "https://mcp.test/mcp", false), ("https://as.test/#x", "https://mcp.test/mcp", false),
        ("https://[::1]/", "https://mcp.test/mcp", false),
    ])
    func aServerSendsUsOnlyWhereKeysMayTravel(place: String, server: String, isAcceptable: Bool) throws {
        let address = try #require(OAuthAddress(place))
        let from = try #require(OAuthAddress(server))
        #expect(address.isAcceptable(from: from) == isAcceptable)
    }

    @Test(arguments: [
        "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f.1/", "https://0x7f000001/", "https://0177.0.0.1/",
        "https://127.0.0.01/", "https://0/", "https://0.0.0.0/", "https://localhost./", "https://a.localhost/", "https://LOCALHOST/",
        "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::]/", "https://[::7f00:1]/",
        "https://[::ffff:169.254.169.254]/", "https://2852039166", "https://169.254.169.254./", "https://[fe80::1]/", "https://[fe90::1]/",
        "https://[fd00:ec2::254]/", "https://[fc00::1]/", "https://[ff02::1]/", "https://[64:ff9b::a00:1]/", "https://[2002:7f00:1::]/",
        "https://metadata.google.internal/", "https://metadata.google.internal./", "https://10.0.0.1/", "https://172.16.0.1/",
        "https://172.31.255.255/", "https://192.168.1.1/", "https://100.64.0.1/", "https://224.0.0.1/", "https://255.255.255.255/",
        "https://1.2.3/", "https://1.2.3.256/", "https://a..example.com/",
    ])
    func aServerElsewhereSendsUsIntoNoOtherNetwork(place: String) throws {
        let server = try #require(OAuthAddress("https://mcp.test/mcp"))
        // What is no address at all is asked by nobody either.
        let isAcceptable = OAuthAddress(place)?.isAcceptable(from: server) ?? false
        #expect(!isAcceptable)
    }

    @Test(arguments: [
        "https://8.8.8.8/", "https://172.32.0.1/", "https://100.128.0.1/", "https://[2606:4700::1111]/", "https://[::ffff:8.8.8.8]/",
        "https://127.evil.example.com/", "https://face.cab/", "https://login.example.com./", "https://10.example.com/",
    ])
    func thePublicNetworkIsAskedByNameAndByNumber(place: String) throws {
        let address = try #require(OAuthAddress(place))
        let server = try #require(OAuthAddress("https://mcp.test/mcp"))
        #expect(address.isAcceptable(from: server))
        #expect(!address.isLoopback)
    }

    @Test func aServerInAPrivateNetworkMaySendUsToItself() throws {
        let server = try #require(OAuthAddress("https://10.0.0.1/mcp"))
        let same = try #require(OAuthAddress("https://10.0.0.1:8443/x"))
        let other = try #require(OAuthAddress("https://10.0.0.2/x"))
        #expect(same.isAcceptable(from: server))
        #expect(!other.isAcceptable(from: server))
    }

    @Test(arguments: [
        ("localhost", true), ("::1", true), ("127.0.0.1", true), ("127.255.0.9", true), ("127.evil.example.com", false),
        ("127.0.0.evil", false), ("127.0.0.256", false), ("127.1", false), ("127.0.0.01", false), ("127.0.0.1.", false),
        ("128.0.0.1", false), ("", false),
    ])
    func onlyPlainSpellingsAreThisMachine(host: String, isLoopback: Bool) { #expect(OAuthHost.isLoopback(host) == isLoopback) }

    @Test func theBrowserIsNotToldWhatNobodyKnowsYet() {
        let sentence = CallbackListener.sentence(after: OAuthFlow.Callback(query: "code=x&state=y"))
        #expect(sentence == "Apus has the answer. You can close this page and look where you began.")
        let refused = CallbackListener.sentence(after: OAuthFlow.Callback(query: "error=access_denied&state=y"))
        #expect(refused.contains("was refused"))
    }

    @Test(arguments: ["javascript:alert(1)", "file:///etc/passwd", "https://", "https://a b", "https://ä.test", ""])
    func whatIsNoAddressIsNone(text: String) { #expect(OAuthAddress(text) == nil) }

    @Test func aFormSurvivesItsEncoding() {
        let members = [("a", "b c&d=e+f"), ("ä", "%41\u{1F600}")]
        #expect(OAuthForm.decode(OAuthForm.encode(members)) == Dictionary(uniqueKeysWithValues: members))
        #expect(OAuthForm.decode("a=%zz&a=second&b") == ["a": "%zz", "b": ""])
    }

    private static let settings: [(String, String?)] = [
        (#"{"clientMetadataUrl":"https://a.test/client.json"}"#, nil),
        (#"{"clientMetadataUrl":"https://a.test/"}"#, "no https:// address with a plain path"),
        (#"{"clientMetadataUrl":"http://a.test/c"}"#, "no https:// address with a plain path"),
        (#"{"clientMetadataUrl":"https://a.test/c?x=1"}"#, "no https:// address with a plain path"),
        (#"{"clientMetadataUrl":"https://a.test/b/%2E%2e/c"}"#, "no https:// address with a plain path"),
        (#"{"clientMetadataUrl":"https://u@a.test/c"}"#, "no https:// address with a plain path"),
        (#"{"clientMetadataUrl":"https://a.test/c","clientId":"x","authorizationServerIssuer":"https://a.test"}"#, "excludes clientId"),
        (
            #"{"clientMetadataUrl":"https://a.test/c","tokenEndpointAuthMethod":"client_secret_post"}"#,
            "needs the tokenEndpointAuthMethod none"
        ),
        (#"{"clientId":"x"}"#, "need an authorizationServerIssuer"),
        (#"{"clientSecret":"x","authorizationServerIssuer":"https://a.test"}"#, "a clientSecret needs a clientId"),
        (#"{"clientId":"x","authorizationServerIssuer":"http://a.test"}"#, "no https:// address"),
        (#"{"resource":"mine"}"#, "the resource is no absolute address"), (#"{"resource":false}"#, nil), ("false", nil), ("true", nil),
    ]

    @Test(arguments: settings)
    func whatDoesNotGoTogetherIsTold(oauth: String, words: String?) throws {
        let value: JSONValue = ["url": "https://mcp.test/mcp", "oauth": try JSONValue(parsing: Array(oauth.utf8))]
        let entry = try MCPServerEntry("one", value, environment: [:])
        let server = MCPServerConfiguration(name: "one", transport: try #require(entry.transport), signIn: entry.signIn)
        #expect(server.obstacle == nil || words != nil, "\(server.obstacle ?? "")")
        if let words { #expect(server.obstacle?.contains(words) == true, "\(server.obstacle ?? "nothing")") }
    }

    @Test func aConfigurationIsWrittenAsItIsRead() throws {
        let written = """
            {"scopes":["a","b"],"resource":"https://r.test","authorizationServerIssuer":"https://a.test","clientId":"x","clientSecret":"y",\
            "tokenEndpointAuthMethod":"client_secret_post","callbackPort":4000}
            """
        let value = try JSONValue(parsing: Array(written.utf8))
        let entry = try MCPServerEntry("one", ["url": "https://mcp.test", "oauth": value], environment: [:])
        let json = MCPServerEntry.json(
            MCPServerConfiguration(name: "one", transport: try #require(entry.transport), signIn: entry.signIn))
        #expect(json["oauth"] == value)
    }

    @Test func aTokenFileThatOthersCanReadIsNotBelieved() async throws {
        let home = Home()
        let file = OAuthTokenFile(path: home.paths.apusHome + "/mcp-tokens.json", conceal: { _ in })
        let answer: JSONValue = ["access_token": "abc", "token_type": "bearer", "expires_in": 10]
        let identity = OAuthIdentity(id: "x", secret: "s", authentication: .post)
        let made = OAuthTokens(answer, resource: nil, issuer: "https://a.test", endpoint: "https://a.test/t", identity: identity, now: 100)
        let tokens = try #require(made)
        #expect(tokens.expiresAt == 110 && tokens.isStale(now: 80) && !tokens.isStale(now: 79))
        try await file.put(tokens, for: "https://mcp.test")
        #expect(file.tokens(for: "https://mcp.test") == tokens)
        #expect(file.tokens(for: "https://other.test") == nil)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        #expect(file.tokens(for: "https://mcp.test") == nil)
    }

    @Test func whatWasForgottenOrReplacedMeanwhileIsNotPutBack() async throws {
        let home = Home()
        let file = OAuthTokenFile(path: home.paths.apusHome + "/mcp-tokens.json", conceal: { _ in })
        let identity = OAuthIdentity(id: "x", secret: nil, authentication: .none)
        let made = OAuthTokens(["access_token": "abc"], resource: nil, issuer: "i", endpoint: "e", identity: identity, now: 0)
        let old = try #require(made)
        var new = old
        new.access = "def"
        let place = "https://mcp.test"
        try await file.put(old, for: place)
        let isReplaced = try await file.replace("abc", by: new, for: place)
        #expect(isReplaced && file.tokens(for: place) == new)
        let isReplacedAgain = try await file.replace("abc", by: old, for: place)
        #expect(!isReplacedAgain && file.tokens(for: place) == new)
        try await file.put(nil, for: place)
        let isBack = try await file.replace("def", by: old, for: place)
        #expect(!isBack && file.tokens(for: place) == nil)
        let isPut = try await file.put(old, for: place, when: { false })
        #expect(!isPut && file.tokens(for: place) == nil)
    }

    @Test func aLockThatCannotBeHadIsSaid() async throws {
        let home = Home()
        let file = OAuthTokenFile(path: home.paths.apusHome + "/mcp-tokens.json", conceal: { _ in })
        try FileManager.default.createDirectory(atPath: file.path + ".lock", withIntermediateDirectories: true)
        await #expect(throws: OAuthFault("The lock \(file.path).lock cannot be used: it is no regular file.")) {
            try await file.put(nil, for: "https://mcp.test")
        }
    }

    @Test func renewingLeavesNoFileBehind() async throws {
        let home = Home()
        let file = OAuthTokenFile(path: home.paths.apusHome + "/mcp-tokens.json", conceal: { _ in })
        try FileManager.default.createDirectory(atPath: home.paths.apusHome, withIntermediateDirectories: true)
        // One that a killed process left, and one that another process renews under.
        #expect(FileManager.default.createFile(atPath: file.path + ".renew-left", contents: nil))
        let held = try #require(try FileLock.take(file.path + ".renew-held"))
        let inside = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await file.renewing("https://mcp.test") { () throws(OAuthFault) in
                        #expect(inside.add(1) == 1)
                        await Task.yield()
                        inside.add(-1)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.paths.apusHome) == ["mcp-tokens.json.renew-held"])
        held.releaseAndRemove()
    }

    @Test func whatIsNoTokenIsNotTaken() {
        let identity = OAuthIdentity(id: "x", secret: nil, authentication: .none)
        for answer in [["access_token": "a\r\nb"], ["access_token": ""], ["access_token": "a", "token_type": "mac"], .object([:])]
            as [JSONValue]
        {
            #expect(OAuthTokens(answer, resource: nil, issuer: "i", endpoint: "e", identity: identity, now: 0) == nil)
        }
    }
}

private final class Counter: Sendable {
    private let count = Mutex(0)

    @discardableResult
    func add(_ number: Int) -> Int {
        count.withLock { count in
            count += number
            return count
        }
    }
}
