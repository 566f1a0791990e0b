/// What all errors of this library have in common: a sentence that names the call, the value seen and the way out.
///
/// Cancelling a task throws `CancellationError`, as everywhere in Swift, except in loops over events, which just end.
public protocol DaemonError: Error, Sendable, CustomStringConvertible {
    /// A sentence for people.
    var message: String { get }
}

extension DaemonError {
    /// For people.
    public var description: String { message }
}

/// No connection, or one that ended before the answer was whole. The call may have had its effect, unless ``wasSent`` is `false`.
public struct DaemonConnectionError: DaemonError, Hashable {
    /// A sentence for people.
    public let message: String
    /// Whether the daemon may have got the call. `false` when no connection came about.
    public let wasSent: Bool

    /// From its parts.
    public init(_ message: String, wasSent: Bool = true) {
        self.message = message
        self.wasSent = wasSent
    }
}

/// The daemon was silent for too long: 8 s for most calls, 120 s for operations and for loading and unloading models (`opta-v3.md` §7.1).
/// The call may have had its effect.
public struct DaemonTimeoutError: DaemonError, Hashable {
    /// Method and route, such as `GET /v3/health`.
    public let call: String
    /// How long was waited.
    public let timeout: Duration
    /// A sentence for people.
    public var message: String { "\(call): no whole answer within \(timeout)" }

    /// From its parts.
    public init(call: String, timeout: Duration) {
        self.call = call
        self.timeout = timeout
    }
}

/// A success whose body is not what the route answers.
public struct DaemonAnswerError: DaemonError, Hashable {
    /// A sentence for people.
    public let message: String
    /// From its parts.
    public init(_ message: String) { self.message = message }
}

/// Something answers that is no daemon of this protocol and version (`opta-v3.md` §2.4, assertion 8).
public struct DaemonContractError: DaemonError, Hashable {
    /// What it says it speaks; `nil` when it says nothing.
    public let contract: DaemonContract?
    /// A sentence for people.
    public var message: String {
        let said = contract.map { "\"\($0.name)\" version \($0.version)" } ?? "no contract"
        return "GET /v3/health: the daemon tells \(said), this client speaks \"\(DaemonContract.expected.name)\" version "
            + "\(DaemonContract.expected.version). Update the one that is older."
    }

    /// From its parts.
    public init(contract: DaemonContract?) { self.contract = contract }
}

/// There is no daemon to be found by its state file (`opta-v3.md` §1.2).
public struct DaemonStateFileError: DaemonError, Hashable {
    /// What is wrong.
    public enum Reason: Sendable, Hashable {
        /// There is no such file: no daemon runs, or it has another home.
        case missing
        /// It is there and cannot be read: it belongs to another user, say.
        case unreadable(String)
        /// It is no JSON object: half written perhaps. Try again.
        case torn(String)
        /// It has no usable port or token.
        case incomplete(String)
    }

    /// Where the file is, or should be.
    public let path: String
    /// What is wrong.
    public let reason: Reason
    /// A sentence for people.
    public var message: String {
        switch reason {
        case .missing: "No daemon has noted itself in \(path). Start one, or give host, port and token."
        case .unreadable(let why): "\(path) cannot be read: \(why)"
        case .torn(let why): "\(path) is no JSON object (\(why)); it may be half written. Try again."
        case .incomplete(let what): "\(path) has no \(what). Start the daemon anew, or give host, port and token."
        }
    }

    /// From its parts.
    public init(path: String, reason: Reason) {
        self.path = path
        self.reason = reason
    }
}

/// The daemon turned a socket away for good: close code 4001 (the token is wrong) or 4000 (no session was named) (`opta-v3.md` §3.1). It is
/// not tried again.
public struct DaemonRefusedError: DaemonError, Hashable {
    /// 4000 or 4001.
    public let code: Int
    /// What the daemon said.
    public let reason: String
    /// A sentence for people.
    public var message: String {
        code == 4_001
            ? "The daemon refused the token of this socket (4001 \(reason)). Its token changes with every start: read the state file again."
            : "The daemon refused this socket (\(code) \(reason))."
    }

    /// From its parts.
    public init(code: Int, reason: String) {
        self.code = code
        self.reason = reason
    }
}

/// The daemon answered a command on a socket with an error (`opta-v3.md` §3.6). Nothing came of the command.
public struct DaemonCommandError: DaemonError, Hashable {
    /// What was asked: `turn.submit`, `turn.cancel` or `permission.resolve`.
    public let command: String
    /// What the daemon said.
    public let reason: String
    /// What it found wrong with which member.
    public let issues: [DaemonIssue]
    /// A sentence for people.
    public var message: String { "\(command): \(reason)" + issues.map { "; \($0)" }.joined() }

    /// From its parts.
    public init(command: String, reason: String, issues: [DaemonIssue] = []) {
        self.command = command
        self.reason = reason
        self.issues = issues
    }
}

/// A client whose sockets follow all of its sessions has as many as they may follow: each is a connection of its own. Nothing was sent.
public struct DaemonLimitError: DaemonError, Hashable {
    /// How many.
    public let limit: Int
    /// A sentence for people.
    public var message: String {
        "A socket of this client follows all of its sessions, and \(limit) are as many as it may. End those that are done with close(_:), or connect to "
            + "single sessions."
    }

    /// From its parts.
    public init(limit: Int) { self.limit = limit }
}

/// A store of tokens cannot do what it was asked for.
public struct TokenStoreError: DaemonError, Hashable {
    /// A sentence for people.
    public let message: String
    /// From its parts.
    public init(_ message: String) { self.message = message }
}
