import ApusBase
import ApusCore

/// A dialect's way of reading a streamed answer. Fed in order; never fed again after a throw.
///
/// Events go into `events` as they are known, so that what came before an error in the same piece of the stream is not lost.
protocol ResponseDecoder {
    /// What was read so far.
    var items: ResponseAssembler { get }

    /// One event of the stream.
    mutating func read(_ event: ServerSentEvent, into events: inout [ModelEvent]) throws(ModelError)

    /// A whole answer from a server that did not stream.
    mutating func read(document: JSONValue, into events: inout [ModelEvent]) throws(ModelError)

    /// The model has said why it stopped; only details such as usage can follow.
    var hasStopReason: Bool { get }

    /// The stream has said that nothing follows.
    var isComplete: Bool { get }

    /// Closes what is open and writes `.finished`, or throws when the answer is not whole.
    mutating func finish(into events: inout [ModelEvent]) throws(ModelError)
}

/// Reads the bytes of an answer, cut anywhere: a stream of events, or one JSON document where a server ignored `stream`.
struct ResponseReader<Decoder: ResponseDecoder> {
    private enum Form {
        case undecided, events, document
    }

    private(set) var decoder: Decoder
    private let errors: ProviderError
    private var parser = ServerSentEventParser()
    private var form = Form.undecided
    private var document: [UInt8] = []

    init(_ decoder: Decoder, errors: ProviderError) {
        self.decoder = decoder
        self.errors = errors
    }

    mutating func push(_ bytes: [UInt8], into events: inout [ModelEvent]) throws(ModelError) {
        if form == .undecided { try decide(by: bytes) }
        if form == .document {
            if document.count + bytes.count > ByteLimit.jsonBytes { throw errors.tooLong() }
            document += bytes
        } else {
            try dispatch(bytes, into: &events)
        }
    }

    /// The answer has ended, by its own end or by a cut that comes after the stop reason.
    mutating func finish(into events: inout [ModelEvent]) throws(ModelError) {
        if form == .document {
            let value: JSONValue
            do {
                value = try JSONValue(parsing: document)
            } catch {
                throw errors.broken("its JSON is not whole (\(error))")
            }
            try decoder.read(document: value, into: &events)
            if decoder.items.isOverfull { throw errors.tooLong() }
        } else {
            for event in parser.finish(dispatchingPartial: true) where !decoder.isComplete {
                // A half event is what a cut looks like; whether the answer is whole is judged below.
                guard event.data == "[DONE]" || (try? JSONValue(parsing: event.data)) != nil else { continue }
                try decoder.read(event, into: &events)
            }
        }
        try decoder.finish(into: &events)
    }

    private mutating func decide(by bytes: [UInt8]) throws(ModelError) {
        guard let first = bytes.first(where: { $0 > 0x20 && ![0xEF, 0xBB, 0xBF].contains($0) }) else { return }
        switch first {
        case UInt8(ascii: "{"), UInt8(ascii: "["): form = .document
        case UInt8(ascii: "<"): throw errors.violation("a web page where an answer was expected")
        default: form = .events
        }
    }

    private mutating func dispatch(_ bytes: [UInt8], into events: inout [ModelEvent]) throws(ModelError) {
        let parsed: [ServerSentEvent]
        do {
            parsed = try parser.push(bytes)
        } catch {
            throw errors.violation(error.description)
        }
        for event in parsed where !decoder.isComplete {
            try decoder.read(event, into: &events)
            if decoder.items.isOverfull { throw errors.tooLong() }
        }
    }
}
