import ApusBase
import ApusCore
import ApusSettings
import Testing

@testable import ApusModels

@Suite struct ProviderErrorTests {
    private let errors = ProviderError(endpoint: chatEndpoint)

    private func error(_ status: Int, _ body: String, retryAfter: Duration? = nil) -> ModelError {
        errors.error(status: status, body: Array(body.utf8), retryAfter: retryAfter)
    }

    @Test(arguments: [
        (400, "{\"error\":{\"message\":\"bad\"}}", ModelError.Kind.invalidRequest), (401, "{}", .authentication), (402, "", .payment),
        (403, "", .permission), (404, "", .notFound), (405, "", .notFound), (408, "", .timeout), (409, "", .server),
        (413, "", .contextOverflow),
        (422, "{\"detail\":[{\"msg\":\"x\"}]}", .invalidRequest), (429, "", .rateLimited),
        (429, "{\"error\":{\"code\":\"insufficient_quota\",\"message\":\"no\"}}", .payment), (500, "", .server), (502, "<html>", .server),
        (503, "", .overloaded), (529, "", .overloaded), (302, "", .invalidRequest),
        (500, "{\"error\":{\"type\":\"overloaded_error\"}}", .overloaded),
        (400, "{\"error\":{\"message\":\"Your credit balance is too low to access the API\"}}", .payment),
        (400, "{\"error\":{\"message\":\"prompt is too long: 210000 tokens > 200000 maximum\"}}", .contextOverflow),
        (400, "{\"error\":{\"code\":\"context_length_exceeded\",\"message\":\"x\"}}", .contextOverflow),
        (
            400, "{\"error\":{\"message\":\"the request exceeds the available context size\",\"type\":\"exceed_context_size_error\"}}",
            .contextOverflow
        ),
        (400, "{\"error\":{\"message\":\"max_tokens: 99 > 64, which is the maximum allowed number of output tokens\"}}", .invalidRequest),
        (400, "[{\"error\":{\"message\":\"The input token count exceeds the maximum\"}}]", .contextOverflow),
    ])
    func statusAndWordsGiveTheKind(_ status: Int, _ body: String, _ kind: ModelError.Kind) {
        let error = error(status, body)
        #expect(error.kind == kind)
        #expect(error.status == status)
    }

    @Test func messageKeepsTheProvidersWordsAndSaysWhatToDo() {
        #expect(
            error(401, "{\"error\":{\"message\":\"Invalid API Key.\"}}").message
                == "Test at https://api.test/v1 answered 401: Invalid API Key. Check the key in apiKey of \"Test\".")
        #expect(
            error(404, "{\"error\":\"model not found\"}").message
                == "Test at https://api.test/v1 answered 404: model not found. Check the model name \"test-model\" and the base URL.")
        #expect(
            error(429, "{\"error\":{\"message\":\"Slow down\"}}", retryAfter: .seconds(7)).message
                == "Test at https://api.test/v1 answered 429: Slow down. It asks to wait 7.0 seconds.")
        #expect(
            error(502, "<html><head><title>Bad Gateway</title></head>").message
                == "Test at https://api.test/v1 answered 502: Bad Gateway. Try again later, or choose another model with --model.")
        #expect(error(429, "", retryAfter: .seconds(7)).retryAfter == .seconds(7))
    }

    @Test func keysInTheAnswerAreMaskedAndControlsShown() {
        let message = error(401, "{\"error\":{\"message\":\"Key canary-key-123 is wrong \\u001b[31m\\u202e\\nnext\"}}").message
        #expect(message.contains("Key *** is wrong \\u{1B}[31m\\u{202E}\\nnext"))
        var endpoint = chatEndpoint
        endpoint.extraHeaders = [ModelEntry.Header(name: "Authorization", value: Secret("Bearer canary-header"))]
        let other = ProviderError(endpoint: endpoint).error(inStream: ["error": ["message": "canary-header and Bearer canary-header"]])
        #expect(!other.message.contains("canary-header"))
        let violation = ProviderError(endpoint: endpoint).violation("canary-key-123")
        #expect(!violation.message.contains("canary"))
    }

    @Test func credentialsInTheBaseURLAreNotRepeated() {
        let endpoint = sampleEndpoint(dialect: "anthropic", baseURL: "https://user:canary@h:8/v1?key=canary")
        #expect(endpoint.address == "https://h:8/v1")
        #expect(!ProviderError(endpoint: endpoint).error(.unreachable("x")).message.contains("canary"))
    }

    @Test func longAnswersAreBounded() {
        #expect(error(500, String(repeating: "x", count: 60_000)).message.count < 2_300)
    }

    @Test(
        arguments: [
            ("retry-after", "3", Duration.seconds(3)), ("retry-after", " 0 ", .zero), ("retry-after", "1.5", .milliseconds(1500)),
            ("retry-after-ms", "250", .milliseconds(250)), ("retry-after", "Wed, 21 Oct 2015 07:28:10 GMT", .seconds(10)),
            ("retry-after", "Wednesday, 21-Oct-15 07:28:10 GMT", .seconds(10)), ("retry-after", "Wed Oct 21 07:28:10 2015", .seconds(10)),
            ("retry-after", "Wed, 21 Oct 2015 07:27:00 GMT", .zero), ("retry-after", "9999999999", .seconds(86_400)),
            ("retry-after", "-1", nil), ("retry-after", "soon", nil), ("retry-after", "nan", nil),
            ("retry-after", "Wed, 21 Xyz 2015 07:28:10 GMT", nil),
            ("other", "1", nil),
        ] as [(String, String, Duration?)])
    func retryAfterInAllItsForms(_ name: String, _ value: String, _ wait: Duration?) {
        #expect(RetryAfter.read({ $0 == name ? value : nil }, now: 1_445_412_480) == wait)
    }

    @Test(arguments: [
        ("Thu, 01 Jan 1970 00:00:00 GMT", Int64(0)), ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
        ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
    ])
    func datesAreCountedAcrossLeapYears(_ text: String, _ time: Int64) {
        #expect(RetryAfter.unixTime(ofHTTPDate: text) == time)
    }
}
