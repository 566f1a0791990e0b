import ApusBase
import ApusCore

/// Has a model write a summary: first of everything, then, where that is what stood in the way, of what was said without the results of
/// calls.
struct SummaryWriter {
    let services: EngineServices
    /// Requests of one form, the first included.
    var attempts = 3

    struct Written {
        /// Secrets replaced; `nil` when there is none.
        var text: String?
        var failure: ModelError?
        /// Of all attempts.
        var usage = Usage.zero
    }

    /// Cancelling the task gives no text.
    func summary(of plan: CompactionPlan, by provider: any ModelProvider) async -> Written {
        var written = Written()
        for request in [plan.request, plan.smallerRequest] {
            await write(request, by: provider, into: &written)
            guard let failure = written.failure, !Task.isCancelled, Self.isWorthLess(failure.kind) else { break }
        }
        return written
    }

    /// Whether less to read could help.
    private static func isWorthLess(_ kind: ModelError.Kind) -> Bool {
        switch kind {
        case .contextOverflow, .invalidRequest, .emptyResponse, .protocolViolation: true
        case .network, .timeout, .rateLimited, .overloaded, .server, .streamBroken, .authentication, .payment, .permission, .notFound,
            .cancelled:
            false
        }
    }

    private func write(_ request: ModelRequest, by provider: any ModelProvider, into written: inout Written) async {
        var attempt = 1
        while true {
            let (text, failure) = await ask(request, provider, &written.usage)
            written.failure = failure
            written.text = failure == nil ? services.redaction.apply(to: text) : nil
            guard let failure, !Task.isCancelled, failure.isWorthRetrying, attempt < attempts else { return }
            // A cancelled sleep shows at the next attempt.
            try? await services.time.sleep(for: min(failure.retryAfter ?? .seconds(attempt), .seconds(30)))
            attempt += 1
        }
    }

    private func ask(
        _ request: ModelRequest, _ provider: any ModelProvider, _ usage: inout Usage
    ) async -> (text: String, failure: ModelError?) {
        var text = ""
        var used = Usage.zero
        var stop = StopReason.other
        defer { usage = usage + used }
        do throws(ModelError) {
            try await provider.respond(to: request) { event in
                switch event {
                case .itemFinished(_, .text(let piece)): text += piece
                case .usage(let count): used = count
                case .finished(let reason): stop = reason
                case .itemStarted, .delta, .itemFinished: break
                }
            }
        } catch {
            return ("", error)
        }
        if Task.isCancelled { return ("", ModelError(.cancelled, "The compaction was interrupted.")) }
        if stop == .refusal {
            return ("", ModelError(.invalidRequest, "\(provider.description.id) refused to write a summary."))
        }
        if text.allSatisfy(\.isWhitespace) {
            return ("", ModelError(.emptyResponse, "\(provider.description.id) wrote no summary. Try again, or with another model."))
        }
        return (text, nil)
    }
}
