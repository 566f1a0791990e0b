import ApusBase
package import ApusCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `keys.json` and `local.key`. Written by rename under a lock, so that a running daemon always reads a whole file.
package struct KeyFile: Sendable {
    private let folder: DaemonFolder

    /// Names that other sources of keys have.
    package static let localName = "local"
    package static let environmentName = "FACTORY_API_KEY"

    package init(_ folder: DaemonFolder) { self.folder = folder }

    /// In the order in which they were made; none when there is no file.
    package func records() throws(DaemonFileError) -> [KeyRecord] {
        guard let bytes = try OwnerFile.read(folder.keys) else { return [] }
        let unusable = DaemonFileError(
            "\(folder.keys) is not a key file of this version. Move it away and make the keys anew with `apus keys add`.")
        // Whatever is wrong with it: nobody's key counts until it is mended.
        guard let json = try? JSONValue(parsing: bytes), json["version"] == 1, let keys = json["keys"]?.arrayValue else { throw unusable }
        var records: [KeyRecord] = []
        for key in keys {
            guard let name = key["name"]?.stringValue, let digest = key["sha256"]?.stringValue, digest.utf8.count == 64,
                let scopes = key["scopes"]?.arrayValue, let createdAt = key["createdAt"]?.integerValue
            else { throw unusable }
            // A scope of a later version is one that this version cannot give.
            let known = scopes.compactMap { $0.stringValue.flatMap(ClientScope.init(rawValue:)) }
            records.append(KeyRecord(name: name, digest: digest, scopes: Set(known), createdAt: createdAt))
        }
        return records
    }

    /// Makes a key and returns it; nobody can read it again.
    ///
    /// - Parameter name: `nil` takes the first of `key-1`, `key-2`, … that is free.
    package func add(name: String?, scopes: Set<ClientScope>, at now: Timestamp) throws(DaemonFileError) -> (secret: String, KeyRecord) {
        try folder.make()
        let secret = APIKey.generate()
        let record = try OwnerFile.locked(folder.keysLock) { () throws(DaemonFileError) -> KeyRecord in
            var records = try self.records()
            let taken = Set(records.map(\.name)).union([Self.localName, Self.environmentName])
            if let name, taken.contains(name) {
                throw DaemonFileError("There is a key named \"\(name)\" already. Choose another --name, or remove it first.")
            }
            guard records.count < 1_000 else { throw DaemonFileError("There are 1000 keys. Remove some with `apus keys remove NAME`.") }
            var number = 1
            while taken.contains("key-\(number)") { number += 1 }
            let record = KeyRecord(name: name ?? "key-\(number)", digest: APIKey.digest(of: secret), scopes: scopes, createdAt: now)
            records.append(record)
            try self.write(records)
            return record
        }
        return (secret, record)
    }

    /// `nil` when no key has that name.
    package func remove(name: String) throws(DaemonFileError) -> KeyRecord? {
        guard try OwnerFile.read(folder.keys) != nil else { return nil }
        return try OwnerFile.locked(folder.keysLock) { () throws(DaemonFileError) -> KeyRecord? in
            var records = try self.records()
            guard let index = records.firstIndex(where: { $0.name == name }) else { return nil }
            let removed = records.remove(at: index)
            try self.write(records)
            return removed
        }
    }

    /// The owner's own key, made when there is none.
    package func localSecret() throws(DaemonFileError) -> String {
        try folder.make()
        return try OwnerFile.locked(folder.keysLock) { () throws(DaemonFileError) -> String in
            if let secret = try self.localSecretIfThere() { return secret }
            let secret = APIKey.generate()
            try OwnerFile.write(Array((secret + "\n").utf8), to: self.folder.localKey)
            return secret
        }
    }

    /// A file that others may read is not believed: somebody may have.
    func localSecretIfThere() throws(DaemonFileError) -> String? {
        var status = stat()
        guard stat(folder.localKey, &status) == 0 else { return nil }
        if status.st_mode & 0o077 != 0 {
            throw DaemonFileError("\(folder.localKey) can be read by others. Remove it: the next start makes a new one.")
        }
        guard let bytes = try OwnerFile.read(folder.localKey) else { return nil }
        let secret = String(decoding: bytes, as: UTF8.self).trimmingWhitespace
        return secret.utf8.count >= 32 ? secret : nil
    }

    private func write(_ records: [KeyRecord]) throws(DaemonFileError) {
        let keys = records.map { record -> JSONValue in
            let scopes = ClientScope.allCases.filter(record.scopes.contains)
            return [
                "name": .string(record.name), "sha256": .string(record.digest), "scopes": .array(scopes.map { .string($0.rawValue) }),
                "createdAt": .integer(record.createdAt),
            ]
        }
        try OwnerFile.write((["version": 1, "keys": .array(keys)] as JSONValue).serializedBytes() + [0x0A], to: folder.keys)
    }

    /// Changes whenever one of the files does.
    func mark() -> [FileStamp?] { [folder.keys, folder.localKey].map(FileStamp.init) }
}

/// Tells one state of a file from the next: a rename gives it another number.
struct FileStamp: Hashable, Sendable {
    private let device: UInt64
    private let number: UInt64
    private let size: Int64
    private let seconds: Int64
    private let nanoseconds: Int64

    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(truncatingIfNeeded: status.st_ino)
        size = Int64(status.st_size)
        #if canImport(Darwin)
            (seconds, nanoseconds) = (Int64(status.st_mtimespec.tv_sec), Int64(status.st_mtimespec.tv_nsec))
        #else
            (seconds, nanoseconds) = (Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec))
        #endif
    }
}

extension String {
    fileprivate var trimmingWhitespace: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        return String(text)
    }
}
