/// The files of a working directory, as they are kept before a change and brought back by a rewind. Paths are absolute with their links
/// resolved; one that has come to lead elsewhere is not followed.
package protocol FileKeeping: Sendable {
    /// What is there now. Never reads more than `limit` bytes.
    func content(of path: String, limit: Int) async -> FileContent

    /// Puts a file back as it was, over whatever regular file is there; missing folders are made. False when that is not possible.
    ///
    /// - Parameter mode: Its permissions; `nil` leaves those that are there, or takes the usual ones.
    func restore(_ bytes: [UInt8], mode: UInt32?, to path: String) async -> Bool

    /// Removes a regular file. True also when there is none; false when something else is there, or it cannot be removed.
    ///
    /// - Parameter folders: So many of the innermost folders of the path go too, as long as there is nothing in them.
    func remove(_ path: String, folders: Int) async -> Bool
}

package enum FileContent: Hashable, Sendable {
    /// With its permissions, if it has any.
    case bytes([UInt8], mode: UInt32?)
    /// There is no such file, nor so many of the innermost folders of its path.
    case missing(folders: Int)
    /// Why the bytes cannot be had, a word or two.
    case obstacle(String)
}
