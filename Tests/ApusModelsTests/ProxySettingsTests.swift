import ApusCore
import Testing

@testable import ApusModels

@Suite struct ProxySettingsTests {
    private static let everywhere = ["HTTPS_PROXY": "http://p:3128", "HTTP_PROXY": "http://q:8080"]
    private static let secure = ProxySettings.Route.through(.init(kind: .http, host: "p", port: 3128))
    private static let plain = ProxySettings.Route.through(.init(kind: .http, host: "q", port: 8080))

    private func route(_ environment: [String: String], _ scheme: String, _ host: String, _ port: Int = 443) -> ProxySettings.Route {
        ProxySettings(environment: environment).route(scheme: scheme, host: host, port: port)
    }

    @Test func eachSchemeHasItsOwnAndAllIsTheRest() {
        #expect(route(Self.everywhere, "https", "api.test") == Self.secure)
        #expect(route(Self.everywhere, "http", "api.test") == Self.plain)
        #expect(route(["HTTP_PROXY": "http://q:8080"], "https", "api.test") == .direct)
        #expect(route(["ALL_PROXY": "p:3128"], "https", "api.test") == Self.secure)
        #expect(route(["all_proxy": "p:3128", "https_proxy": ""], "http", "api.test") == Self.secure)
        #expect(route(["https_proxy": "p:3128", "HTTPS_PROXY": "x:1"], "https", "api.test") == Self.secure)
        #expect(route([:], "https", "api.test") == .direct)
    }

    @Test(arguments: ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])
    func loopbackIsNeverProxied(_ host: String) {
        #expect(route(Self.everywhere, "http", host) == .direct)
    }

    @Test(arguments: [
        ("api.test", "api.test", 443, true), ("api.test", "v1.api.test", 443, true), ("api.test", "myapi.test", 443, false),
        (".api.test", "api.test", 443, true), ("*.api.test", "v1.api.test", 443, true), ("API.Test", "api.tEST.", 443, true),
        ("test", "api.test", 443, true), ("api.test:8443", "api.test", 443, false), ("api.test:443", "x.api.test", 443, true),
        ("a, b,api.test", "api.test", 443, true), ("a b api.test", "api.test", 443, true), ("*", "anything", 443, true),
        ("10.0.0.1", "10.0.0.1", 80, true), ("10.0.0.1", "10.0.0.11", 80, false), ("[fe80::1]:80", "fe80::1", 80, true),
        ("fe80::1", "[fe80::1]", 80, true), ("[fe80::1]:80", "fe80::1", 81, false), (",, .", "api.test", 443, false),
        ("127.0.0.1", "127.0.0.1.evil.test", 443, false), ("", "api.test", 443, false),
    ])
    func exceptions(_ list: String, _ host: String, _ port: Int, _ isDirect: Bool) {
        for name in ["NO_PROXY", "no_proxy"] {
            let environment = Self.everywhere.merging([name: list]) { $1 }
            #expect(route(environment, "https", host, port) == (isDirect ? .direct : Self.secure))
        }
    }

    @Test func formsOfAProxy() {
        func proxy(_ text: String) -> ProxySettings.Route { route(["https_proxy": text], "https", "api.test") }
        #expect(proxy("p") == .through(.init(kind: .http, host: "p", port: 80)))
        #expect(proxy("HTTP://P:3128/") == Self.secure)
        #expect(proxy("socks5h://p") == .through(.init(kind: .socks5, host: "p", port: 1080)))
        #expect(proxy("http://[fe80::2]:81") == .through(.init(kind: .http, host: "fe80::2", port: 81)))
        #expect(
            proxy("http://me%40home:a:b%25@p:3128")
                == .through(.init(kind: .http, host: "p", port: 3128, user: "me@home", password: "a:b%")))
        #expect(
            proxy("https://u:canary@p:1")
                == .unusable("https_proxy names a proxy of the kind \"https\"; only http:// and socks5:// can be used"))
        #expect(proxy("socks5://u:p@p") == .unusable("https_proxy gives a user name to a SOCKS proxy, which is not supported"))
        #expect(proxy("http://") == .unusable("https_proxy has no host; write it as http://host:port"))
    }
}

