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
///   it does not decode; before anything is sent when the type needs a schema and none was given.
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
    /// The structured output as a Swift value. Dates may be ISO 8601, as a schema made from a type has them, or numbers, as `Codable` writes them.
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
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom(ResultMessage.date)
        do {
            return try decoder.decode(Output.self, from: Data(structuredOutput.text.utf8))
        } catch {
            throw StructuredOutputError(
                code: "local_validation_failed", message: "The answer does not decode to \(Output.self): \(error)", output: structuredOutput
            )
        }
    }

    @Sendable private static func date(_ decoder: any Decoder) throws -> Date {
        let container = try decoder.singleValueContainer()
        // Another type is a number or nothing, which the numbers' own error tells.
        guard let text = try? container.decode(String.self) else {
            return Date(timeIntervalSinceReferenceDate: try container.decode(Double.self))
        }
        for isFractional in [false, true] {
            // The last word is the error below.
            if let date = try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: isFractional)) { return date }
        }
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "\"\(text)\" is no date in ISO 8601")
    }
}
