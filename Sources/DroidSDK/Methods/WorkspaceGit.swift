import DroidWire

public struct CreatePRParams: Sendable, Hashable {
    public var title: String
    public var body: String?
    public var baseBranch: String
    public var draft: Bool?

    public init(title: String, baseBranch: String, body: String? = nil, draft: Bool? = nil) {
        self.title = title
        self.baseBranch = baseBranch
        self.body = body
        self.draft = draft
    }
}

extension CreatePRParams {
    var wire: DroidWire.CreatePRParams {
        DroidWire.CreatePRParams(title: title, body: body, baseBranch: baseBranch, draft: draft)
    }
}

public struct CreatePRResult: Sendable, Hashable {
    public var number: Int
    public var title: String
    public var url: String
    public var state: String
    public var draft: Bool

    public init(number: Int, title: String, url: String, state: String, draft: Bool) {
        self.number = number
        self.title = title
        self.url = url
        self.state = state
        self.draft = draft
    }
}

extension CreatePRResult {
    init(_ wire: DroidWire.CreatePRResult) {
        self.init(number: wire.number, title: wire.title, url: wire.url, state: wire.state, draft: wire.draft)
    }
}

public struct DiffCommit: Sendable, Hashable {
    public var hash: String
    public var message: String

    public init(hash: String, message: String) {
        self.hash = hash
        self.message = message
    }
}

extension DiffCommit {
    init(_ wire: DroidWire.DroidDiffCommit) {
        self.init(hash: wire.hash, message: wire.message)
    }
}

public struct DiffFile: Sendable, Hashable {
    public var path: String
    public var additions: Int
    public var deletions: Int
    public var status: String

    public init(path: String, additions: Int, deletions: Int, status: String) {
        self.path = path
        self.additions = additions
        self.deletions = deletions
        self.status = status
    }
}

extension DiffFile {
    init(_ wire: DroidWire.DroidDiffFile) {
        self.init(path: wire.path, additions: wire.additions, deletions: wire.deletions, status: wire.status)
    }
}

public struct GitDiff: Sendable, Hashable {
    public var diff: String
    public var branch: String
    public var baseBranch: String
    public var files: [DiffFile]
    public var totalAdditions: Int
    public var totalDeletions: Int
    public var remoteUrl: String?
    public var commits: [DiffCommit]

    public init(
        diff: String, branch: String, baseBranch: String, files: [DiffFile], totalAdditions: Int, totalDeletions: Int, commits: [DiffCommit]
    ) {
        self.diff = diff
        self.branch = branch
        self.baseBranch = baseBranch
        self.files = files
        self.totalAdditions = totalAdditions
        self.totalDeletions = totalDeletions
        self.commits = commits
    }
}

extension GitDiff {
    init(_ wire: DroidWire.DroidGitDiff) {
        self.init(
            diff: wire.diff, branch: wire.branch, baseBranch: wire.baseBranch, files: wire.files.map(DiffFile.init),
            totalAdditions: wire.totalAdditions, totalDeletions: wire.totalDeletions, commits: wire.commits.map(DiffCommit.init))
        remoteUrl = wire.remoteUrl
    }
}

public struct GetGitDiffParams: Sendable, Hashable {
    public var baseBranch: String?
    public var statsOnly: Bool?

    public init(baseBranch: String? = nil, statsOnly: Bool? = nil) {
        self.baseBranch = baseBranch
        self.statsOnly = statsOnly
    }
}

extension GetGitDiffParams {
    var wire: DroidWire.GetGitDiffParams {
        DroidWire.GetGitDiffParams(baseBranch: baseBranch, statsOnly: statsOnly)
    }
}

/// `data` where there is a diff, the reason where there is none.
public struct GetGitDiffResult: Sendable, Hashable {
    public var success: Bool
    public var data: GitDiff?
    public var unavailableReason: DiffUnavailable?
    public var unavailableMessage: String?

    public init(success: Bool, data: GitDiff? = nil, unavailableReason: DiffUnavailable? = nil, unavailableMessage: String? = nil) {
        self.success = success
        self.data = data
        self.unavailableReason = unavailableReason
        self.unavailableMessage = unavailableMessage
    }
}

extension GetGitDiffResult {
    init(_ wire: DroidWire.GetGitDiffResult) {
        self.init(
            success: wire.success, data: wire.data.map(GitDiff.init), unavailableReason: wire.unavailableReason.map(DiffUnavailable.init),
            unavailableMessage: wire.unavailableMessage)
    }
}

public struct GitCommitParams: Sendable, Hashable {
    public var message: String

    public init(message: String) {
        self.message = message
    }
}

extension GitCommitParams {
    var wire: DroidWire.GitCommitParams {
        DroidWire.GitCommitParams(message: message)
    }
}

public struct GitPushParams: Sendable, Hashable {

    public init() {}
}

extension GitPushParams {
    var wire: DroidWire.GitPushParams {
        DroidWire.GitPushParams()
    }
}