/// Requests that really go through a proxy on a loopback port; the hosts they are for do not exist.
@Suite(.timeLimit(.minutes(5))) struct ProxiedRequestTests {
    private static let answer =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"

    private func respond(
        _ script: [ScriptedServer.Step], to base: String, variable: String
    ) async throws -> (error: ModelError?, requests: [String], proxy: String) {
        try await ScriptedServer.withServer(script) { server in
            let http = HTTPStream(proxies: ProxySettings(environment: [variable: "http://user:canary-pw@127.0.0.1:\(server.port)"]))
            let provider = ChatCompletionsProvider(sampleEndpoint(dialect: ChatCompletionsProvider.dialect, baseURL: base), http: http)
            var failure: ModelError?
            do throws(ModelError) {
                try await provider.respond(to: ModelRequest(system: "", messages: [.user(["Hi"])], tools: [])) { _ in }
            } catch {
                failure = error
            }
            await http.close()
            return (failure, server.requests, "127.0.0.1:\(server.port)")
        }
    }

    @Test func plainRequestsAreForwarded() async throws {
        let length = "content-length: \(Self.answer.utf8.count)"
        let (error, requests, _) = try await respond(
            [.send(head(type: "text/event-stream", length) + Self.answer)], to: "http://api.test/v1", variable: "http_proxy")
        #expect(error == nil)
        #expect(requests.count == 1)
        #expect(requests.first?.hasPrefix("POST http://api.test/v1/chat/completions HTTP/1.1\r\n") == true)
        #expect(requests.first?.lowercased().contains("\r\nproxy-authorization: basic dxnlcjpjyw5hcnktchc=\r\n") == true)
        #expect(requests.first?.lowercased().contains("\r\nhost: api.test\r\n") == true)
        #expect(requests.first?.contains("127.0.0.1") == false)
    }

    @Test func connectionToTheProxyServesSeveralHosts() async throws {
        let length = "content-length: \(Self.answer.utf8.count)"
        let answer = ScriptedServer.Step.send(head(type: "text/event-stream", length) + Self.answer)
        let requests = try await ScriptedServer.withServer([answer], [answer]) { server in
            let http = HTTPStream(proxies: ProxySettings(environment: ["ALL_PROXY": "127.0.0.1:\(server.port)"]))
            for base in ["http://one.test:8000/v1", "http://[2001:db8::1]"] {
                let endpoint = sampleEndpoint(dialect: ChatCompletionsProvider.dialect, baseURL: base)
                try await ChatCompletionsProvider(endpoint, http: http)
                    .respond(to: ModelRequest(system: "", messages: [.user(["Hi"])], tools: [])) { _ in }
            }
            await http.close()
            return server.requests
        }
        #expect(
            requests.compactMap { $0.split(separator: "\r\n").first } == [
                "POST http://one.test:8000/v1/chat/completions HTTP/1.1", "POST http://[2001:db8::1]/chat/completions HTTP/1.1",
            ])
        #expect(requests.allSatisfy { !$0.lowercased().contains("proxy-authorization") })
    }

    @Test func secureRequestsAskForATunnelAndSendNothingBeforeIt() async throws {
        let (error, requests, proxy) = try await respond(
            [.send("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")], to: "https://api.test/v1", variable: "HTTPS_PROXY")
        #expect(error?.kind == .network)
        #expect(
            error?.message
                == "Test at https://api.test/v1 cannot be reached: the proxy refused the connection, through the proxy \(proxy). "
                + "Check that the server runs and that its base URL is right.")
        #expect(requests.count == 1)
        #expect(requests.first?.hasPrefix("CONNECT api.test:443 HTTP/1.1\r\n") == true)
        #expect(requests.first?.contains("canary-key") == false)
    }

    @Test(arguments: ["https", "http"])
    func proxyThatWantsCredentialsIsNamed(_ scheme: String) async throws {
        let (error, requests, proxy) = try await respond(
            [.send("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")], to: "\(scheme)://api.test/v1",
            variable: "ALL_PROXY")
        #expect(requests.count == 1)
        #expect(error?.kind == .invalidRequest)
        #expect(
            error?.message
                == "Test at \(scheme)://api.test/v1 cannot be asked: the proxy \(proxy) wants a user name and a password, or others than "
                + "it was given. Write them into the proxy's variable: http://user:password@host:port.")
    }

    @Test func unusableProxyIsToldBeforeAnythingIsSent() async throws {
        let http = HTTPStream(proxies: ProxySettings(environment: ["HTTPS_PROXY": "https://u:canary@p:1"]))
        let provider = ChatCompletionsProvider(sampleEndpoint(dialect: ChatCompletionsProvider.dialect), http: http)
        let error = await #expect(throws: ModelError.self) {
            try await provider.respond(to: ModelRequest(system: "", messages: [], tools: [])) { _ in }
        }
        #expect(error?.kind == .invalidRequest)
        #expect(
            error?.message
                == "Test at https://api.test cannot be asked: HTTPS_PROXY names a proxy of the kind \"https\"; only http:// and socks5:// "
                + "can be used. Mend that variable, or name the host in NO_PROXY.")
        await http.close()
    }

    @Test func loopbackIsAskedDirectlyWhateverTheProxies() async throws {
        let (error, requests, _) = try await ScriptedServer.withServer([.send(head() + Self.answer), .close]) { server in
            let closed = try ClosedPort()
            let http = HTTPStream(proxies: ProxySettings(environment: ["ALL_PROXY": "http://127.0.0.1:\(closed.number)"]))
            let provider = ChatCompletionsProvider(
                sampleEndpoint(dialect: ChatCompletionsProvider.dialect, baseURL: server.url), http: http)
            var failure: ModelError?
            do throws(ModelError) {
                try await provider.respond(to: ModelRequest(system: "", messages: [.user(["Hi"])], tools: [])) { _ in }
            } catch {
                failure = error
            }
            await http.close()
            return (failure, server.requests, "")
        }
        #expect(error == nil)
        #expect(requests.first?.hasPrefix("POST /chat/completions HTTP/1.1\r\n") == true)
    }
}
