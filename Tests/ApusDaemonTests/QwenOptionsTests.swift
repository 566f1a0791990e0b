import ApusBase
import ApusFronts
import Testing

@testable import ApusDaemon

/// What `apus serve` makes of its flags, and how that travels to another process.
@Suite struct QwenOptionsTests {
    private static func request(
        _ environment: [String: String] = [:], needsCredential: Bool = false, _ change: (inout QwenOptions) -> Void = { _ in }
    ) throws -> PortRequest {
        var options = QwenOptions()
        change(&options)
        return try options.request(environment: environment, needsCredential: needsCredential)
    }

    private static func setting(_ request: PortRequest) -> QwenSetting? {
        if case .qwen(let setting) = request.kind { setting } else { nil }
    }

    @Test func withoutFlagsItIsTheProtocolsDefaults() throws {
        var expected = QwenSetting()
        expected.isOpen = true
        var request = PortRequest(.qwen(expected), host: "127.0.0.1", port: 4_170)
        request.maximumConnections = 256
        #expect(try Self.request() == request)
        #expect(expected.maximumSessions == 20)
        #expect(expected.permissionDeadline == .seconds(300))
        #expect(expected.heartbeat == .seconds(15))
        #expect(expected.maximumSubscribers == 64)
        #expect(expected.ringSize == nil)
    }

    @Test func everyFlagArrives() throws {
        let request = try Self.request {
            $0.hostname = "[::1]"
            $0.port = "0"
            $0.token = " \t\u{A0}se cret\n"
            $0.maximumSessions = "3"
            $0.maximumConnections = "7"
            $0.workspace = "/"
            $0.requiresAuth = true
            $0.ringSize = "12"
            $0.permissionMilliseconds = "1500"
            $0.isNonBlocking = true
        }
        var expected = QwenSetting()
        expected.hostname = "[::1]"
        expected.token = "se cret"
        expected.requiresAuth = true
        expected.maximumSessions = 3
        expected.workspace = "/"
        expected.ringSize = 12
        expected.permissionDeadline = .milliseconds(1_500)
        expected.isNonBlocking = true
        var port = PortRequest(.qwen(expected), host: "::1", port: 0)
        port.maximumConnections = 7
        #expect(request == port)
    }

    @Test(arguments: ["0", "Infinity", "infinity", "1e300"])
    func boundsCanBeTakenAway(text: String) throws {
        let request = try Self.request {
            $0.maximumSessions = text
            $0.maximumConnections = text
            $0.permissionMilliseconds = "0"
        }
        #expect(Self.setting(request)?.maximumSessions == nil)
        #expect(Self.setting(request)?.permissionDeadline == nil)
        #expect(request.maximumConnections == .max)
    }

    @Test(
        arguments: [
            (nil, "b", "b"), ("a", "b", "a"), (" ", "b", "b"), (nil, " \n", nil), (nil, nil, nil), ("a", nil, "a"),
        ] as [(String?, String?, String?)])
    func theTokenIsTheFlagsOrTheVariables(flag: String?, variable: String?, token: String?) throws {
        let environment = variable.map { ["QWEN_SERVER_TOKEN": $0] } ?? [:]
        let setting = Self.setting(try Self.request(environment) { $0.token = flag })
        #expect(setting?.token == token)
        #expect(setting?.isOpen == (token == nil))
    }

    @Test func aListenerOfTheDaemonIsNeverOpen() throws {
        #expect(Self.setting(try Self.request(needsCredential: true))?.isOpen == false)
        // Its keys do, so that other machines may call without a token of the protocol.
        let request = try Self.request(needsCredential: true) {
            $0.hostname = "0.0.0.0"
            $0.allowsPlain = true
        }
        #expect(Self.setting(request)?.isLoopback == false)
    }

