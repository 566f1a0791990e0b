import DroidWire

public struct CloseTerminalParams: Sendable, Hashable {
    public var terminalId: String

    public init(terminalId: String) {
        self.terminalId = terminalId
    }
}

extension CloseTerminalParams {
    var wire: DroidWire.CloseTerminalParams {
        DroidWire.CloseTerminalParams(terminalId: terminalId)
    }
}

public struct CreateTerminalParams: Sendable, Hashable {
    public var terminalId: String
    public var cols: Int?
    public var rows: Int?
    public var cwd: String?
    public var env: [String: String]?

    public init(terminalId: String, cols: Int? = nil, rows: Int? = nil, cwd: String? = nil, env: [String: String]? = nil) {
        self.terminalId = terminalId
        self.cols = cols
        self.rows = rows
        self.cwd = cwd
        self.env = env
    }
}

extension CreateTerminalParams {
    var wire: DroidWire.CreateTerminalParams {
        DroidWire.CreateTerminalParams(terminalId: terminalId, cols: cols, rows: rows, cwd: cwd, env: env.map { DroidMap(sorted: $0) })
    }
}

public struct CreateTerminalResult: Sendable, Hashable {
    public var success: Bool
    /// `TerminalIdExists`
    public var error: String?

    public init(success: Bool, error: String? = nil) {
        self.success = success
        self.error = error
    }
}

extension CreateTerminalResult {
    init(_ wire: DroidWire.CreateTerminalResult) {
        self.init(success: wire.success, error: wire.error)
    }
}

public struct Terminal: Sendable, Hashable {
    public var id: String
    public var pid: Int?
    public var cols: Int
    public var rows: Int
    public var createdAt: JSON
    public var state: TerminalState?

    public init(id: String, cols: Int, rows: Int, createdAt: JSON, pid: Int? = nil, state: TerminalState? = nil) {
        self.id = id
        self.cols = cols
        self.rows = rows
        self.createdAt = createdAt
        self.pid = pid
        self.state = state
    }
}

extension Terminal {
    init(_ wire: DroidWire.DroidTerminal) {
        self.init(
            id: wire.id, cols: wire.cols, rows: wire.rows, createdAt: JSON(wire.createdAt), pid: wire.pid,
            state: wire.state.map(TerminalState.init))
    }
}

public struct TerminalState: Sendable, Hashable {
    public var serialized: String
    public var plainText: String
    public var cols: Int
    public var rows: Int
    public var timestamp: Double
    public var cursorHidden: Bool?

    public init(serialized: String, plainText: String, cols: Int, rows: Int, timestamp: Double, cursorHidden: Bool? = nil) {
        self.serialized = serialized
        self.plainText = plainText
        self.cols = cols
        self.rows = rows
        self.timestamp = timestamp
        self.cursorHidden = cursorHidden
    }
}

extension TerminalState {
    init(_ wire: DroidWire.DroidTerminalState) {
        self.init(
            serialized: wire.serialized, plainText: wire.plainText, cols: wire.cols, rows: wire.rows, timestamp: wire.timestamp,
            cursorHidden: wire.cursorHidden)
    }
}

public struct ListTerminalsParams: Sendable, Hashable {

    public init() {}
}

extension ListTerminalsParams {
    var wire: DroidWire.ListTerminalsParams {
        DroidWire.ListTerminalsParams()
    }
}

public struct ListTerminalsResult: Sendable, Hashable {
    public var terminals: [Terminal]

    public init(terminals: [Terminal]) {
        self.terminals = terminals
    }
}

extension ListTerminalsResult {
    init(_ wire: DroidWire.ListTerminalsResult) {
        self.init(terminals: wire.terminals.map(Terminal.init))
    }
}

public struct ResizeTerminalParams: Sendable, Hashable {
    public var terminalId: String
    public var cols: Int
    public var rows: Int

    public init(terminalId: String, cols: Int, rows: Int) {
        self.terminalId = terminalId
        self.cols = cols
        self.rows = rows
    }
}

extension ResizeTerminalParams {
    var wire: DroidWire.ResizeTerminalParams {
        DroidWire.ResizeTerminalParams(terminalId: terminalId, cols: cols, rows: rows)
    }
}

public struct WriteTerminalDataParams: Sendable, Hashable {
    public var terminalId: String
    public var data: String

    public init(terminalId: String, data: String) {
        self.terminalId = terminalId
        self.data = data
    }
}

extension WriteTerminalDataParams {
    var wire: DroidWire.WriteTerminalDataParams {
        DroidWire.WriteTerminalDataParams(terminalId: terminalId, data: data)
    }
}
