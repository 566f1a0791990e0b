/// What going back to a message would restore. Python names the session in exec mode too, TypeScript does not (§12, 5).
package struct GetRewindInfoParams: DroidRecord, DroidParams {
    package typealias Result = GetRewindInfoResult
    package static let method = DroidMethod.getRewindInfo

    package var sessionId: String?
    package var messageId: String

    package init(sessionId: String? = nil, messageId: String) {
        self.sessionId = sessionId
        self.messageId = messageId
    }

    package init(blank: DroidBlank) { self.init(messageId: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("sessionId", &sessionId)
        try members.required("messageId", &messageId)
    }
}

package struct GetRewindInfoResult: DroidRecord {
    package var availableFiles: [DroidFileSnapshot]
    package var createdFiles: [DroidCreatedFile]
    package var evictedFiles: [DroidEvictedFile]

    package init(availableFiles: [DroidFileSnapshot], createdFiles: [DroidCreatedFile], evictedFiles: [DroidEvictedFile]) {
        self.availableFiles = availableFiles
        self.createdFiles = createdFiles
        self.evictedFiles = evictedFiles
    }

    package init(blank: DroidBlank) { self.init(availableFiles: [], createdFiles: [], evictedFiles: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("availableFiles", &availableFiles)
        try members.required("createdFiles", &createdFiles)
        try members.required("evictedFiles", &evictedFiles)
    }
}

package struct DroidFileSnapshot: DroidRecord {
    package var filePath: String
    package var contentHash: String
    package var size: Int

    package init(filePath: String, contentHash: String, size: Int) {
        self.filePath = filePath
        self.contentHash = contentHash
        self.size = size
    }

    package init(blank: DroidBlank) { self.init(filePath: "", contentHash: "", size: 0) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("filePath", &filePath)
        try members.required("contentHash", &contentHash)
        try members.required("size", &size)
    }
}

package struct DroidCreatedFile: DroidRecord {
    package var filePath: String

    package init(filePath: String) {
        self.filePath = filePath
    }

    package init(blank: DroidBlank) { self.init(filePath: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("filePath", &filePath)
    }
}

package struct DroidEvictedFile: DroidRecord {
    package var filePath: String
    package var reason: String

    package init(filePath: String, reason: String) {
        self.filePath = filePath
        self.reason = reason
    }

    package init(blank: DroidBlank) { self.init(filePath: "", reason: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("filePath", &filePath)
        try members.required("reason", &reason)
    }
}

package struct ExecuteRewindParams: DroidRecord, DroidParams {
    package typealias Result = ExecuteRewindResult
    package static let method = DroidMethod.executeRewind

    package var sessionId: String?
    package var messageId: String
    package var filesToRestore: [DroidFileSnapshot]
    package var filesToDelete: [DroidCreatedFile]
    package var forkTitle: String

    package init(
        sessionId: String? = nil, messageId: String, filesToRestore: [DroidFileSnapshot], filesToDelete: [DroidCreatedFile],
        forkTitle: String
    ) {
        self.sessionId = sessionId
        self.messageId = messageId
        self.filesToRestore = filesToRestore
        self.filesToDelete = filesToDelete
        self.forkTitle = forkTitle
    }

    package init(blank: DroidBlank) { self.init(messageId: "", filesToRestore: [], filesToDelete: [], forkTitle: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("sessionId", &sessionId)
        try members.required("messageId", &messageId)
        try members.required("filesToRestore", &filesToRestore)
        try members.required("filesToDelete", &filesToDelete)
        try members.required("forkTitle", &forkTitle)
    }
}

package struct ExecuteRewindResult: DroidRecord {
    package var newSessionId: String
    package var restoredCount: Int
    package var deletedCount: Int
    package var failedRestoreCount: Int
    package var failedDeleteCount: Int

    package init(newSessionId: String, restoredCount: Int, deletedCount: Int, failedRestoreCount: Int, failedDeleteCount: Int) {
        self.newSessionId = newSessionId
        self.restoredCount = restoredCount
        self.deletedCount = deletedCount
        self.failedRestoreCount = failedRestoreCount
        self.failedDeleteCount = failedDeleteCount
    }

    package init(blank: DroidBlank) {
        self.init(newSessionId: "", restoredCount: 0, deletedCount: 0, failedRestoreCount: 0, failedDeleteCount: 0)
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("newSessionId", &newSessionId)
        try members.required("restoredCount", &restoredCount)
        try members.required("deletedCount", &deletedCount)
        try members.required("failedRestoreCount", &failedRestoreCount)
        try members.required("failedDeleteCount", &failedDeleteCount)
    }
}
