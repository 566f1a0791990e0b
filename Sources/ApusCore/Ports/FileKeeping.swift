/// The files of a working directory, as they are kept before a change and brought back by a rewind. Paths are absolute with their links
/// resolved; one that has come to lead elsewhere is not followed.
package protocol FileKeeping: Sendable {
    /// What is there now. Never reads more than `limit` bytes.
    func content(of path: String, limit: Int) async -> FileContent

    /// Puts a file back as it was, over whatever regular file is there; missing folders are made. False when that is not possible.
    func restore(_ bytes: [UInt8], to path: String) async -> Bool

    /// Removes a regular file. True also when there is none; false when something else is there, or it cannot be removed.
    func remove(_ path: String) async -> Bool
}

package enum FileContent: Hashable, Sendable {
    case bytes([UInt8])
    /// There is no such file.
    case missing
    /// Why the bytes cannot be had, a word or two.
    case obstacle(String)
}
