package import QwenWire

/// One event of a session's stream (`qwen-serve.md` §3.2).
public struct DaemonEvent: Sendable, Hashable {
    /// At least 1, rising in a session and the same for all its readers. `nil` for what concerns one connection only, such as
    /// `slow_client_warning`; those do not move a cursor.
    public let id: Int64?
    /// Types that are not known are to be skipped.
    public let type: String
    /// What happened; see ``kind`` for it typed.
    public let data: JSON
    /// The client whose doing this is, as far as the daemon knows (§2.12).
    public let originatorClientId: String?

    /// From its parts.
    public init(id: Int64? = nil, type: String, data: JSON, originatorClientId: String? = nil) {
        self.id = id
        self.type = type
        self.data = data
        self.originatorClientId = originatorClientId
    }

    package init(_ event: QwenEvent) {
        self.init(id: event.id, type: event.type, data: JSON(event.data), originatorClientId: event.originatorClientId)
    }

    /// The update of a `session_update`: `data.update`, or `data` itself where a daemon sends it flat; `nil` for other types.
    public var update: JSON? {
        guard type == "session_update" else { return nil }
        guard let nested = data["update"], !nested.isNull else { return data }
        return nested
    }

    /// The next piece of the agent's answer; `nil` for everything else.
    public var text: String? {
        guard case .sessionUpdate(.agentMessageChunk(let block)) = kind else { return nil }
        return block.text
    }

    /// This event by its type, its data checked.
    public var kind: DaemonEventKind { DaemonEventKind(self) }
}
