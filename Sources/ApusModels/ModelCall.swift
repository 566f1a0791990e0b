import ApusBase
import ApusCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One attempt: sends a request, reads the answer piece by piece, hands events on. The same for all dialects.
struct ModelCall {
    let endpoint: ModelEndpoint
    let http: HTTPStream

    /// What may still come after the stop reason (usage, an end mark) is not worth the full idle limit.
    private static let patienceAfterStop: Duration = .seconds(5)

    func run(
        _ request: HTTPStream.Request, reading decoder: some ResponseDecoder, receive: (ModelEvent) async -> Void
    ) async throws(ModelError) {
        let errors = ProviderError(endpoint: endpoint)
        let exchange: HTTPExchange
        do {
            exchange = try await http.open(request, deadlines: endpoint.deadlines)
        } catch {
            throw errors.error(error)
        }
        defer { exchange.abandon() }
        guard exchange.status == 200 else { throw await refusal(exchange, errors) }
        var reader = ResponseReader(decoder, errors: errors)
        while !reader.decoder.isComplete {
            var events: [ModelEvent] = []
            let failure = await step(exchange, &reader, into: &events, errors)
            for event in events {
                if Task.isCancelled { throw errors.error(.cancelled) }
                await receive(event)
            }
            switch failure {
            case .failed(let error): throw error
            case .ended: return
            case .goesOn: continue
            }
        }
        exchange.drain()
        var events: [ModelEvent] = []
        try reader.finish(into: &events)
        for event in events { await receive(event) }
    }

    private enum Step {
        case goesOn
        /// `.finished` is among the events.
        case ended
        case failed(ModelError)
    }

    private func step(
        _ exchange: HTTPExchange, _ reader: inout ResponseReader<some ResponseDecoder>, into events: inout [ModelEvent],
        _ errors: ProviderError
    ) async -> Step {
        let piece: [UInt8]?
        do {
            piece = try await exchange.next(idle: reader.decoder.hasStopReason ? Self.patienceAfterStop : nil)
        } catch {
            // The model was done; that its server did not say goodbye harms nothing.
            guard error != .cancelled, reader.decoder.hasStopReason else { return .failed(errors.error(error)) }
            piece = nil
        }
        do throws(ModelError) {
            if let piece {
                try reader.push(piece, into: &events)
                return .goesOn
            }
            try reader.finish(into: &events)
            return .ended
        } catch {
            return .failed(error)
        }
    }

    private func refusal(_ exchange: HTTPExchange, _ errors: ProviderError) async -> ModelError {
        let body: [UInt8]
        do {
            body = try await exchange.rest(limit: ByteLimit.errorBodyBytes)
        } catch {
            // The status says enough when its explanation is cut off.
            if error == .cancelled { return errors.error(error) }
            body = []
        }
        let wait = RetryAfter.read(exchange.header, now: Int64(time(nil)))
        return errors.error(status: exchange.status, body: body, retryAfter: wait)
    }
}
