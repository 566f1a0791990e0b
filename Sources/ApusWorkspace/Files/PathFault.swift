/// Why a path cannot be used. Each description is a whole sentence that names the path.
package enum PathFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path is empty, too long, or holds a byte that no file name can have.
    case malformed(String, reason: String)
    case notFound(String)
    /// Something that had to be a folder is not one.
    case notADirectory(String)
    /// Something that had to be a regular file is a folder, a pipe, a device, a socket.
    case notAFile(String, FileKind)
    case tooManyLinks(String)
    /// The path means something else now than when it was checked. Nothing was written.
    case changed(String, reason: String)
    case denied(String)
    /// What the session may reach does not include it: a whole sentence.
    case contained(String)
    case exists(String)
    case tooLarge(String, size: Int, limit: Int)
    case system(String, operation: String, reason: String)
    case cancelled

    package var description: String {
        switch self {
        case .malformed(let path, let reason): "The path \"\(path)\" cannot be used: \(reason)."
        case .notFound(let path): "\(path) does not exist."
        case .notADirectory(let path): "\(path) is not a directory."
        case .notAFile(let path, .directory): "\(path) is a directory, not a file."
        case .notAFile(let path, let kind): "\(path) is \(kind.phrase), not a regular file."
        case .tooManyLinks(let path): "\(path) goes through more than \(SafePath.maximumLinks) links; they probably point at each other."
        case .changed(let path, let reason): "\(path) changed after it was checked: \(reason). Nothing was done; look at it again first."
        case .denied(let path): "Permission denied: \(path)."
        case .contained(let sentence): sentence
        case .exists(let path): "\(path) exists already."
        case .tooLarge(let path, let size, let limit): "\(path) has \(size) bytes, over the limit of \(limit)."
        case .system(let path, let operation, let reason): "Could not \(operation) \(path): \(reason)."
        case .cancelled: "Interrupted."
        }
    }

    init(_ error: SystemError, _ operation: String, _ path: String) {
        switch error {
        case .notFound: self = .notFound(path)
        case .exists: self = .exists(path)
        case .isLink: self = .changed(path, reason: "it became a link")
        case .denied, .notPermitted, .readOnlyFileSystem: self = .denied(path)
        case .notADirectory: self = .notADirectory(path)
        case .nameTooLong: self = .malformed(path, reason: "a name in it is too long")
        default: self = .system(path, operation: operation, reason: error.text)
        }
    }
}
