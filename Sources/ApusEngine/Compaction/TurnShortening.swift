import ApusCore

/// How long a request is, in tokens.
struct RequestSize: Hashable, Sendable {
    /// As far as the provider counted it, and estimated for the rest.
    var tokens: Int
    /// What of it no compaction spares: the system prompt, the tools and the notes.
    var base: Int
    /// Of the model's context, when that is known.
    var context: Int?
}

/// How the conversation of the running turn gets shorter: a summary stands for what is old, the results of the newest response are cut, or
/// both. Pure.
///
/// The newest response stays with all its results, which the model has not seen yet: without them it would make its calls again.
struct TurnShortening: Hashable, Sendable {
    private(set) var summary: CompactionPlan?
    /// For the results of the newest response together, where they have no room as they are.
    private(set) var cutTokens: Int?

    /// Less than this part of the limit is not worth a summary: what is long then is something else.
    private static let worthwhilePart = 10
    /// Cut results have at least this part of the limit.
    private static let leastPart = 8
    /// This part of a model's context is left for its answer.
    private static let answerPart = 8

    /// For a request above the limit. `nil` when nothing that can be done brings it below; but one that has no room in the model's context is
    /// shortened as far as it can be.
    init?(_ state: SessionState, above limit: Int, _ request: RequestSize) {
        let parts = Parts(state, limit: limit)
        let isWorthwhile = parts.hasOlder && parts.older >= max(1, limit / Self.worthwhilePart)
        let fixed = request.base + max(limit / Self.worthwhilePart, parts.earlier) + parts.kept
        let room = request.context.map { $0 - $0 / Self.answerPart } ?? Int.max
        let whole = fixed + parts.results
        if request.tokens <= room {
            guard isWorthwhile, whole <= limit else { return nil }
        } else if whole > room {
            let least = limit / Self.leastPart
            // The provider shall say whether it takes that.
            if let context = request.context, fixed + least > context { return nil }
            let left = max(room - fixed, least)
            if parts.results > left { cutTokens = left }
        }
        if isWorthwhile { summary = parts.plan() }
        if summary == nil, cutTokens == nil { return nil }
    }

    /// For a request that a provider has refused. `nil` when there is nothing to shorten.
    init?(_ state: SessionState, refusedAt limit: Int, _ request: RequestSize) {
        let parts = Parts(state, limit: limit)
        let least = limit / Self.leastPart
        let summaryRoom = max(limit / Self.worthwhilePart, parts.earlier)
        let hasRoom = request.base + parts.kept + least <= limit
        if hasRoom {
            // Half of what was refused is sure to have room.
            let left = max(limit / 2 - request.base - summaryRoom - parts.kept, least)
            if parts.results > left { cutTokens = left }
            if parts.hasOlder, cutTokens == nil || parts.older >= limit / Self.worthwhilePart { summary = parts.plan() }
        }
        if hasRoom, summary == nil, cutTokens == nil { summary = parts.planBeforeUnseen() }
        // The newest response itself is too long, or there is nothing else to leave out.
        if summary == nil, cutTokens == nil { summary = parts.planOfAll() }
        if summary == nil, cutTokens == nil { return nil }
    }

    /// A conversation, divided. All sizes in tokens.
    private struct Parts {
        private let state: SessionState
        private let places: [Int]
        private let begin: Int
        private let unseen: Int?
        private let prompt: MessageID?
        private let limit: Int
        let hasOlder: Bool
        /// What a summary would stand for.
        let older: Int
        /// The summary that there is.
        let earlier: Int
        /// What stays, without those results.
        let kept: Int
        /// Of the newest response.
        let results: Int

        init(_ state: SessionState, limit: Int) {
            let shown = ResultCut.shown(state)
            let places = shown.visiblePlaces
            let begin = CompactionTail.inTurn(shown, places, limit: limit)
            // The prompt that is worked on is seen in any case.
            let prompt = state.running?.input.message
            let isKept = { (index: Int) in index >= begin || (prompt != nil && shown.transcript[places[index]].message == prompt) }
            let old = places.indices.filter { !isKept($0) }.map { shown.transcript[places[$0]] }
            hasOlder = old.contains(where: \.isMessage)
            older = ContextMeter.tokens(of: old)
            earlier = ContextMeter.tokens(state.compaction?.summary ?? "")
            var results = 0
            unseen = CompactionTail.unseen(shown, places)
            if let newest = unseen, case .response(let response) = shown.transcript[places[newest]] {
                results = response.outcomes.reduce(0) { $0 + ContextMeter.tokens($1.text) }
            }
            self.results = results
            kept = ContextMeter.tokens(of: places.indices.filter(isKept).map { shown.transcript[places[$0]] }) - results
            (self.state, self.places, self.begin, self.prompt, self.limit) = (state, places, begin, prompt, limit)
        }

        func plan() -> CompactionPlan? { CompactionPlan(state, places, keeping: begin, prompt: prompt, limit: limit) }

        /// Also what is short enough to stay.
        func planBeforeUnseen() -> CompactionPlan? {
            unseen.flatMap { CompactionPlan(state, places, keeping: $0, prompt: prompt, limit: limit) }
        }

        /// All but the prompt.
        func planOfAll() -> CompactionPlan? { CompactionPlan(state, places, keeping: places.endIndex, prompt: prompt, limit: limit) }
    }
}
