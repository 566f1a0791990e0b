import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Requests to one server, with its headers and, where it wants one, a token. Redirects are not followed: headers may hold keys, which go
/// to the configured address and nowhere else.
struct MCPHTTPExchange: Sendable {
    private static let shownBytes = 2_048

    let headers: HTTPHeaders
    let client: HTTPClient
    /// `nil` where the configuration says who we are, or that nobody signs in.
    let authorizer: MCPAuthorizer?

    /// Gives the head of the answer, whatever its status. A refusal for want of a token is tried once more where there is another one.
    func send(
        _ method: String, _ url: String, _ more: HTTPHeaders, body: [UInt8]?, deadline: NIODeadline = .distantFuture
    ) async throws(MCPFault) -> HTTPClientResponse {
        let token = await authorizer?.token()
        let response = try await once(method, url, more, body, token, deadline)
        guard let authorizer else { return response }
        guard let challenge = Self.challenge(response) else {
            if token != nil { authorizer.accepted() }
            return response
        }
        guard let other = await authorizer.token(insteadOf: token, challenge) else { return response }
        let second = try await once(method, url, more, body, other, deadline)
        if let challenge = Self.challenge(second) {
            // Not twice: whoever refuses a new token wants a person.
            authorizer.refused(challenge)
        } else {
            authorizer.accepted()
        }
        return second
    }

    private func once(
        _ method: String, _ url: String, _ more: HTTPHeaders, _ body: [UInt8]?, _ token: String?, _ deadline: NIODeadline
    ) async throws(MCPFault) -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url)
        request.method = HTTPMethod(rawValue: method)
        request.headers = headers
        for (name, value) in more { request.headers.replaceOrAdd(name: name, value: value) }
        if let token { request.headers.replaceOrAdd(name: "Authorization", value: "Bearer \(token)") }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        do {
            return try await client.execute(request, deadline: deadline)
        } catch {
            throw HTTPFault.fault(error, hasHead: false)
        }
    }

    /// `nil` when the server is content with who we are.
    private static func challenge(_ response: HTTPClientResponse) -> OAuthChallenge? {
        let challenge = OAuthChallenge(response.headers["www-authenticate"])
        switch response.status.code {
        case 401: return challenge
        case 403 where challenge.error == "insufficient_scope": return challenge
        default: return nil
        }
    }

    /// Throws what a status means that is no success.
    func refuse(_ response: HTTPClientResponse, hasSession: Bool = false) async throws(MCPFault) {
        switch Int(response.status.code) {
        case 200..<300: return
        case 401: throw .needsSignIn
        case 403 where Self.challenge(response) != nil:
            throw .needsScope(OAuthChallenge(response.headers["www-authenticate"]).scope.map { MCPFault.shown($0, limit: 120) } ?? "more")
        case 404 where hasSession: throw .sessionGone
        case let status:
            // What it says helps a person and decides nothing.
            let text = (try? await self.body(of: response, limit: Self.shownBytes, cutting: true)) ?? []
            throw .status(status, MCPFault.shown(String(decoding: text, as: UTF8.self)))
        }
    }

    func body(of response: HTTPClientResponse, limit: Int, cutting: Bool = false) async throws(MCPFault) -> [UInt8] {
        if !cutting, let length = response.headers.first(name: "content-length").flatMap(Int.init), length > limit {
            throw .tooLarge("an answer", limit: limit)
        }
        var bytes: [UInt8] = []
        do {
            for try await piece in response.body {
                if bytes.count + piece.readableBytes > limit {
                    if cutting { break }
                    throw MCPFault.tooLarge("an answer", limit: limit)
                }
                bytes.append(contentsOf: piece.readableBytesView)
            }
        } catch {
            throw HTTPFault.fault(error, hasHead: true)
        }
        return bytes
    }
}
