import ApusBase
import AsyncHTTPClient
import NIOCore
import NIOHTTP1

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Why a sign-in did not come about. A whole sentence; holds nothing secret.
struct OAuthFault: Error, Hashable, Sendable {
    var sentence: String
    /// What the authorization server called it, such as `invalid_grant`.
    var code: String?

    init(_ sentence: String, code: String? = nil) {
        self.sentence = sentence
        self.code = code
    }
}

/// Asks authorization servers: small answers, soon, and never somewhere else.
struct OAuthHTTP: Sendable {
    private static let deadline = Duration.seconds(15)
    private static let answerBytes = 256 << 10

    struct Answer: Sendable {
        var status: Int
        /// `nil` for what is not JSON.
        var json: JSONValue?
    }

    let client: HTTPClient

    func get(_ address: OAuthAddress) async throws(OAuthFault) -> Answer {
        try await send(HTTPClientRequest(url: address.text), to: address)
    }

    func post(json: JSONValue, to address: OAuthAddress) async throws(OAuthFault) -> Answer {
        var request = HTTPClientRequest(url: address.text)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: json.serializedBytes()))
        return try await send(request, to: address)
    }

    /// - Parameter credentials: user and password, encoded as RFC 6749 §2.3.1 wants them.
    func post(form: [(String, String)], credentials: (String, String)?, to address: OAuthAddress) async throws(OAuthFault) -> Answer {
        var request = HTTPClientRequest(url: address.text)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        if let (user, password) = credentials {
            let text = OAuthForm.encode(user) + ":" + OAuthForm.encode(password)
            request.headers.add(name: "Authorization", value: "Basic " + Data(text.utf8).base64EncodedString())
        }
        request.body = .bytes(ByteBuffer(string: OAuthForm.encode(form)))
        return try await send(request, to: address)
    }

    private func send(_ request: HTTPClientRequest, to address: OAuthAddress) async throws(OAuthFault) -> Answer {
        let request = {
            var request = request
            request.headers.replaceOrAdd(name: "Accept", value: "application/json")
            return request
        }()
        do throws(MCPFault) {
            return try await within(Self.deadline, "the sign-in") {
                do {
                    let response = try await client.execute(request, deadline: .distantFuture)
                    var bytes: [UInt8] = []
                    for try await piece in response.body {
                        if bytes.count + piece.readableBytes > Self.answerBytes {
                            throw MCPFault.tooLarge("an answer", limit: Self.answerBytes)
                        }
                        bytes.append(contentsOf: piece.readableBytesView)
                    }
                    // A page for people is no answer, and its status says what there is to say.
                    return Answer(status: Int(response.status.code), json: try? JSONValue(parsing: bytes))
                } catch {
                    throw HTTPFault.fault(error, hasHead: false)
                }
            }
        } catch {
            throw OAuthFault("\(MCPFault.shown(address.origin)) \(error).")
        }
    }
}
