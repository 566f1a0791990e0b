import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a server gave.
struct WebAnswer: Hashable, Sendable {
    /// Where it came from in the end, after redirects.
    var address: WebAddress
    var status: Int
    /// As the header says, lower case, without parameters; empty when it says nothing.
    var type: String
    var charset: String?
    var bytes: [UInt8]
}

/// Why there is no answer; each is a whole sentence for the model.
enum WebFault: Error, Hashable, Sendable {
    case told(String)
    /// No connection: another address of the same host may do.
    case unreachable(String)

    var sentence: String {
        switch self {
        case .told(let sentence), .unreachable(let sentence): sentence
        }
    }
}

/// Gets one page from the public network, and from nowhere else.
///
/// Every hop is checked anew: its spelling first, then every address its name has, and the connection goes to an address that was
/// checked, without a second look-up, so that a name server cannot answer the check one thing and the connection another. A name
/// with even one address that is refused is refused. No cookies, no credentials, nothing of one hop is sent to the next.
///
/// Behind a proxy the proxy looks names up and decides where it may go; here addresses and names are still refused by their spelling,
/// and names that this machine can look up by their addresses.
struct WebFetch: Sendable {
    static let maximumBytes = 5_000_000
    static let maximumRedirects = 5
    static let limit = Duration.seconds(30)
    private static let maximumAttempts = 3

    var setting = WebSetting()
    var resolver: any HostResolver = SystemResolver()
    var limit = Self.limit
    /// For tests, which have servers on loopback only; nothing outside this module can set it.
    var allowed: Set<NetworkAddress> = []
    var query = WebQuery.page

    /// Cancelling ends it at once.
    func get(_ url: String) async throws(WebFault) -> WebAnswer {
        let address: WebAddress
        do { address = try WebAddress(url) } catch { throw .told(error.sentence) }
        let result = await withTaskGroup(of: Result<WebAnswer, WebFault>?.self) { group in
            group.addTask {
                do throws(WebFault) { return .success(try await follow(address)) } catch { return .failure(error) }
            }
            group.addTask { [limit] in
                // Cancelled when the answer is there.
                try? await Task.sleep(for: limit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        guard let result else {
            throw .told(
                Task.isCancelled ? "Interrupted." : "\(address.hostText) did not deliver within \(limit.components.seconds) seconds.")
        }
        return try result.get()
    }

    private func follow(_ first: WebAddress) async throws(WebFault) -> WebAnswer {
        var address = first
        for _ in 0...Self.maximumRedirects {
            let (answer, location) = try await hop(address)
            guard let location, query.followsRedirects else { return answer }
            do { address = try address.following(location) } catch {
                throw .told("\(address.hostText) redirects to where FetchUrl does not go. \(error.sentence)")
            }
        }
        throw .told("\(first.hostText) redirects more than \(Self.maximumRedirects) times.")
    }

    private func hop(_ address: WebAddress) async throws(WebFault) -> (WebAnswer, location: String?) {
        let route = setting.route(address.scheme.rawValue, address.hostText, address.port)
        if case .unusable(let sentence) = route { throw .told("\(sentence).") }
        let targets = try await targets(of: address, isProxied: route != .direct)
        guard route == .direct else { return try await request(address, connectingTo: nil, route) }
        var last = WebFault.unreachable("\(address.hostText) has no address.")
        for target in targets.prefix(Self.maximumAttempts) {
            do throws(WebFault) {
                return try await request(address, connectingTo: target, route)
            } catch {
                guard case .unreachable = error else { throw error }
                last = error
            }
        }
        throw last
    }

    /// The addresses a connection may go to, all of them checked.
    private func targets(of address: WebAddress, isProxied: Bool) async throws(WebFault) -> [NetworkAddress] {
        let found: [NetworkAddress]
        switch address.host {
        case .address(let one): found = [one]
        case .name(let name):
            if !query.allowsPrivateNetwork, let objection = address.objection { throw Self.refusal(name, objection) }
            do throws(HostResolverFault) { found = try await resolver.addresses(of: name) } catch {
                switch error {
                case .cancelled: throw .told("Interrupted.")
                // The proxy may know names that this machine does not.
                case .unknown where isProxied: return []
                case .unknown(let reason): throw .told("The host \(name) cannot be found: \(reason).")
                }
            }
        }
        for one in found where !query.allowsPrivateNetwork && !allowed.contains(one) {
            if let objection = one.objection { throw Self.refusal("\(address.hostText) (\(one.text))", objection) }
        }
        return found
    }

    private static func refusal(_ host: String, _ objection: String) -> WebFault {
        .told("FetchUrl does not go to \(host): it is \(objection). It gets pages of the public network only.")
    }

    // MARK: one request

    private func request(
        _ address: WebAddress, connectingTo target: NetworkAddress?, _ route: WebRoute
    ) async throws(WebFault) -> (WebAnswer, location: String?) {
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration(address, target, route))
        let result: Result<(WebAnswer, location: String?), WebFault>
        do {
            result = .success(try await exchange(address, client))
        } catch let fault as WebFault {
            result = .failure(fault)
        } catch {
            result = .failure(Self.fault(error, address))
        }
        // A second shutdown is the only failure there is.
        try? await client.shutdown()
        return try result.get()
    }

    private func configuration(_ address: WebAddress, _ target: NetworkAddress?, _ route: WebRoute) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            // Silence after that is bounded by the limit of the whole.
            timeout: HTTPClient.Configuration.Timeout(connect: TimeAmount(limit / 3)))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        if let target, case .name(let name) = address.host { configuration.dnsOverride = [name: target.text] }
        if let certificates = setting.certificates, !certificates.isEmpty {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(certificates)
            configuration.tlsConfiguration = tls
        }
        switch route {
        case .direct, .unusable: break
        case .http(let host, let port, let user, let password):
            configuration.proxy = .server(
                host: host, port: port, authorization: user.map { .basic(username: $0, password: password ?? "") })
        case .socks(let host, let port): configuration.proxy = .socksServer(host: host, port: port)
        }
        return configuration
    }

