import ApusBase

/// Why some bytes are no frame, with what can be said to whoever sent them.
package struct DroidFrameFault: Error, Hashable, Sendable {
    /// Of the frame, as far as it could be found: an answer with the real id ends the wait of the caller, one without does not (§1.3).
    package let id: String?
    package let failure: DroidFailure
    /// Whether it may be a request. A broken response or notification is not answered, or two servers would answer each other for ever.
    package let isAnswerable: Bool
}

extension DroidFrame {
    /// Reads every object of what came as one frame.
    ///
    /// - Parameter reading: `closed` for a server, which refuses what is not of the protocol; `lenient` for a client, which takes what it
    ///   can route.
    package static func all(in bytes: [UInt8], _ reading: DroidReading) -> [Result<DroidFrame, DroidFrameFault>] {
        if bytes.count > DroidLimit.frameBytes {
            let why = "a frame of \(bytes.count) bytes is over the limit of \(DroidLimit.frameBytes) bytes"
            return [.failure(DroidFrameRemains(bytes[...]).fault(.invalidRequest(why)))]
        }
        let pieces = DroidFrameSplitter.pieces(of: bytes)
        if pieces.count > DroidLimit.maximumObjectsInFrame {
            let why = "\(pieces.count) objects in one frame are over the limit of \(DroidLimit.maximumObjectsInFrame)"
            return [.failure(DroidFrameFault(id: nil, failure: .invalidRequest(why), isAnswerable: true))]
        }
        return pieces.map { piece in Result { () throws(DroidFrameFault) in try DroidFrame(parsing: bytes, in: piece, reading) } }
    }

    /// Reads one object. White space around it is allowed.
    package init(parsing bytes: [UInt8], in range: Range<Int>, _ reading: DroidReading) throws(DroidFrameFault) {
        let json: JSONValue
        do {
            json = try JSONValue(parsing: bytes, in: range)
        } catch {
            let failure = DroidFailure(.parseError, DroidFailure.parseError.message, data: .string(error.description))
            throw DroidFrameRemains(bytes[range]).fault(failure)
        }
        guard case .object(let object) = json else {
            throw DroidFrameFault(id: nil, failure: .invalidRequest("a frame must be an object"), isAnswerable: true)
        }
        let envelope = DroidEnvelope(object, reading)
        do {
            self = try envelope.frame()
        } catch {
            throw DroidFrameFault(id: envelope.stringID, failure: error, isAnswerable: envelope.kind == .request)
        }
    }

    package init(parsing bytes: [UInt8], _ reading: DroidReading) throws(DroidFrameFault) {
        try self.init(parsing: bytes, in: 0..<bytes.count, reading)
    }
}
