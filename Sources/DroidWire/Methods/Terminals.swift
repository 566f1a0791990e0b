package import ApusBase

package struct CreateTerminalParams: DroidRecord, DroidParams {
    package typealias Result = CreateTerminalResult
    package static let method = DroidMethod.createTerminal

    package var terminalId: String
    package var cols: Int?
    package var rows: Int?
    package var cwd: String?
    package var env: DroidMap<String>?

    package init(terminalId: String, cols: Int? = nil, rows: Int? = nil, cwd: String? = nil, env: DroidMap<String>? = nil) {
        self.terminalId = terminalId
        self.cols = cols
        self.rows = rows
        self.cwd = cwd
        self.env = env
    }

    package init(blank: DroidBlank) { self.init(terminalId: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("terminalId", &terminalId)
        try members.optional("cols", &cols)
        try members.optional("rows", &rows)
        try members.optional("cwd", &cwd)
        try members.optional("env", &env)
    }
}

package struct CreateTerminalResult: DroidRecord {
    package var success: Bool
    /// `TerminalIdExists`
    package var error: String?

    package init(success: Bool, error: String? = nil) {
        self.success = success
        self.error = error
    }

    package init(blank: DroidBlank) { self.init(success: false) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("success", &success)
        try members.optional("error", &error)
    }
}

package struct WriteTerminalDataParams: DroidRecord, DroidParams {
    package typealias Result = DroidAcknowledgement
    package static let method = DroidMethod.writeTerminalData

    package var terminalId: String
    package var data: String

    package init(terminalId: String, data: String) {
        self.terminalId = terminalId
        self.data = data
    }

    package init(blank: DroidBlank) { self.init(terminalId: "", data: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("terminalId", &terminalId)
        try members.required("data", &data)
    }
}

package struct ResizeTerminalParams: DroidRecord, DroidParams {
    package typealias Result = DroidAcknowledgement
    package static let method = DroidMethod.resizeTerminal

    package var terminalId: String
    package var cols: Int
    package var rows: Int

    package init(terminalId: String, cols: Int, rows: Int) {
        self.terminalId = terminalId
        self.cols = cols
        self.rows = rows
    }

    package init(blank: DroidBlank) { self.init(terminalId: "", cols: 0, rows: 0) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("terminalId", &terminalId)
        try members.required("cols", &cols)
        try members.required("rows", &rows)
    }
}

package struct CloseTerminalParams: DroidRecord, DroidParams {
    package typealias Result = DroidAcknowledgement
    package static let method = DroidMethod.closeTerminal

    package var terminalId: String

    package init(terminalId: String) {
        self.terminalId = terminalId
    }

    package init(blank: DroidBlank) { self.init(terminalId: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("terminalId", &terminalId)
    }
}

package struct ListTerminalsParams: DroidOpenRecord, DroidParams {
    package typealias Result = ListTerminalsResult
    package static let method = DroidMethod.listTerminals

    package init() {}

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {}
}

package struct ListTerminalsResult: DroidRecord {
    package var terminals: [DroidTerminal]

    package init(terminals: [DroidTerminal]) {
        self.terminals = terminals
    }

    package init(blank: DroidBlank) { self.init(terminals: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("terminals", &terminals)
    }
}

package struct DroidTerminal: DroidRecord {
    package var id: String
    package var pid: Int?
    package var cols: Int
    package var rows: Int
    package var createdAt: JSONValue
    package var state: DroidTerminalState?

    package init(id: String, pid: Int?, cols: Int, rows: Int, createdAt: JSONValue, state: DroidTerminalState? = nil) {
        self.id = id
        self.pid = pid
        self.cols = cols
        self.rows = rows
        self.createdAt = createdAt
        self.state = state
    }

    package init(blank: DroidBlank) { self.init(id: "", pid: nil, cols: 0, rows: 0, createdAt: .null) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("id", &id)
        try members.nullable("pid", &pid)
        try members.required("cols", &cols)
        try members.required("rows", &rows)
        try members.required("createdAt", &createdAt)
        try members.optional("state", &state)
    }
}

package struct DroidTerminalState: DroidRecord {
    package var serialized: String
    package var plainText: String
    package var cols: Int
    package var rows: Int
    package var timestamp: Double
    package var cursorHidden: Bool?

    package init(serialized: String, plainText: String, cols: Int, rows: Int, timestamp: Double, cursorHidden: Bool? = nil) {
        self.serialized = serialized
        self.plainText = plainText
        self.cols = cols
        self.rows = rows
        self.timestamp = timestamp
        self.cursorHidden = cursorHidden
    }

    package init(blank: DroidBlank) { self.init(serialized: "", plainText: "", cols: 0, rows: 0, timestamp: 0) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("serialized", &serialized)
        try members.required("plainText", &plainText)
        try members.required("cols", &cols)
        try members.required("rows", &rows)
        try members.required("timestamp", &timestamp)
        try members.optional("cursorHidden", &cursorHidden)
    }
}
