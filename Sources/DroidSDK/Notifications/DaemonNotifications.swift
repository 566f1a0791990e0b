import DroidWire

public struct SessionClosed: Sendable, Hashable {
    public var timestamp: JSON

    public init(timestamp: JSON) {
        self.timestamp = timestamp
    }
}

extension SessionClosed {
    init(_ wire: DroidWire.SessionClosed) {
        self.init(timestamp: JSON(wire.timestamp))
    }
}

public struct SessionInactivity: Sendable, Hashable {
    public var message: String
    public var timestamp: JSON
    public var timeoutSeconds: Double

    public init(message: String, timestamp: JSON, timeoutSeconds: Double) {
        self.message = message
        self.timestamp = timestamp
        self.timeoutSeconds = timeoutSeconds
    }
}

extension SessionInactivity {
    init(_ wire: DroidWire.SessionInactivity) {
        self.init(message: wire.message, timestamp: JSON(wire.timestamp), timeoutSeconds: wire.timeoutSeconds)
    }
}

public struct SessionProcessExited: Sendable, Hashable {
    public var message: String
    public var timestamp: JSON

    public init(message: String, timestamp: JSON) {
        self.message = message
        self.timestamp = timestamp
    }
}

extension SessionProcessExited {
    init(_ wire: DroidWire.SessionProcessExited) {
        self.init(message: wire.message, timestamp: JSON(wire.timestamp))
    }
}

/// Another client took the session over.
public struct SessionUnsubscribed: Sendable, Hashable {
    public var message: String

    public init(message: String) {
        self.message = message
    }
}

extension SessionUnsubscribed {
    init(_ wire: DroidWire.SessionUnsubscribed) {
        self.init(message: wire.message)
    }
}

public struct TerminalData: Sendable, Hashable {
    public var terminalId: String
    public var data: String

    public init(terminalId: String, data: String) {
        self.terminalId = terminalId
        self.data = data
    }
}

extension TerminalData {
    init(_ wire: DroidWire.TerminalData) {
        self.init(terminalId: wire.terminalId, data: wire.data)
    }
}

public struct TerminalError: Sendable, Hashable {
    public var terminalId: String?

    public init(terminalId: String? = nil) {
        self.terminalId = terminalId
    }
}

extension TerminalError {
    init(_ wire: DroidWire.TerminalError) {
        self.init(terminalId: wire.terminalId)
    }
}

public struct TerminalExit: Sendable, Hashable {
    public var terminalId: String
    public var exitCode: Int?
    public var signal: JSON?

    public init(terminalId: String, exitCode: Int? = nil, signal: JSON? = nil) {
        self.terminalId = terminalId
        self.exitCode = exitCode
        self.signal = signal
    }
}

extension TerminalExit {
    init(_ wire: DroidWire.TerminalExit) {
        self.init(terminalId: wire.terminalId, exitCode: wire.exitCode, signal: wire.signal.map(JSON.init))
    }
}