    @Test(arguments: [
        ("127.0.0.1", "http://127.0.0.1:5"), ("LocalHost", "http://LocalHost:5"), ("::1", "http://[::1]:5"), ("[::1]", "http://[::1]:5"),
    ])
    func theStartLineHasTheHostAsItWasTyped(typed: String, url: String) throws {
        let request = try Self.request { $0.hostname = typed }
        #expect(Self.setting(request)?.isLoopback == true)
        #expect(request.startLine(port: 5) == "qwen serve listening on \(url) (mode=http-bridge)")
    }

    @Test func aZoneIsEscapedInTheStartLine() throws {
        let request = try Self.request {
            $0.hostname = "fe80::1%eth0"
            $0.token = "x"
            $0.allowsPlain = true
        }
        #expect(request.startLine(port: 5) == "qwen serve listening on http://[fe80::1%25eth0]:5 (mode=http-bridge)")
        #expect(request.host == "fe80::1%eth0")
    }

    @Test(arguments: ["a:1", "[]", "[a]:1", "[::1", "::1]", "[::1]:80", "", "a b", "a/b", "http://a", "1:2", "[127.0.0.1]"])
    func whatIsNoHostIsRefused(typed: String) {
        #expect(throws: QwenOptions.BootError.self) {
            try Self.request {
                $0.hostname = typed
                $0.token = "x"
                $0.allowsPlain = true
            }
        }
    }

    @Test func aRequestComesOutOfTheControlSocketAsItWentIn() throws {
        let whole = try Self.request {
            $0.token = "t"
            $0.ringSize = "9"
            $0.workspace = "/"
            $0.isNonBlocking = true
            $0.certificatePath = "/c"
            $0.keyPath = "/k"
        }
        var droid = PortRequest(.droid, host: "::", port: 1)
        droid.allowedHosts = ["a", "b"]
        droid.allowsPlain = true
        for request in [whole, try Self.request { $0.maximumSessions = "0" }, droid] {
            let json = ControlRequest.listen(request).json
            guard case .listen(let read)? = ControlRequest(try JSONValue(parsing: json.serialized())) else {
                Issue.record("not read: \(json)")
                continue
            }
            #expect(read == request)
        }
        // A daemon that knows no qwen must not take it for something else.
        #expect(ControlRequest.listen(whole).json["op"] == "serve")
        #expect(ControlRequest(["op": "serve", "host": "h", "port": 1]) == nil)
    }

    /// A port that is open is shared by whoever asks for nothing else than what it does.
    @Test func aPortIsSharedOnlyForTheSame() throws {
        func request(_ change: (inout QwenOptions) -> Void = { _ in }) throws -> PortRequest {
            try Self.request {
                $0.port = "0"
                change(&$0)
            }
        }
        let open = try request()
        var same = open
        same.port = 7
        #expect(open.answers(same, at: 7))
        #expect(!open.answers(same, at: 8))
        #expect(!open.answers(open, at: 7))
        let changes: [(inout PortRequest) -> Void] = [
            { $0.host = "::1" }, { $0.certificatePath = "/c" }, { $0.keyPath = "/k" }, { $0.allowsPlain = true },
            { $0.maximumConnections = 7 }, { $0.maximumConnections = nil }, { $0.kind = .droid }, { $0.allowedHosts = ["a"] },
        ]
        for (index, change) in changes.enumerated() {
            var other = same
            change(&other)
            #expect(!open.answers(other, at: 7), "change \(index)")
        }
        // Further names harm nobody who does not ask for them.
        var wide = open
        wide.allowedHosts = ["a", "b"]
        #expect(wide.answers(same, at: 7))
        same.allowedHosts = ["b"]
        #expect(wide.answers(same, at: 7))
    }

    @Test func theTokensVariableReachesNoChildAndNoLog() {
        var configuration = DaemonConfiguration(environment: ["QWEN_SERVER_TOKEN": "secret-token", "HOME": "/h"]) { _ in }
        configuration.keepFromChildren(QwenOptions.tokenVariable)
        #expect(configuration.environment == ["HOME": "/h"])
        #expect(Redaction(configuration.secrets).apply(to: "secret-token") == "***")
    }
}
