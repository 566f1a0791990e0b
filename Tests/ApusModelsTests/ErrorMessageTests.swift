import ApusBase
import ApusCore
import Testing

@testable import ApusModels

/// Every class of error of every provider, as the provider puts it, with the sentence a person reads: who, what it said, what to do.
@Suite struct ErrorMessageTests {
    private struct Provider {
        var name: String
        var errors: ProviderError
        /// The body of an error, and the same told inside a stream.
        var body: @Sendable (_ type: String, _ message: String) -> String
        var types: [ModelError.Kind: String]
    }

    private static let providers = [
        Provider(
            name: "anthropic", errors: ProviderError(endpoint: messagesEndpoint),
            body: { #"{"type":"error","error":{"type":"\#($0)","message":"\#($1)"}}"# },
            types: [
                .authentication: "authentication_error", .payment: "billing_error", .permission: "permission_error",
                .notFound: "not_found_error", .rateLimited: "rate_limit_error", .overloaded: "overloaded_error", .server: "api_error",
                .invalidRequest: "invalid_request_error", .timeout: "timeout_error",
            ]),
        Provider(
            name: "openai", errors: ProviderError(endpoint: responsesEndpoint),
            body: { #"{"error":{"message":"\#($1)","type":"\#($0)","param":null,"code":"\#($0)"}}"# },
            types: [
                .authentication: "invalid_api_key", .payment: "insufficient_quota", .notFound: "model_not_found",
                .rateLimited: "rate_limit_exceeded", .overloaded: "server_is_overloaded", .server: "server_error",
                .contextOverflow: "context_length_exceeded", .invalidRequest: "invalid_prompt",
            ]),
        Provider(
            name: "generic-chat-completion-api", errors: ProviderError(endpoint: chatEndpoint),
            body: { #"{"error":{"message":"\#($1)","type":"\#($0)"}}"# },
            types: [
                .authentication: "invalid_api_key", .payment: "insufficient_quota", .notFound: "not_found_error",
                .rateLimited: "too_many_requests", .overloaded: "service_unavailable", .server: "internal_server_error",
                .contextOverflow: "exceed_context_size_error", .invalidRequest: "BadRequestError",
            ]),
    ]

    private static let statuses: [(Int, ModelError.Kind)] = [
        (400, .invalidRequest), (401, .authentication), (402, .payment), (403, .permission), (404, .notFound), (408, .timeout),
        (413, .contextOverflow), (429, .rateLimited), (500, .server), (529, .overloaded),
    ]

    /// What is said behind the provider's own words; the same for all, so written once.
    private static let advice: [ModelError.Kind: String] = [
        .authentication: "Check the key in apiKey of \"Test\".",
        .payment: "Add credit or a payment method with the provider, or choose another model with --model.",
        .permission: "The key in apiKey of \"Test\" may not use this model; choose another with --model.",
        .notFound: "Check the model name \"test-model\" and the base URL.", .rateLimited: "Try again later.",
        .overloaded: "Try again later, or choose another model with --model.",
        .server: "Try again later, or choose another model with --model.",
        .timeout: "Try again later, or choose another model with --model.",
        .contextOverflow: "The conversation is longer than the model's context: start a new session, or shorten the input.",
        .invalidRequest: "The request itself was refused: check extraArgs, maxOutputTokens and the base URL of this model.",
    ]

    @Test func answersWithAStatus() {
        for provider in Self.providers {
            for (status, kind) in Self.statuses {
                let body = provider.body(provider.types[kind] ?? "error", "So it is")
                let error = provider.errors.error(status: status, body: Array(body.utf8), retryAfter: nil)
                #expect(error.kind == kind, "\(provider.name) \(status)")
                #expect(
                    error.message == "\(provider.errors.endpoint.label) answered \(status): So it is. \(Self.advice[kind] ?? "")",
                    "\(provider.name) \(status)")
            }
        }
    }

    @Test func errorsInsideTheStream() throws {
        for provider in Self.providers {
            for (kind, type) in provider.types {
                let error = provider.errors.error(inStream: try JSONValue(parsing: provider.body(type, "So it is")))
                #expect(error.kind == kind, "\(provider.name) \(type)")
                #expect(
                    error.message == "\(provider.errors.endpoint.label) stopped with an error: So it is. \(Self.advice[kind] ?? "")",
                    "\(provider.name) \(type)")
            }
        }
    }

    @Test(arguments: [
        (0, "Test at https://api.test", "a Messages API"), (1, "Test at https://api.test/v1", "a Responses API"),
        (2, "Test at https://api.test/v1", "a Chat Completions API"),
    ])
    func whatNoProviderSays(_ place: Int, _ label: String, _ api: String) {
        let errors = Self.providers[place].errors
        let again = "Try again, or choose another model with --model."
        let rows: [(ModelError, ModelError.Kind, String)] = [
            (
                errors.error(.unreachable("connection refused")), .network,
                "\(label) cannot be reached: connection refused. Check that the server runs and that its base URL is right."
            ),
            (errors.error(.timeout(.connect, .seconds(10))), .network, "\(label) could not be connected to within 10.0 seconds. \(again)"),
            (
                errors.error(.timeout(.firstByte, .seconds(300))), .timeout,
                "\(label) did not begin to answer within 300.0 seconds. \(again)"
            ),
            (errors.error(.timeout(.idle, .seconds(120))), .timeout, "\(label) sent nothing more within 120.0 seconds. \(again)"),
            (
                errors.error(.timeout(.total, .seconds(600))), .timeout,
                "\(label) did not finish its answer within 600.0 seconds. Raise llmRequestTimeout in settings.json for longer answers."
            ),
            (
                errors.error(.cut("connection reset by peer")), .streamBroken,
                "The answer of \(label) broke off: connection reset by peer. \(again)"
            ),
            (errors.empty(), .emptyResponse, "\(label) gave an empty answer. \(again)"),
            (errors.overflow(), .contextOverflow, "\(label) stopped because its context is full. \(Self.advice[.contextOverflow] ?? "")"),
            (errors.violation("a web page"), .protocolViolation, "\(label) sent a web page. Check that its base URL is that of \(api)."),
            (
                errors.tooLong(), .protocolViolation,
                "\(label) sent more than 8 MiB in one answer, which was ended there; the session keeps what came before. Ask for less at a "
                    + "time, or let it write long texts to files in parts."
            ),
            (
                errors.error(.badURL("no host")), .invalidRequest,
                "The base URL \"\(label.dropFirst("Test at ".count))\" of Test is no URL (no host). Mend baseUrl."
            ),
            (errors.error(.cancelled), .cancelled, "The request to \(label) was cancelled. Send the prompt again to go on."),
        ]
        for (error, kind, message) in rows {
            #expect(error.kind == kind)
            #expect(error.message == message)
        }
    }

    /// Every kind has a row above, so that a new one does not go without words.
    @Test func everyKindIsCovered() {
        let told: Set<ModelError.Kind> = [.network, .streamBroken, .emptyResponse, .protocolViolation, .cancelled]
        #expect(told.union(Self.statuses.map(\.1)) == Set(ModelError.Kind.allCases))
    }
}
