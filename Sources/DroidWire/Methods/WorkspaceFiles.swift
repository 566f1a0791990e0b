package import ApusBase

package struct ValidateWorkingDirectoryParams: DroidRecord, DroidParams {
    package typealias Result = ValidateWorkingDirectoryResult
    package static let method = DroidMethod.validateWorkingDirectory

    package var workingDirectory: String

    package init(workingDirectory: String) {
        self.workingDirectory = workingDirectory
    }

    package init(blank: DroidBlank) { self.init(workingDirectory: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("workingDirectory", &workingDirectory)
    }
}

package struct ValidateWorkingDirectoryResult: DroidRecord {
    package var isValid: Bool
    package var error: String?
    package var resolvedPath: String?

    package init(isValid: Bool, error: String? = nil, resolvedPath: String? = nil) {
        self.isValid = isValid
        self.error = error
        self.resolvedPath = resolvedPath
    }

    package init(blank: DroidBlank) { self.init(isValid: false) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("isValid", &isValid)
        try members.optional("error", &error)
        try members.optional("resolvedPath", &resolvedPath)
    }
}

package struct ListFilesParams: DroidOpenRecord, DroidParams {
    package typealias Result = ListFilesResult
    package static let method = DroidMethod.listFiles

    package var showHidden: Bool?

    package init() {}

    package init(showHidden: Bool? = nil) {
        self.showHidden = showHidden
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("showHidden", &showHidden)
    }
}

package struct ListFilesResult: DroidRecord {
    package var files: [JSONValue]

    package init(files: [JSONValue]) {
        self.files = files
    }

    package init(blank: DroidBlank) { self.init(files: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("files", &files)
    }
}

package struct SearchFilesParams: DroidRecord, DroidParams {
    package typealias Result = SearchFilesResult
    package static let method = DroidMethod.searchFiles

    package var query: String
    package var maxResults: Int?
    package var showHidden: Bool?

    package init(query: String, maxResults: Int? = nil, showHidden: Bool? = nil) {
        self.query = query
        self.maxResults = maxResults
        self.showHidden = showHidden
    }

    package init(blank: DroidBlank) { self.init(query: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("query", &query)
        try members.optional("maxResults", &maxResults)
        try members.optional("showHidden", &showHidden)
    }
}

package struct SearchFilesResult: DroidRecord {
    package var files: [JSONValue]
    package var totalFiles: Int

    package init(files: [JSONValue], totalFiles: Int) {
        self.files = files
        self.totalFiles = totalFiles
    }

    package init(blank: DroidBlank) { self.init(files: [], totalFiles: 0) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("files", &files)
        try members.required("totalFiles", &totalFiles)
    }
}

package struct GetWorkspaceFileContentParams: DroidRecord, DroidParams {
    package typealias Result = GetWorkspaceFileContentResult
    package static let method = DroidMethod.getWorkspaceFileContent

    package var filePath: String
    package var encoding: DroidFileEncoding?

    package init(filePath: String, encoding: DroidFileEncoding? = nil) {
        self.filePath = filePath
        self.encoding = encoding
    }

    package init(blank: DroidBlank) { self.init(filePath: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("filePath", &filePath)
        try members.optional("encoding", &encoding)
    }
}

package struct GetWorkspaceFileContentResult: DroidRecord {
    package var content: String
    package var byteLength: Int
    package var encoding: DroidFileEncoding?
    package var mimeType: String?
    package var isBinary: Bool?

    package init(
        content: String, byteLength: Int, encoding: DroidFileEncoding? = nil, mimeType: String? = nil, isBinary: Bool? = nil
    ) {
        self.content = content
        self.byteLength = byteLength
        self.encoding = encoding
        self.mimeType = mimeType
        self.isBinary = isBinary
    }

    package init(blank: DroidBlank) { self.init(content: "", byteLength: 0) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("content", &content)
        try members.required("byteLength", &byteLength)
        try members.optional("encoding", &encoding)
        try members.optional("mimeType", &mimeType)
        try members.optional("isBinary", &isBinary)
    }
}
