/// Which requests a step of a script is meant for.
package struct RequestMatcher: Sendable {
    private let accepts: @Sendable (RecordedRequest) -> Bool

    package init(_ accepts: @escaping @Sendable (RecordedRequest) -> Bool) { self.accepts = accepts }

    package static let any = RequestMatcher { _ in true }

    /// The bytes of the body hold `marker`; JSON escapes are not undone, so take plain letters and digits. A marker must not be
    /// the beginning of another one.
    package static func body(contains marker: String) -> RequestMatcher {
        let needle = Array(marker.utf8)
        return RequestMatcher { $0.bodyBytes.contains(needle) }
    }

    package static func header(_ name: String, _ value: String) -> RequestMatcher {
        RequestMatcher { $0.header(name) == value }
    }

    package static func path(_ path: String) -> RequestMatcher { RequestMatcher { $0.path == path } }

    package func and(_ other: RequestMatcher) -> RequestMatcher {
        RequestMatcher { accepts($0) && other.accepts($0) }
    }

    func matches(_ request: RecordedRequest) -> Bool { accepts(request) }
}

/// One answer of a script, the requests it is for, and how often it is given.
package struct ScriptStep: Sendable {
    package enum Times: Hashable, Sendable {
        case times(Int)
        case forever
    }

    package var reply: Reply
    package var matcher: RequestMatcher
    package var times: Times

    package init(_ reply: Reply, when matcher: RequestMatcher = .any, times: Times = .times(1)) {
        self.reply = reply
        self.matcher = matcher
        self.times = times
    }
}

/// What a scripted provider answers. A request gets the first step that is not used up and accepts it: steps without a matcher are
/// therefore answered in their order, and steps with a marker make a sequence of their own for each conversation.
package struct Script: Sendable, ExpressibleByArrayLiteral {
    package var steps: [ScriptStep]
    /// What `GET /v1/models` lists.
    package var models: [String]
    /// The status of an answer to a request that no step is left for. A client does not retry 400: choose it to fail fast.
    package var surplusStatus: Int

    package init(_ steps: [ScriptStep], models: [String] = ["scripted-model"], surplusStatus: Int = 500) {
        self.steps = steps
        self.models = models
        self.surplusStatus = surplusStatus
    }

    package init(arrayLiteral elements: Reply...) { self.init(replies: elements) }

    package init(replies: [Reply]) { self.init(replies.map { ScriptStep($0) }) }

    /// The same reply to every request.
    package static func always(_ reply: Reply) -> Script { Script([ScriptStep(reply, times: .forever)]) }

    /// A sequence for each conversation, told apart by a marker in the request's body.
    package static func conversations(_ conversations: [(marker: String, replies: [Reply])]) -> Script {
        Script(
            conversations.flatMap { conversation in
                conversation.replies.map { ScriptStep($0, when: .body(contains: conversation.marker)) }
            })
    }
}