    private func exchange(_ address: WebAddress, _ client: HTTPClient) async throws -> (WebAnswer, location: String?) {
        // The library reads the text again: both must have found the same host in it.
        let check = try HTTPClient.Request(url: address.text)
        let host = check.host.hasPrefix("[") ? String(check.host.dropFirst().dropLast()) : check.host
        guard "[\(host)]" == address.hostText || host == address.hostText, check.port == address.port else {
            throw WebFault.told("The URL \(address.text) can be read in two ways.")
        }
        var request = HTTPClientRequest(url: address.text)
        // Nothing is unpacked, so no small answer becomes a large one.
        request.headers = [
            "User-Agent": "apus (a coding agent)", "Accept-Encoding": "identity", "Accept-Language": "en, *;q=0.5",
            "Accept": "text/markdown, text/html;q=0.9, application/json;q=0.9, text/plain;q=0.9, application/pdf;q=0.8, */*;q=0.5",
        ]
        if !query.headers.isEmpty { request.headers = ["User-Agent": "apus (a coding agent)", "Accept-Encoding": "identity"] }
        for header in query.headers { request.headers.add(name: header.name, value: header.value) }
        request.method = HTTPMethod(rawValue: query.method)
        if !query.body.isEmpty { request.body = .bytes(ByteBuffer(bytes: query.body)) }
        let response = try await client.execute(request, timeout: TimeAmount(limit * 2))
        let status = Int(response.status.code)
        if [301, 302, 303, 307, 308].contains(status), let location = response.headers.first(name: "location") {
            return (WebAnswer(address: address, status: status, type: "", charset: nil, bytes: []), location)
        }
        let encoding = response.headers.first(name: "content-encoding")?.lowercased() ?? "identity"
        guard encoding == "identity" else {
            throw WebFault.told("\(address.hostText) packs its answer (\(encoding.prefix(20))) though it was asked not to.")
        }
        var bytes: [UInt8] = []
        for try await piece in response.body {
            guard bytes.count + piece.readableBytes <= Self.maximumBytes else {
                throw WebFault.told("\(address.text) is larger than \(Self.maximumBytes / 1_000_000) MB, the most FetchUrl gets.")
            }
            bytes += piece.readableBytesView
        }
        let (type, charset) = Self.contentType(response.headers.first(name: "content-type") ?? "")
        return (WebAnswer(address: address, status: status, type: type, charset: charset, bytes: bytes), nil)
    }

    static func contentType(_ header: String) -> (type: String, charset: String?) {
        let parts = header.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimming { $0 == " " || $0 == "\t" } }
        let charset = parts.dropFirst().first { $0.lowercased().hasPrefix("charset=") }?.dropFirst(8).trimming { $0 == "\"" || $0 == "'" }
        return (parts.first.map { $0.lowercased() } ?? "", charset.map(String.init))
    }

    private static func fault(_ error: any Error, _ address: WebAddress) -> WebFault {
        let host = "\(address.hostText):\(address.port)"
        if error is CancellationError { return .told("Interrupted.") }
        switch error {
        case let error as HTTPClientError:
            switch error {
            case .cancelled: return .told("Interrupted.")
            case .connectTimeout, .socksHandshakeTimeout, .httpProxyHandshakeTimeout:
                return .unreachable("\(host) cannot be reached: no connection in time.")
            case .tlsHandshakeTimeout: return .told("\(host) did not agree on TLS in time.")
            case .readTimeout, .deadlineExceeded: return .told("\(host) was silent for too long.")
            case .remoteConnectionClosed: return .told("\(host) closed the connection before its answer was whole.")
            case .proxyAuthenticationRequired: return .told("The proxy wants another user name or password.")
            default: return .told("\(host) cannot be read: \(error.shortDescription).")
            }
        case let error as NIOConnectionError:
            let reason = (error.connectionErrors.last?.error as? IOError).map { text($0.errnoCode) } ?? "no connection"
            return .unreachable("\(host) cannot be reached: \(reason).")
        case let error as IOError: return .unreachable("\(host) cannot be reached: \(text(error.errnoCode)).")
        case is NIOSSLError, is NIOSSLExtraError:
            return .told("\(host) did not prove who it is: \(String("\(error)".prefix(200))).")
        default: return .told("\(host) cannot be read: \(String("\(error)".prefix(200))).")
        }
    }

    private static func text(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }
}

extension StringProtocol {
    /// Without such characters at both ends.
    func trimming(_ isDropped: (Character) -> Bool) -> SubSequence {
        var slice = self[...]
        while let first = slice.first, isDropped(first) { slice.removeFirst() }
        while let last = slice.last, isDropped(last) { slice.removeLast() }
        return slice
    }
}
