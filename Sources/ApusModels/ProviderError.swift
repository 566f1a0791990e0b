import ApusBase
import ApusCore

/// Turns what a provider says about a failure into a ``ModelError``: its kind decides about retries, its message keeps the
/// provider's own words, without secrets, and says what to do.
struct ProviderError {
    let endpoint: ModelEndpoint

    /// What an event of a stream says. Throws when it is no JSON; an error event may be plain words.
    func value(of event: ServerSentEvent) throws(ModelError) -> JSONValue {
        do {
            return try JSONValue(parsing: event.data)
        } catch {
            if event.event == "error" { throw self.error(inStream: .string(event.data)) }
            throw violation("an event that is not JSON (\(error)): \(event.data.prefix(200))")
        }
    }

    /// A response with a status that is not 200.
    func error(status: Int, body: [UInt8], retryAfter: Duration?) -> ModelError {
        // Not JSON is an ordinary case here: proxies answer with a page.
        let document = try? JSONValue(parsing: body)
        let words = document.map(Words.init) ?? Words(text: String(decoding: body, as: UTF8.self))
        let kind = Self.kind(status: status, words: words)
        var said = " answered \(status)"
        if !words.message.isEmpty { said += ": " + quote(words.message) }
        if (300..<400).contains(status) { said += " with a redirect, which is not followed" }
        return ModelError(kind, sentence(said, kind, retryAfter), status: status, retryAfter: retryAfter)
    }

    /// An error told inside a response that began with 200.
    func error(inStream document: JSONValue) -> ModelError {
        let words = Words(document)
        let kind = Self.kind(type: words.types, words: words) ?? words.status.map { Self.kind(status: $0, words: words) } ?? .server
        let said = " stopped with an error: " + (words.message.isEmpty ? quote(document.serialized()) : quote(words.message))
        return ModelError(kind, sentence(said, kind, nil), status: words.status)
    }

    /// Something in the answer that the protocol does not have.
    func violation(_ what: String) -> ModelError {
        ModelError(
            .protocolViolation,
            "\(endpoint.label) sent \(quote(what)). Check that its base URL is that of \(protocolName).")
    }

    func broken(_ why: String) -> ModelError {
        ModelError(.streamBroken, "The answer of \(endpoint.label) broke off: \(quote(why)). \(Self.again)")
    }

    func empty() -> ModelError {
        ModelError(.emptyResponse, "\(endpoint.label) gave an empty answer. \(Self.again)")
    }

    func tooLong() -> ModelError {
        ModelError(
            .protocolViolation,
            "\(endpoint.label) sent more than \(ByteLimit.responseBytes >> 20) MiB in one answer, which was ended there; the session keeps "
                + "what came before. Ask for less at a time, or let it write long texts to files in parts.")
    }

    func overflow() -> ModelError {
        ModelError(.contextOverflow, sentence(" stopped because its context is full", .contextOverflow, nil))
    }

    func error(_ error: HTTPStreamError) -> ModelError {
        switch error {
        case .cancelled: ModelError(.cancelled, "The request to \(endpoint.label) was cancelled. Send the prompt again to go on.")
        case .badURL(let what):
            ModelError(
                .invalidRequest,
                "The base URL \"\(endpoint.address)\" of \(endpoint.description.displayName) is no URL (\(quote(what))). Mend baseUrl.")
        case .badProxy(let why):
            ModelError(
                .invalidRequest, "\(endpoint.label) cannot be asked: \(quote(why)). Mend that variable, or name the host in NO_PROXY.")
        case .proxyCredentials(let proxy):
            ModelError(
                .invalidRequest,
                "\(endpoint.label) cannot be asked: the proxy \(proxy) wants a user name and a password, or others than it was given. "
                    + "Write them into the proxy's variable: http://user:password@host:port.")
        case .unreachable(let why):
            ModelError(
                .network, "\(endpoint.label) cannot be reached: \(quote(why)). Check that the server runs and that its base URL is right.")
        case .cut(let why): broken(why)
        case .timeout(let phase, let limit): timeout(phase, limit)
        }
    }

