package import ApusBase

/// What is told of a session at init and load.
package struct DroidSessionContent: DroidOpenRecord {
    package var messages: [DroidMessage] = []
    package var title: String?
    package var extra = JSONObject()

    package init() {}

    package init(messages: [DroidMessage] = [], title: String? = nil, extra: JSONObject = [:]) {
        self.messages = messages
        self.title = title
        self.extra = extra
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.defaulted("messages", &messages)
        try members.optional("title", &title)
        try members.others(&extra)
    }
}

package struct DroidGitRepo: DroidRecord {
    package var repoName: String
    package var owner: String?

    package init(repoName: String, owner: String? = nil) {
        self.repoName = repoName
        self.owner = owner
    }

    package init(blank: DroidBlank) { self.init(repoName: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("repoName", &repoName)
        try members.optional("owner", &owner)
    }
}

package struct DroidWorktree: DroidRecord {
    package var branch: String
    package var path: String
    package var isNewlyCreated: Bool
    package var repoRoot: String?

    package init(branch: String, path: String, isNewlyCreated: Bool, repoRoot: String? = nil) {
        self.branch = branch
        self.path = path
        self.isNewlyCreated = isNewlyCreated
        self.repoRoot = repoRoot
    }

    package init(blank: DroidBlank) { self.init(branch: "", path: "", isNewlyCreated: false) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("branch", &branch)
        try members.required("path", &path)
        try members.required("isNewlyCreated", &isNewlyCreated)
        try members.optional("repoRoot", &repoRoot)
    }
}

/// A request that is still open when a session is loaded: its params, with the id under which it was sent.
package struct DroidPending<Request: DroidRecord>: DroidValue {
    package var request: Request
    package var requestId: String

    package init(_ request: Request, requestId: String) {
        self.request = request
        self.requestId = requestId
    }

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard let object = json.objectValue else { throw .wrongType("an object", json) }
        guard let id = object["requestId"] else { throw .missing("requestId") }
        do {
            requestId = try String(from: id, reading)
        } catch {
            throw error.within("requestId")
        }
        request = try Request(members: object, besides: "requestId", reading)
    }

    package func write(into writer: inout JSONWriter) {
        writer.beginObject()
        request.writeMembers(into: &writer)
        writer.field("requestId", requestId)
        writer.endObject()
    }
}

package struct DroidMissionSnapshot: DroidRecord {
    package var state: DroidMissionState
    package var features: [DroidMissionFeature]
    package var progressLog: [DroidMissionProgress]
    package var workerSessionIds: [String]
    package var workerStates: DroidMap<DroidWorkerState>?
    package var tokenUsage: DroidTokenUsage?
    package var tokenUsageBySessionId: DroidMap<DroidTokenUsage>?

    package init(
        state: DroidMissionState, features: [DroidMissionFeature], progressLog: [DroidMissionProgress],
        workerSessionIds: [String], workerStates: DroidMap<DroidWorkerState>? = nil, tokenUsage: DroidTokenUsage? = nil,
        tokenUsageBySessionId: DroidMap<DroidTokenUsage>? = nil
    ) {
        self.state = state
        self.features = features
        self.progressLog = progressLog
        self.workerSessionIds = workerSessionIds
        self.workerStates = workerStates
        self.tokenUsage = tokenUsage
        self.tokenUsageBySessionId = tokenUsageBySessionId
    }

    package init(blank: DroidBlank) {
        self.init(state: DroidMissionState(blank: blank), features: [], progressLog: [], workerSessionIds: [])
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("state", &state)
        try members.required("features", &features)
        try members.required("progressLog", &progressLog)
        try members.required("workerSessionIds", &workerSessionIds)
        try members.optional("workerStates", &workerStates)
        try members.optional("tokenUsage", &tokenUsage)
        try members.optional("tokenUsageBySessionId", &tokenUsageBySessionId)
    }
}

package struct DroidWorkerState: DroidRecord {
    package var startedAt: JSONValue
    package var completedAt: JSONValue?
    package var exitCode: Int?

    package init(startedAt: JSONValue, completedAt: JSONValue? = nil, exitCode: Int? = nil) {
        self.startedAt = startedAt
        self.completedAt = completedAt
        self.exitCode = exitCode
    }

    package init(blank: DroidBlank) { self.init(startedAt: .null) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("startedAt", &startedAt)
        try members.optional("completedAt", &completedAt)
        try members.optional("exitCode", &exitCode)
    }
}
