import DroidWire

public struct GetWorkspaceFileContentParams: Sendable, Hashable {
    public var filePath: String
    public var encoding: FileEncoding?

    public init(filePath: String, encoding: FileEncoding? = nil) {
        self.filePath = filePath
        self.encoding = encoding
    }
}

extension GetWorkspaceFileContentParams {
    var wire: DroidWire.GetWorkspaceFileContentParams {
        DroidWire.GetWorkspaceFileContentParams(filePath: filePath, encoding: encoding.map(\.wire))
    }
}

public struct GetWorkspaceFileContentResult: Sendable, Hashable {
    public var content: String
    public var byteLength: Int
    public var encoding: FileEncoding?
    public var mimeType: String?
    public var isBinary: Bool?

    public init(content: String, byteLength: Int, encoding: FileEncoding? = nil, mimeType: String? = nil, isBinary: Bool? = nil) {
        self.content = content
        self.byteLength = byteLength
        self.encoding = encoding
        self.mimeType = mimeType
        self.isBinary = isBinary
    }
}

extension GetWorkspaceFileContentResult {
    init(_ wire: DroidWire.GetWorkspaceFileContentResult) {
        self.init(
            content: wire.content, byteLength: wire.byteLength, encoding: wire.encoding.map(FileEncoding.init), mimeType: wire.mimeType,
            isBinary: wire.isBinary)
    }
}

public struct ListFilesParams: Sendable, Hashable {
    public var showHidden: Bool?

    public init(showHidden: Bool? = nil) {
        self.showHidden = showHidden
    }
}

extension ListFilesParams {
    var wire: DroidWire.ListFilesParams {
        DroidWire.ListFilesParams(showHidden: showHidden)
    }
}

public struct ListFilesResult: Sendable, Hashable {
    public var files: [JSON]

    public init(files: [JSON]) {
        self.files = files
    }
}

extension ListFilesResult {
    init(_ wire: DroidWire.ListFilesResult) {
        self.init(files: wire.files.map(JSON.init))
    }
}

public struct SearchFilesParams: Sendable, Hashable {
    public var query: String
    public var maxResults: Int?
    public var showHidden: Bool?

    public init(query: String, maxResults: Int? = nil, showHidden: Bool? = nil) {
        self.query = query
        self.maxResults = maxResults
        self.showHidden = showHidden
    }
}

extension SearchFilesParams {
    var wire: DroidWire.SearchFilesParams {
        DroidWire.SearchFilesParams(query: query, maxResults: maxResults, showHidden: showHidden)
    }
}

public struct SearchFilesResult: Sendable, Hashable {
    public var files: [JSON]
    public var totalFiles: Int

    public init(files: [JSON], totalFiles: Int) {
        self.files = files
        self.totalFiles = totalFiles
    }
}

extension SearchFilesResult {
    init(_ wire: DroidWire.SearchFilesResult) {
        self.init(files: wire.files.map(JSON.init), totalFiles: wire.totalFiles)
    }
}

public struct ValidateWorkingDirectoryParams: Sendable, Hashable {
    public var workingDirectory: String

    public init(workingDirectory: String) {
        self.workingDirectory = workingDirectory
    }
}

extension ValidateWorkingDirectoryParams {
    var wire: DroidWire.ValidateWorkingDirectoryParams {
        DroidWire.ValidateWorkingDirectoryParams(workingDirectory: workingDirectory)
    }
}

public struct ValidateWorkingDirectoryResult: Sendable, Hashable {
    public var isValid: Bool
    public var error: String?
    public var resolvedPath: String?

    public init(isValid: Bool, error: String? = nil, resolvedPath: String? = nil) {
        self.isValid = isValid
        self.error = error
        self.resolvedPath = resolvedPath
    }
}

extension ValidateWorkingDirectoryResult {
    init(_ wire: DroidWire.ValidateWorkingDirectoryResult) {
        self.init(isValid: wire.isValid, error: wire.error, resolvedPath: wire.resolvedPath)
    }
}