    private func timeout(_ phase: HTTPStreamError.Phase, _ limit: Duration) -> ModelError {
        let what =
            switch phase {
            case .connect: "could not be connected to"
            case .firstByte: "did not begin to answer"
            case .idle: "sent nothing more"
            case .total: "did not finish its answer"
            }
        let way = phase == .total ? "Raise llmRequestTimeout in settings.json for longer answers." : Self.again
        return ModelError(phase == .connect ? .network : .timeout, "\(endpoint.label) \(what) within \(limit). \(way)")
    }

    // MARK: wording

    private static let again = "Try again, or choose another model with --model."

    private var protocolName: String {
        switch endpoint.description.dialect {
        case MessagesProvider.dialect: "a Messages API"
        case ResponsesProvider.dialect: "a Responses API"
        default: "a Chat Completions API"
        }
    }

    private func quote(_ text: String) -> String {
        let masked = endpoint.mask.apply(to: text).trimmingSpaces
        let bounded =
            masked.unicodeScalars.count > 2_000 ? String(String.UnicodeScalarView(masked.unicodeScalars.prefix(2_000))) + "…" : masked
        return escapedForDisplay(bounded, keepingNewlines: false)
    }

    private func sentence(_ said: String, _ kind: ModelError.Kind, _ retryAfter: Duration?) -> String {
        let end = said.hasSuffix(".") || said.hasSuffix("!") ? "" : "."
        return endpoint.label + said + end + " " + advice(kind, retryAfter)
    }

    private func advice(_ kind: ModelError.Kind, _ retryAfter: Duration?) -> String {
        switch kind {
        case .authentication: "Check the key in \(endpoint.keyPlace)."
        case .payment: "Add credit or a payment method with the provider, or choose another model with --model."
        case .permission: "The key in \(endpoint.keyPlace) may not use this model; choose another with --model."
        case .notFound: "Check the model name \"\(endpoint.model)\" and the base URL."
        case .rateLimited: retryAfter.map { "It asks to wait \($0)." } ?? "Try again later."
        case .overloaded, .server, .network, .timeout, .streamBroken, .emptyResponse:
            "Try again later, or choose another model with --model."
        case .contextOverflow: "The conversation is longer than the model's context: start a new session, or shorten the input."
        case .invalidRequest, .protocolViolation, .cancelled:
            "The request itself was refused: check extraArgs, maxOutputTokens and the base URL of this model."
        }
    }

    // MARK: kinds

    private static func kind(status: Int, words: Words) -> ModelError.Kind {
        if words.showsOverflow && (status == 400 || status == 413 || status == 422 || status >= 500) { return .contextOverflow }
        switch status {
        case 401: return .authentication
        case 402: return .payment
        case 403: return .permission
        case 404, 405, 410: return .notFound
        case 408: return .timeout
        case 409, 425: return .server
        case 413: return .contextOverflow
        case 429: return words.showsEmptyAccount ? .payment : .rateLimited
        case 503, 529: return .overloaded
        case 500...: return kind(type: words.types, words: words) == .overloaded ? .overloaded : .server
        default: return words.showsEmptyAccount ? .payment : .invalidRequest
        }
    }

    private static func kind(type types: [String], words: Words) -> ModelError.Kind? {
        if words.showsOverflow { return .contextOverflow }
        if words.showsEmptyAccount { return .payment }
        for type in types {
            switch type {
            case "overloaded_error", "overloaded", "service_unavailable", "engine_overloaded_error", "server_is_overloaded", "slow_down":
                return .overloaded
            case "rate_limit_error", "rate_limit_exceeded", "rate_limit", "too_many_requests", "requests", "tokens": return .rateLimited
            case "api_error", "server_error", "internal_error", "internal_server_error": return .server
            case "timeout_error", "timeout": return .timeout
            case "authentication_error", "invalid_api_key": return .authentication
            case "billing_error": return .payment
            case "permission_error": return .permission
            case "not_found_error", "model_not_found": return .notFound
            case "request_too_large": return .contextOverflow
            case "invalid_request_error", "invalid_request", "invalid_prompt", "BadRequestError": return .invalidRequest
            default: continue
            }
        }
        return nil
    }
}
