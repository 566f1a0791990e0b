package import ApusBase

/// A call the model made, its input complete.
package struct ToolCall: Hashable, Sendable {
    package var id: CallID
    /// The name the model used.
    package var name: String
    /// As the model wrote it, members in its order. A string when the model's text was not JSON.
    package var input: JSONValue

    package init(id: CallID, name: String, input: JSONValue) {
        self.id = id
        self.name = name
        self.input = input
    }
}

/// A promise written before a tool runs.
package struct ToolIntent: Hashable, Sendable {
    package var call: CallID
    package var tool: String
    /// SHA-256 of the serialized input, in hex.
    package var argumentsHash: String
    package var effect: Effect
    /// The same key for a repeated run of the same call.
    package var key: String
    /// Of a verifiable call: what it is about to make of files, none when it would be refused. `nil` when nobody could tell.
    package var changes: [FileChange]?

    package init(call: CallID, tool: String, argumentsHash: String, effect: Effect, key: String, changes: [FileChange]? = nil) {
        self.call = call
        self.tool = tool
        self.argumentsHash = argumentsHash
        self.effect = effect
        self.key = key
        self.changes = changes
    }
}

/// What came of a call. Every call gets exactly one.
package struct ToolOutcome: Hashable, Sendable {
    package enum Status: String, Hashable, Sendable, CaseIterable {
        case succeeded
        /// Ran, or could not run, and the model is told why.
        case failed
        /// An access decision kept it from running.
        case refused
        /// Ended before its own end by an interrupt, a time limit or a death.
        case interrupted
        /// A sibling call was refused, or the turn ended first.
        case notRun
    }

    package var call: CallID
    package var status: Status
    /// What the model reads.
    package var text: String
    /// Files whose bytes the session has now seen; an edit needs one.
    package var files: [FileMark]
    /// Images and documents the model gets beside the text.
    package var media: [MediaReference]
    package var load: ToolLoad
    /// What a hook permitted the call with, in place of a person. The fold puts it in.
    package var permission: HookPermission?

    package init(
        call: CallID, status: Status, text: String, files: [FileMark] = [], media: [MediaReference] = [], load: ToolLoad = .none
    ) {
        self.call = call
        self.status = status
        self.text = text
        self.files = files
        self.media = media
        self.load = load
    }

    package var isError: Bool { status != .succeeded }
}

/// What a call added to what its session uses from then on.
package struct ToolLoad: Hashable, Sendable {
    /// A skill whose text the model has read.
    package var skill: String?
    /// Tools that were left out before.
    package var tools: [String]

    package init(skill: String? = nil, tools: [String] = []) {
        self.skill = skill
        self.tools = tools
    }

    package static let none = ToolLoad()
}

/// The state of a file when the session last saw all of its bytes.
package struct FileMark: Hashable, Sendable {
    /// Absolute, links resolved.
    package var path: String
    /// SHA-256 in hex; empty when the file was removed.
    package var hash: String

    package init(path: String, hash: String) {
        self.path = path
        self.hash = hash
    }
}

/// A line of the agent's own plan.
package struct Todo: Hashable, Sendable {
    package enum Status: String, Hashable, Sendable, CaseIterable {
        case pending
        case inProgress = "in_progress"
        case completed
    }

    package var text: String
    package var status: Status
    package var priority: String?

    package init(text: String, status: Status, priority: String? = nil) {
        self.text = text
        self.status = status
        self.priority = priority
    }
}
