import ApusBase
package import ApusCore
import Crypto
import Foundation
import GRDB

/// Large bytes by their SHA-256, in `<home>/blobs/ab/abcdef…`, each kept as often as it is used and stored once.
///
/// Facts carry the hash. Files are written beside their place and renamed, so a name always has all its bytes; the count lives in
/// the database, and a file appears and disappears only while the write lock of the database is held.
package final class Blobs: BlobStore {
    private let directory: String
    private let inbox: Inbox
    private let readers: Readers
    private let disk = DispatchQueue(label: "apus.store.blobs", attributes: .concurrent)

    init(in directory: String, inbox: Inbox, readers: Readers) {
        self.directory = directory
        self.inbox = inbox
        self.readers = readers
    }

    /// Stores bytes and counts one use of them.
    /// - Returns: Their SHA-256 in hex.
    /// - Throws: `.store` when they are over ``ByteLimit/blobBytes``, or the disk fails.
    package func put(_ bytes: [UInt8]) async throws(EventLogError) -> String {
        guard bytes.count <= ByteLimit.blobBytes else {
            throw .store("A blob of \(bytes.count) bytes is over the limit of \(ByteLimit.blobBytes): store a part of it.")
        }
        let (hash, temporary) = try await onDisk { [directory] () throws(EventLogError) in
            let hash = Blobs.hex(SHA256.hash(data: bytes))
            try Files.createDirectory(Blobs.folder(of: hash, in: directory))
            let temporary = "\(directory)/\(randomToken(length: 20)).new"
            try Files.write(bytes, to: temporary)
            return (hash, temporary)
        }
        let path = Blobs.path(of: hash, in: directory)
        do throws(EventLogError) {
            try await inbox.perform { writer throws(EventLogError) in
                try writer.transaction { db in
                    try db.execute(
                        sql: "INSERT INTO blobs (hash, size, uses) VALUES (?, ?, 1) ON CONFLICT (hash) DO UPDATE SET uses = uses + 1",
                        arguments: [hash, bytes.count])
                    // Also mends a file that somebody removed by hand.
                    if Files.size(of: path) == bytes.count { Files.remove(temporary) } else { try Files.rename(temporary, to: path) }
                }
            }
        } catch {
            Files.remove(temporary)
            throw error
        }
        return hash
    }

    /// The bytes of a hash; `nil` when nobody uses it. Throws `.store` when the file is gone or has other bytes.
    package func get(_ hash: String) async throws(EventLogError) -> [UInt8]? {
        let size = try await readers.read { db in try Int.fetchOne(db, sql: "SELECT size FROM blobs WHERE hash = ?", arguments: [hash]) }
        guard let size else { return nil }
        return try await onDisk { [directory] () throws(EventLogError) in
            let path = Blobs.path(of: hash, in: directory)
            let bytes = try Files.read(path, limit: size)
            guard Blobs.hex(SHA256.hash(data: bytes)) == hash else {
                throw .store("The blob \(path) does not have the bytes its name promises: put back a copy of the file.")
            }
            return bytes
        }
    }

    /// Takes one use back; the last one removes the bytes. A hash nobody uses is left alone.
    package func release(_ hash: String) async throws(EventLogError) {
        let path = Blobs.path(of: hash, in: directory)
        try await inbox.perform { writer throws(EventLogError) in
            try writer.transaction { db in
                try db.execute(sql: "UPDATE blobs SET uses = uses - 1 WHERE hash = ?", arguments: [hash])
                try db.execute(sql: "DELETE FROM blobs WHERE hash = ? AND uses <= 0", arguments: [hash])
                // Before the commit: behind it, another process may already have stored the same bytes anew.
                if db.changesCount == 1 { Files.remove(path) }
            }
        }
    }

    private func onDisk<Value: Sendable>(
        _ work: @escaping @Sendable () throws(EventLogError) -> Value
    ) async throws(EventLogError) -> Value {
        let result: Result<Value, EventLogError> = await withCheckedContinuation { continuation in
            disk.async {
                do throws(EventLogError) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    private static func folder(of hash: String, in directory: String) -> String { "\(directory)/\(hash.prefix(2))" }
    private static func path(of hash: String, in directory: String) -> String { "\(folder(of: hash, in: directory))/\(hash)" }

    private static func hex(_ digest: SHA256Digest) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
