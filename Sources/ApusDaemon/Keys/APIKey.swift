import ApusBase
package import ApusCore
import Crypto

/// A secret that a client shows. What is kept is its hash: 256 random bits need no salt and no slow function.
package enum APIKey {
    package static let prefix = "apus_"

    /// 43 letters and digits hold 256 bits.
    package static func generate() -> String { prefix + randomToken(length: 43) }

    /// SHA-256 in lower-case hex.
    package static func digest(of secret: String) -> String {
        func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
        let hash = SHA256.hash(data: Array(secret.utf8))
        // Asked with every request.
        return String(unsafeUninitializedCapacity: 64) { text in
            var place = 0
            for byte in hash {
                text[place] = digit(byte >> 4)
                text[place + 1] = digit(byte & 15)
                place += 2
            }
            return place
        }
    }
}

/// What the key file tells of one key.
package struct KeyRecord: Hashable, Sendable {
    package var name: String
    /// ``APIKey/digest(of:)``
    package var digest: String
    package var scopes: Set<ClientScope>
    package var createdAt: Timestamp

    package init(name: String, digest: String, scopes: Set<ClientScope>, createdAt: Timestamp) {
        self.name = name
        self.digest = digest
        self.scopes = scopes
        self.createdAt = createdAt
    }

    /// Enough to tell keys apart, too little to be of use.
    package var shortDigest: String { String(digest.prefix(8)) }
}
