import Foundation

/// What a turn with a typed answer yields: its messages, and at the end the value.
public enum StructuredMessage<Output: Decodable & Sendable>: Sendable {
    case message(DroidMessage)
    /// The last: what the answer was decoded to, and the result that it came from.
    case output(Output, ResultMessage)
}

/// The messages of a turn whose answer has a schema. See ``DroidMessageStream`` for everything but the end.
///
/// - Throws: ``StructuredOutputError`` in place of the value when the server says that there is none, when the answer is no JSON object, or when
///   it does not decode.
public struct StructuredStream<Output: Decodable & Sendable>: AsyncSequence, Sendable {
    public typealias Element = StructuredMessage<Output>

    let messages: DroidMessageStream

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(inner: messages.makeAsyncIterator()) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        var inner: DroidMessageStream.AsyncIterator

        public mutating func next() async throws -> StructuredMessage<Output>? {
            guard let message = try await inner.next() else { return nil }
            guard case .result(let result) = message else { return .message(message) }
            return .output(try result.output(as: Output.self), result)
        }
    }

    /// Reads to the end and gives the value.
    public func output() async throws -> Output {
        for try await message in self {
            if case .output(let value, _) = message { return value }
        }
        throw SessionError.incomplete
    }
}

extension ResultMessage {
    /// The structured output as a Swift value.
    ///
    /// - Throws: ``StructuredOutputError``.
    public func output<Output: Decodable>(as type: Output.Type = Output.self) throws -> Output {
        if let failure = structuredOutputError {
            throw StructuredOutputError(code: failure.code.rawValue, message: failure.message, output: structuredOutput)
        }
        guard let structuredOutput else {
            throw StructuredOutputError(
                code: "local_output_missing",
                message: "The turn ended without an answer that is a JSON object. It said: \(text.prefix(200))")
        }
        do {
            return try JSONDecoder().decode(Output.self, from: Data(structuredOutput.text.utf8))
        } catch {
            throw StructuredOutputError(
                code: "local_validation_failed", message: "The answer does not decode to \(Output.self): \(error)", output: structuredOutput
            )
        }
    }
}
