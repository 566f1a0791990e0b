import ApusBase
import ApusSettings
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The tokens of all servers, by address, in one file that only its owner can read: `mcp-tokens.json`. Written by rename, so that other
/// processes always read a whole one.
struct OAuthTokenFile: Sendable {
    let path: String
    /// Told every token that is read or written: they are shown nowhere.
    let conceal: @Sendable ([String]) -> Void

    /// How long another process may hold the file.
    private static let patience = Duration.seconds(5)

    /// `nil` when there are none, and when the file cannot be read or may have been read by others.
    func tokens(for address: String) -> OAuthTokens? {
        guard isPrivate, let tokens = (try? document())?[address].flatMap(OAuthTokens.init(stored:)) else { return nil }
        conceal(tokens.secrets)
        return tokens
    }

    /// - Parameter isWanted: asked when nobody else changes the file any more; what is not wanted then is not stored.
    /// - Returns: whether it was wanted.
    @discardableResult
    func put(
        _ tokens: OAuthTokens?, for address: String, when isWanted: @Sendable () -> Bool = { true }
    ) async throws(OAuthFault) -> Bool {
        try await change(tokens, for: address) { _ in isWanted() }
    }

    /// Stores `tokens` only where those with the access token `used` still lie: whoever forgot or replaced them meanwhile wins.
    ///
    /// - Returns: whether they were stored.
    @discardableResult
    func replace(_ used: String, by tokens: OAuthTokens, for address: String) async throws(OAuthFault) -> Bool {
        try await change(tokens, for: address) { $0?["accessToken"]?.stringValue == used }
    }

    private func change(
        _ tokens: OAuthTokens?, for address: String, when isWanted: (JSONValue?) -> Bool
    ) async throws(OAuthFault) -> Bool {
        if let tokens { conceal(tokens.secrets) }
        let lock = try await lock(path + ".lock", within: Self.patience)
        defer { lock.release() }
        var all: JSONObject
        // A file that others could read is written anew, and what was in it is not believed.
        do throws(ConfigurationFile.Fault) { all = isPrivate ? try document() : JSONObject() } catch { throw unusable(error) }
        guard isWanted(all[address]) else { return false }
        if tokens == nil, all[address] == nil { return true }
        all[address] = tokens?.json
        let bytes = (["version": 1, "servers": .object(all)] as JSONValue).serializedBytes() + [0x0A]
        do throws(ConfigurationFile.Fault) { try ConfigurationFile.replace(path, with: bytes) } catch { throw unusable(error) }
        return true
    }

    /// Runs `body` while no other process renews the tokens of that server: those that rotate may be used once.
    func renewing<Value: Sendable>(
        _ address: String, _ body: @Sendable () async throws(OAuthFault) -> Value
    ) async throws(OAuthFault) -> Value {
        let lock = try await lock(renewal + String(Self.number(of: address), radix: 36), within: .seconds(30))
        defer {
            // One file for each server that was ever signed in to would stay.
            lock.releaseAndRemove()
            removeUnusedLocks()
        }
        return try await body()
    }

    /// What processes left that were killed while they renewed.
    private func removeUnusedLocks() {
        guard let slash = renewal.lastIndex(of: "/"), let folder = opendir(String(renewal[...slash])) else { return }
        defer { closedir(folder) }
        let prefix = renewal[renewal.index(after: slash)...]
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            // One that is in use is not had, and what cannot be opened stays.
            if name.hasPrefix(prefix) { (try? FileLock.take(renewal[...slash] + name))?.releaseAndRemove() }
        }
    }

    private var renewal: String { path + ".renew-" }

    private var isPrivate: Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o077 == 0 && status.st_uid == geteuid()
    }

    private func document() throws(ConfigurationFile.Fault) -> JSONObject {
        guard let bytes = try ConfigurationFile.read(path) else { return JSONObject() }
        // What is broken holds no tokens: one signs in again.
        return (try? JSONValue(parsing: bytes))?["servers"]?.objectValue ?? JSONObject()
    }

    private func unusable(_ fault: ConfigurationFile.Fault) -> OAuthFault {
        OAuthFault("\(path) cannot be used: \(fault.reason).")
    }

    /// The same in every process.
    private static func number(of text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    // MARK: The lock

    private func lock(_ lock: String, within limit: Duration) async throws(OAuthFault) -> FileLock {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        if mkdir(folder, 0o700) != 0, errno != EEXIST { throw OAuthFault("\(folder) cannot be made: \(Self.reason).") }
        do throws(FileLock.Fault) {
            return try await FileLock.wait(for: lock, atMost: limit)
        } catch {
            if case .cancelled = error { throw OAuthFault("The sign-in was given up.") }
            throw OAuthFault(error.description)
        }
    }

    private static var reason: String { String(cString: strerror(errno)) }
}
