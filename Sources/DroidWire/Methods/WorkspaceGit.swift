package import ApusBase

package struct GetGitDiffParams: DroidOpenRecord, DroidParams {
    package typealias Result = GetGitDiffResult
    package static let method = DroidMethod.getGitDiff

    package var baseBranch: String?
    package var statsOnly: Bool?

    package init() {}

    package init(baseBranch: String? = nil, statsOnly: Bool? = nil) {
        self.baseBranch = baseBranch
        self.statsOnly = statsOnly
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("baseBranch", &baseBranch)
        try members.optional("statsOnly", &statsOnly)
    }
}

/// `data` where there is a diff, the reason where there is none.
package struct GetGitDiffResult: DroidRecord {
    package var success: Bool
    package var data: DroidGitDiff?
    package var unavailableReason: DroidDiffUnavailable?
    package var unavailableMessage: String?

    package init(
        success: Bool, data: DroidGitDiff? = nil, unavailableReason: DroidDiffUnavailable? = nil,
        unavailableMessage: String? = nil
    ) {
        self.success = success
        self.data = data
        self.unavailableReason = unavailableReason
        self.unavailableMessage = unavailableMessage
    }

    package init(blank: DroidBlank) { self.init(success: false) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("success", &success)
        try members.optional("data", &data)
        try members.optional("unavailableReason", &unavailableReason)
        try members.optional("unavailableMessage", &unavailableMessage)
    }
}

package struct DroidGitDiff: DroidRecord {
    package var diff: String
    package var branch: String
    package var baseBranch: String
    package var files: [DroidDiffFile]
    package var totalAdditions: Int
    package var totalDeletions: Int
    package var remoteUrl: String?
    package var commits: [DroidDiffCommit]
    /// The parts that are committed and not, which no source spells out.
    package var extra = JSONObject()

    package init(
        diff: String, branch: String, baseBranch: String, files: [DroidDiffFile], totalAdditions: Int, totalDeletions: Int,
        remoteUrl: String?, commits: [DroidDiffCommit], extra: JSONObject = [:]
    ) {
        self.diff = diff
        self.branch = branch
        self.baseBranch = baseBranch
        self.files = files
        self.totalAdditions = totalAdditions
        self.totalDeletions = totalDeletions
        self.remoteUrl = remoteUrl
        self.commits = commits
        self.extra = extra
    }

    package init(blank: DroidBlank) {
        self.init(
            diff: "", branch: "", baseBranch: "", files: [], totalAdditions: 0, totalDeletions: 0, remoteUrl: nil, commits: []
        )
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("diff", &diff)
        try members.required("branch", &branch)
        try members.required("baseBranch", &baseBranch)
        try members.required("files", &files)
        try members.required("totalAdditions", &totalAdditions)
        try members.required("totalDeletions", &totalDeletions)
        try members.nullable("remoteUrl", &remoteUrl)
        try members.required("commits", &commits)
        try members.others(&extra)
    }
}

package struct DroidDiffFile: DroidRecord {
    package var path: String
    package var additions: Int
    package var deletions: Int
    package var status: String

    package init(path: String, additions: Int, deletions: Int, status: String) {
        self.path = path
        self.additions = additions
        self.deletions = deletions
        self.status = status
    }

    package init(blank: DroidBlank) { self.init(path: "", additions: 0, deletions: 0, status: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("path", &path)
        try members.required("additions", &additions)
        try members.required("deletions", &deletions)
        try members.required("status", &status)
    }
}

package struct DroidDiffCommit: DroidRecord {
    package var hash: String
    package var message: String

    package init(hash: String, message: String) {
        self.hash = hash
        self.message = message
    }

    package init(blank: DroidBlank) { self.init(hash: "", message: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("hash", &hash)
        try members.required("message", &message)
    }
}

package struct GitPushParams: DroidOpenRecord, DroidParams {
    package typealias Result = DroidSuccess
    package static let method = DroidMethod.gitPush

    package init() {}

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {}
}

package struct GitCommitParams: DroidRecord, DroidParams {
    package typealias Result = DroidSuccess
    package static let method = DroidMethod.gitCommit

    package var message: String

    package init(message: String) {
        self.message = message
    }

    package init(blank: DroidBlank) { self.init(message: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("message", &message)
    }
}

package struct CreatePRParams: DroidRecord, DroidParams {
    package typealias Result = CreatePRResult
    package static let method = DroidMethod.createPR

    package var title: String
    package var body: String?
    package var baseBranch: String
    package var draft: Bool?

    package init(title: String, body: String? = nil, baseBranch: String, draft: Bool? = nil) {
        self.title = title
        self.body = body
        self.baseBranch = baseBranch
        self.draft = draft
    }

    package init(blank: DroidBlank) { self.init(title: "", baseBranch: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("title", &title)
        try members.optional("body", &body)
        try members.required("baseBranch", &baseBranch)
        try members.optional("draft", &draft)
    }
}

package struct CreatePRResult: DroidRecord {
    package var number: Int
    package var title: String
    package var url: String
    package var state: String
    package var draft: Bool

    package init(number: Int, title: String, url: String, state: String, draft: Bool) {
        self.number = number
        self.title = title
        self.url = url
        self.state = state
        self.draft = draft
    }

    package init(blank: DroidBlank) { self.init(number: 0, title: "", url: "", state: "", draft: false) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("number", &number)
        try members.required("title", &title)
        try members.required("url", &url)
        try members.required("state", &state)
        try members.required("draft", &draft)
    }
}
