import ApusCore
import Crypto
import Synchronization

/// Which refused keys were told of lately: a client that goes on trying fills no log, and whoever tries many keys fills neither the log
/// nor the memory.
final class RefusedKeys: Sendable {
    private static let silence: Timestamp = 60_000
    /// Keys that are told of in a minute. Further ones are refused without a word.
    static let maximum = 256

    private let told = Mutex<[SHA256Digest: Timestamp]>([:])

    /// What is to be told of a key that somebody showed; `nil` when it was, a short while ago.
    func remark(on secret: String, of peer: String, at now: Timestamp) -> FrontRemark? {
        let digest = SHA256.hash(data: Array(secret.utf8))
        return isNews(digest, at: now) ? .keyRefused(digest: Self.beginning(of: digest), peer: peer) : nil
    }

    /// Whether this one is to be told of: once in a minute.
    func isNews(_ digest: SHA256Digest, at now: Timestamp) -> Bool {
        told.withLock { told in
            func isRecent(_ time: Timestamp) -> Bool { time <= now && now - time < Self.silence }
            if let time = told[digest], isRecent(time) { return false }
            if told.count >= Self.maximum { told = told.filter { isRecent($0.value) } }
            guard told.count < Self.maximum else { return false }
            told[digest] = now
            return true
        }
    }

    /// As the list of keys shows hashes.
    static func beginning(of digest: SHA256Digest) -> String {
        digest.prefix(4).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
