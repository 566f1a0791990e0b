import ApusBase
import ApusTransport
import Foundation

/// Where tokens are kept between runs of a program, by host and port.
///
/// ``FileTokenStore`` is there everywhere, `KeychainTokenStore` on Apple's systems.
public protocol TokenStore: Sendable {
    /// The token that was saved last; `nil` when there is none.
    ///
    /// - Throws: ``TokenStoreError`` when there is one and it cannot be read.
    func token(host: String, port: Int) throws -> String?
    /// Keeps the token in place of the one before.
    func save(_ token: String, host: String, port: Int) throws
    /// Forgets it. None is no error.
    func remove(host: String, port: Int) throws
}

/// Tokens in files that only their owner reads: one each, mode 0600, in a folder of mode 0700.
///
/// Files are replaced as a whole, so that a reader never sees half of one.
public struct FileTokenStore: TokenStore {
    /// Where the files are.
    public let folder: String

    /// - Parameter folder: Made when the first token is saved, its modes set then.
    public init(folder: String) { self.folder = folder }

    public func token(host: String, port: Int) throws -> String? {
        let path = path(host, port)
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            let token = try String(contentsOfFile: path, encoding: .utf8).trimmed
            return token.isEmpty ? nil : token
        } catch {
            throw TokenStoreError("\(path) cannot be read: \(error.localizedDescription)")
        }
    }

    public func save(_ token: String, host: String, port: Int) throws {
        let path = path(host, port)
        let part = path + "." + randomToken(length: 8)
        do {
            let manager = FileManager.default
            try manager.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try manager.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
            // Nobody gets past the folder while the file has other modes.
            guard manager.createFile(atPath: part, contents: nil, attributes: [.posixPermissions: 0o600]) else {
                throw TokenStoreError("\(part) cannot be made")
            }
            try manager.setAttributes([.posixPermissions: 0o600], ofItemAtPath: part)
            try Data(token.utf8).write(to: URL(fileURLWithPath: part))
            try manager.setAttributes([.posixPermissions: 0o600], ofItemAtPath: part)
            if rename(part, path) != 0 { throw TokenStoreError("\(path) cannot be replaced") }
        } catch {
            // The error before it is the one to tell.
            try? FileManager.default.removeItem(atPath: part)
            if let error = error as? TokenStoreError { throw error }
            throw TokenStoreError("\(path) cannot be written: \(error.localizedDescription)")
        }
    }

    public func remove(host: String, port: Int) throws {
        let path = path(host, port)
        guard FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw TokenStoreError("\(path) cannot be removed: \(error.localizedDescription)")
        }
    }

    private func path(_ host: String, _ port: Int) -> String { folder + "/" + URLText.encoded("\(host)_\(port)") + ".token" }
}

#if canImport(Security)
    import Security

    /// Tokens in the keychain of the user, as generic passwords; on this device only, and readable after the first unlock.
    public struct KeychainTokenStore: TokenStore {
        /// What the entries belong to.
        public let service: String

        /// - Parameter service: A name for people, and the same for every program that shares the tokens.
        public init(service: String = "Opta daemon") { self.service = service }

        public func token(host: String, port: Int) throws -> String? {
            var query = query(host, port)
            query[kSecReturnData as String] = true
            query[kSecMatchLimit as String] = kSecMatchLimitOne
            var found: CFTypeRef?
            let status = SecItemCopyMatching(query as CFDictionary, &found)
            if status == errSecItemNotFound { return nil }
            guard status == errSecSuccess, let data = found as? Data else { throw failure("read", status) }
            return String(decoding: data, as: UTF8.self)
        }

        public func save(_ token: String, host: String, port: Int) throws {
            let value: [String: Any] = [
                kSecValueData as String: Data(token.utf8),
                kSecAttrAccessible as String: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
            ]
            let status = SecItemUpdate(query(host, port) as CFDictionary, value as CFDictionary)
            if status == errSecSuccess { return }
            guard status == errSecItemNotFound else { throw failure("changed", status) }
            let added = SecItemAdd(query(host, port).merging(value) { _, new in new } as CFDictionary, nil)
            if added != errSecSuccess { throw failure("added", added) }
        }

        public func remove(host: String, port: Int) throws {
            let status = SecItemDelete(query(host, port) as CFDictionary)
            if status != errSecSuccess, status != errSecItemNotFound { throw failure("removed", status) }
        }

        private func query(_ host: String, _ port: Int) -> [String: Any] {
            [
                kSecClass as String: kSecClassGenericPassword, kSecAttrService as String: service,
                kSecAttrAccount as String: "\(host):\(port)",
            ]
        }

        private func failure(_ verb: String, _ status: OSStatus) -> TokenStoreError {
            let text = SecCopyErrorMessageString(status, nil) as String? ?? "status \(status)"
            return TokenStoreError("The entry of \(service) in the keychain cannot be \(verb): \(text)")
        }
    }
#endif
