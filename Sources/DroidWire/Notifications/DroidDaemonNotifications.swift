package import ApusBase

package struct SessionInactivity: DroidRecord {
    package var message: String
    package var timestamp: JSONValue
    package var timeoutSeconds: Double

    package init(message: String, timestamp: JSONValue, timeoutSeconds: Double) {
        self.message = message
        self.timestamp = timestamp
        self.timeoutSeconds = timeoutSeconds
    }

    package init(blank: DroidBlank) { self.init(message: "", timestamp: .null, timeoutSeconds: 0) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("message", &message)
        try members.required("timestamp", &timestamp)
        try members.required("timeoutSeconds", &timeoutSeconds)
    }
}

package struct SessionProcessExited: DroidRecord {
    package var message: String
    package var timestamp: JSONValue

    package init(message: String, timestamp: JSONValue) {
        self.message = message
        self.timestamp = timestamp
    }

    package init(blank: DroidBlank) { self.init(message: "", timestamp: .null) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("message", &message)
        try members.required("timestamp", &timestamp)
    }
}

package struct SessionClosed: DroidRecord {
    package var timestamp: JSONValue

    package init(timestamp: JSONValue) {
        self.timestamp = timestamp
    }

    package init(blank: DroidBlank) { self.init(timestamp: .null) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("timestamp", &timestamp)
    }
}

/// Another client took the session over.
package struct SessionUnsubscribed: DroidRecord {
    package var message: String

    package init(message: String) {
        self.message = message
    }

    package init(blank: DroidBlank) { self.init(message: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("message", &message)
    }
}

package struct TerminalData: DroidRecord {
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

package struct TerminalExit: DroidRecord {
    package var terminalId: String
    package var exitCode: Int?
    package var signal: JSONValue?

    package init(terminalId: String, exitCode: Int?, signal: JSONValue?) {
        self.terminalId = terminalId
        self.exitCode = exitCode
        self.signal = signal
    }

    package init(blank: DroidBlank) { self.init(terminalId: "", exitCode: nil, signal: nil) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("terminalId", &terminalId)
        try members.nullable("exitCode", &exitCode)
        try members.nullable("signal", &signal)
    }
}

package struct TerminalError: DroidOpenRecord {
    package var terminalId: String?
    package var extra = JSONObject()

    package init() {}

    package init(terminalId: String? = nil, extra: JSONObject = [:]) {
        self.terminalId = terminalId
        self.extra = extra
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("terminalId", &terminalId)
        try members.others(&extra)
    }
}

/// The params of `daemon.connection_status`, a notification that may follow authentication and belongs to no session (§2.2).
package struct ConnectionStatus: DroidRecord {
    package var isDroidCLIInPath: Bool
    package var droidCLIVersion: String?
    package var homedir: String
    package var platform: DroidPlatform

    package init(isDroidCLIInPath: Bool, droidCLIVersion: String? = nil, homedir: String, platform: DroidPlatform) {
        self.isDroidCLIInPath = isDroidCLIInPath
        self.droidCLIVersion = droidCLIVersion
        self.homedir = homedir
        self.platform = platform
    }

    package init(blank: DroidBlank) { self.init(isDroidCLIInPath: false, homedir: "", platform: DroidPlatform(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("isDroidCLIInPath", &isDroidCLIInPath)
        try members.optional("droidCLIVersion", &droidCLIVersion)
        try members.required("homedir", &homedir)
        try members.required("platform", &platform)
    }
}
