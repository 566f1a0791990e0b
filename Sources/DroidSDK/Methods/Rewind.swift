import DroidWire

public struct CreatedFile: Sendable, Hashable {
    public var filePath: String

    public init(filePath: String) {
        self.filePath = filePath
    }
}

extension CreatedFile {
    init(_ wire: DroidWire.DroidCreatedFile) {
        self.init(filePath: wire.filePath)
    }

    var wire: DroidWire.DroidCreatedFile {
        DroidWire.DroidCreatedFile(filePath: filePath)
    }
}

public struct EvictedFile: Sendable, Hashable {
    public var filePath: String
    public var reason: String

    public init(filePath: String, reason: String) {
        self.filePath = filePath
        self.reason = reason
    }
}

extension EvictedFile {
    init(_ wire: DroidWire.DroidEvictedFile) {
        self.init(filePath: wire.filePath, reason: wire.reason)
    }
}

public struct FileSnapshot: Sendable, Hashable {
    public var filePath: String
    public var contentHash: String
    public var size: Int

    public init(filePath: String, contentHash: String, size: Int) {
        self.filePath = filePath
        self.contentHash = contentHash
        self.size = size
    }
}

extension FileSnapshot {
    init(_ wire: DroidWire.DroidFileSnapshot) {
        self.init(filePath: wire.filePath, contentHash: wire.contentHash, size: wire.size)
    }

    var wire: DroidWire.DroidFileSnapshot {
        DroidWire.DroidFileSnapshot(filePath: filePath, contentHash: contentHash, size: size)
    }
}

public struct ExecuteRewindParams: Sendable, Hashable {
    public var sessionId: String?
    public var messageId: String
    public var filesToRestore: [FileSnapshot]
    public var filesToDelete: [CreatedFile]
    public var forkTitle: String

    public init(
        messageId: String, filesToRestore: [FileSnapshot], filesToDelete: [CreatedFile], forkTitle: String, sessionId: String? = nil
    ) {
        self.messageId = messageId
        self.filesToRestore = filesToRestore
        self.filesToDelete = filesToDelete
        self.forkTitle = forkTitle
        self.sessionId = sessionId
    }
}

extension ExecuteRewindParams {
    var wire: DroidWire.ExecuteRewindParams {
        DroidWire.ExecuteRewindParams(
            sessionId: sessionId, messageId: messageId, filesToRestore: filesToRestore.map(\.wire),
            filesToDelete: filesToDelete.map(\.wire), forkTitle: forkTitle)
    }
}

public struct ExecuteRewindResult: Sendable, Hashable {
    public var newSessionId: String
    public var restoredCount: Int
    public var deletedCount: Int
    public var failedRestoreCount: Int
    public var failedDeleteCount: Int

    public init(newSessionId: String, restoredCount: Int, deletedCount: Int, failedRestoreCount: Int, failedDeleteCount: Int) {
        self.newSessionId = newSessionId
        self.restoredCount = restoredCount
        self.deletedCount = deletedCount
        self.failedRestoreCount = failedRestoreCount
        self.failedDeleteCount = failedDeleteCount
    }
}

extension ExecuteRewindResult {
    init(_ wire: DroidWire.ExecuteRewindResult) {
        self.init(
            newSessionId: wire.newSessionId, restoredCount: wire.restoredCount, deletedCount: wire.deletedCount,
            failedRestoreCount: wire.failedRestoreCount, failedDeleteCount: wire.failedDeleteCount)
    }
}

/// What going back to a message would restore. Python names the session in exec mode too, TypeScript does not (§12, 5).
public struct GetRewindInfoParams: Sendable, Hashable {
    public var sessionId: String?
    public var messageId: String

    public init(messageId: String, sessionId: String? = nil) {
        self.messageId = messageId
        self.sessionId = sessionId
    }
}

extension GetRewindInfoParams {
    var wire: DroidWire.GetRewindInfoParams {
        DroidWire.GetRewindInfoParams(sessionId: sessionId, messageId: messageId)
    }
}

public struct GetRewindInfoResult: Sendable, Hashable {
    public var availableFiles: [FileSnapshot]
    public var createdFiles: [CreatedFile]
    public var evictedFiles: [EvictedFile]

    public init(availableFiles: [FileSnapshot], createdFiles: [CreatedFile], evictedFiles: [EvictedFile]) {
        self.availableFiles = availableFiles
        self.createdFiles = createdFiles
        self.evictedFiles = evictedFiles
    }
}

extension GetRewindInfoResult {
    init(_ wire: DroidWire.GetRewindInfoResult) {
        self.init(
            availableFiles: wire.availableFiles.map(FileSnapshot.init), createdFiles: wire.createdFiles.map(CreatedFile.init),
            evictedFiles: wire.evictedFiles.map(EvictedFile.init))
    }
}
