/// A whole streamed answer: what the model says, and how badly the wire treats it.
package struct StreamedReply: Hashable, Sendable {
    package enum Stop: Hashable, Sendable {
        /// Tool calls when the reply has any, the end of the turn otherwise.
        case fitting
        case endOfTurn
        case toolCalls
        case outputLimit
        case contextLimit
        case refusal
        /// A word that no dialect knows.
        case word(String)
        /// The stream ends in good order but never names a reason.
        case unnamed
    }

    package var blocks: [Block]
    package var stop: Stop
    /// `nil`: the reply never says what it cost.
    package var usage: TokenCounts?
    package var shape: StreamShape

    package init(_ blocks: [Block], stop: Stop = .fitting, usage: TokenCounts? = TokenCounts(), shape: StreamShape = StreamShape()) {
        self.blocks = blocks
        self.stop = stop
        self.usage = usage
        self.shape = shape
    }
}

/// Tokens as a provider would count them. Input is what neither came from a cache nor went into one; each dialect adds up what it
/// reports together.
package struct TokenCounts: Hashable, Sendable {
    package var input: Int
    package var output: Int
    package var cacheRead: Int
    package var cacheCreation: Int
    package var reasoning: Int?

    package init(input: Int = 100, output: Int = 10, cacheRead: Int = 0, cacheCreation: Int = 0, reasoning: Int? = nil) {
        self.input = input
        self.output = output
        self.cacheRead = cacheRead
        self.cacheCreation = cacheCreation
        self.reasoning = reasoning
    }
}

/// How a body travels. Everything at its default is what a well-behaved provider does: one event a write.
package struct StreamShape: Hashable, Sendable {
    package enum LineEnding: String, Hashable, Sendable, CaseIterable {
        case lf = "\n"
        case crlf = "\r\n"
        case cr = "\r"
    }

    /// Where the connection ends early.
    package enum Cut: Hashable, Sendable {
        /// After so many bytes of the body.
        case bytes(Int, ConnectionEnd)
        /// After so many events, comments not counted.
        case events(Int, ConnectionEnd)
    }

    package var lineEnding: LineEnding
    /// Every write carries exactly so many bytes of the body, the last one the rest, wherever that cuts.
    package var chunkBytes: Int?
    /// So many events share a write; more is faster and less like a model.
    package var eventsPerWrite: Int
    /// Chat completions only: the body ends without `[DONE]`.
    package var omitsDone: Bool
    /// Chat completions only: reasoning travels in this member of the delta.
    package var reasoningMember: String
    package var cut: Cut?

    package init(
        lineEnding: LineEnding = .lf, chunkBytes: Int? = nil, eventsPerWrite: Int = 1, omitsDone: Bool = false,
        reasoningMember: String = "reasoning_content", cut: Cut? = nil
    ) {
        self.lineEnding = lineEnding
        self.chunkBytes = chunkBytes
        self.eventsPerWrite = eventsPerWrite
        self.omitsDone = omitsDone
        self.reasoningMember = reasoningMember
        self.cut = cut
    }
}
