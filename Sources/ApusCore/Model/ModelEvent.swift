/// A piece of a streamed response. Items are numbered by the provider adapter from 0 in the order they began; an item's events
/// come in the order start, deltas, finish; items may interleave.
package enum ModelEvent: Hashable, Sendable {
    package enum ItemKind: Hashable, Sendable {
        case text
        case reasoning
        case toolCall(CallID, name: String)
    }

    case itemStarted(index: Int, ItemKind)
    /// Never empty. For a tool call: the next characters of its input.
    case delta(index: Int, String)
    /// The whole item; its text is exactly the deltas joined.
    case itemFinished(index: Int, ItemContent)
    /// Cumulative for this response; may come several times, the last counts.
    case usage(Usage)
    /// The provider's last word. Exactly one, the last event of a response that did not throw.
    case finished(StopReason)
}

package enum StopReason: String, Hashable, Sendable, CaseIterable {
    case endOfTurn
    case toolCalls
    case outputLimit
    case contextLimit
    case refusal
    case other
}

/// Why a response could not be had. The provider's own message is kept, secrets removed.
package struct ModelError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        // Worth another attempt.
        case network, timeout, rateLimited, overloaded, server, streamBroken, emptyResponse
        // Not worth one.
        case authentication, payment, permission, notFound, invalidRequest, contextOverflow, protocolViolation, cancelled
    }

    package var kind: Kind
    /// One sentence that names the provider, what it said and the way out.
    package var message: String
    package var status: Int?
    /// What the provider asked us to wait.
    package var retryAfter: Duration?

    package init(_ kind: Kind, _ message: String, status: Int? = nil, retryAfter: Duration? = nil) {
        self.kind = kind
        self.message = message
        self.status = status
        self.retryAfter = retryAfter
    }

    package var isWorthRetrying: Bool {
        switch kind {
        case .network, .timeout, .rateLimited, .overloaded, .server, .streamBroken, .emptyResponse: true
        case .authentication, .payment, .permission, .notFound, .invalidRequest, .contextOverflow, .protocolViolation, .cancelled: false
        }
    }

    package var description: String { message }
}
