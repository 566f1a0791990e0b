import ApusCore

/// Places whose content is a secret, by their names (`droid-exec.md` §3.5.6). Lexical: links are the kernel's business.
enum SensitivePath {
    private static let folders: Set<Substring> = [".ssh", ".aws", ".gnupg", ".kube", ".password-store", ".azure", ".oci", "keychains"]
    private static let files: Set<Substring> = [
        ".netrc", "_netrc", ".npmrc", ".pypirc", ".git-credentials", ".pgpass", ".my.cnf", ".vault-token", ".htpasswd", ".s3cfg", ".boto",
        ".mylogin.cnf", "login.keychain-db",
    ]
    private static let pairs: [(Substring, Substring)] = [
        (".kube", "config"), (".docker", "config.json"), (".config", "gcloud"), (".config", "gh"), (".config", "op"),
        (".cargo", "credentials"),
        (".cargo", "credentials.toml"), (".config", "git/credentials"), (".gem", "credentials"), (".m2", "settings.xml"),
        (".config", "rclone"),
        (".config", "hub"), (".local", "share/keyrings"), ("dev", "mem"), ("dev", "kmem"), ("run", "secrets"), ("proc", "kcore"),
        ("etc", "shadow"), ("etc", "shadow-"), ("etc", "gshadow"),
        ("etc", "gshadow-"), ("etc", "sudoers"), ("etc", "sudoers.d"), ("etc", "master.passwd"), ("etc", "krb5.keytab"),
    ]
    private static let mine: Set<Substring> = ["skills", "commands", "droids", "AGENTS.md"]

    /// `path` may have patterns in it: they count when they could match such a name and have a letter to say so.
    static func isSecret(_ path: String, home: String) -> Bool {
        if !mayMatter(path) { return false }
        let parts = path.split(separator: "/")
        for (index, part) in parts.enumerated() {
            let isPattern = part.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
            if isPattern ? patternIsSecret(part) : nameIsSecret(part) { return true }
            if index + 1 < parts.count {
                let next = parts[index + 1]
                if pairs.contains(where: {
                    matches(part, $0.0) && matches(next, $0.1.prefix { $0 != "/" }) && inner($0.1, parts[(index + 1)...])
                }) {
                    return true
                }
            }
            if part == "proc", parts.last.map({ ["environ", "mem", "maps", "cmdline-secret"].contains($0) }) ?? false { return true }
        }
        for own in [".apus", ".factory"] where PathScope.isInside(path, home + "/" + own) {
            let rest = path.dropFirst(home.utf8.count + own.utf8.count + 2).split(separator: "/")
            if let first = rest.first, !mine.contains(first) { return true }
        }
        return false
    }

    /// A quick look: most words have nothing that any of the names has.
    private static func mayMatter(_ path: String) -> Bool {
        var last: UInt8 = 0
        for byte in path.utf8 {
            if byte == UInt8(ascii: ".") || byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "[")
                || byte == UInt8(ascii: "_")
            {
                return true
            }
            if last == UInt8(ascii: "/") || last == 0 {
                switch byte {
                case UInt8(ascii: "s"), UInt8(ascii: "g"), UInt8(ascii: "m"), UInt8(ascii: "k"), UInt8(ascii: "p"), UInt8(ascii: "i"),
                    UInt8(ascii: "d"), UInt8(ascii: "r"), UInt8(ascii: "K"), UInt8(ascii: "l"):
                    return true
                default: break
                }
            }
            last = byte
        }
        return false
    }

    private static func inner(_ wanted: Substring, _ parts: ArraySlice<Substring>) -> Bool {
        let wantedParts = wanted.split(separator: "/")
        return parts.count >= wantedParts.count && zip(wantedParts, parts).allSatisfy { matches($1, $0) }
    }

    private static func matches(_ pattern: Substring, _ name: Substring) -> Bool {
        pattern == name || Wildcard.matches(pattern, name, isFileName: true)
    }

    private static func nameIsSecret(_ name: Substring) -> Bool {
        if folders.contains(name) || files.contains(name) { return true }
        if name == ".env" || name.hasPrefix(".env.") {
            return ![".env.example", ".env.sample", ".env.template", ".env.dist"].contains(name)
        }
        if name.hasPrefix("id_rsa") || name.hasPrefix("id_ed25519") || name.hasPrefix("id_ecdsa") || name.hasPrefix("id_dsa") {
            return true
        }
        return name.hasSuffix(".pem") || name.hasSuffix(".key") || name.hasSuffix(".p12") || name.hasSuffix(".pfx")
            || name.hasSuffix(".keystore") || name.hasSuffix(".jks") || name.hasSuffix(".kdbx")
    }

    private static let samples: [Substring] = [
        ".env", ".env.local", ".env.production", ".ssh", ".aws", ".gnupg", ".netrc", ".npmrc", ".pypirc", ".git-credentials", ".pgpass",
        "id_rsa", "id_ed25519", "id_rsa.pub", "id_ecdsa",
    ]

    private static func patternIsSecret(_ pattern: Substring) -> Bool {
        // `*` alone reaches everything and means nothing in particular; the kernel hides secrets from it.
        let said = pattern.filter { !"*?[]!^.-".contains($0) }
        if said.isEmpty {
            return pattern.hasPrefix(".") && samples.contains { Wildcard.matches(pattern, $0, isFileName: true) }
        }
        let known = pattern.prefix { !"*?[".contains($0) }
        if known.hasPrefix(".env") || known.hasPrefix("id_rsa") || known.hasPrefix("id_ed25519") || known.hasPrefix("id_ecdsa") {
            return true
        }
        if samples.contains(where: { Wildcard.matches(pattern, $0, isFileName: true) }) { return true }
        // What stands behind the last dot, when that is said.
        guard let dot = pattern.lastIndex(of: ".") else { return false }
        let ending = pattern[pattern.index(after: dot)...]
        if ending.allSatisfy({ "*?".contains($0) }) { return false }
        return ["pem", "key", "p12", "pfx", "jks", "kdbx"].contains { Wildcard.matches(ending, $0, isFileName: false) }
    }
}

/// `*`, `?` and `[…]` against a text, without regular expressions. Work is bounded by the product of both lengths.
enum Wildcard {
    /// - Parameter isFileName: a leading dot must be written out, and sets in brackets count as anything.
    static func matches(_ pattern: Substring, _ text: Substring, isFileName: Bool = false) -> Bool {
        if isFileName, text.hasPrefix("."), let first = pattern.first, first != ".", first != "[" { return false }
        return matches(simplified(Array(pattern.utf8)), Array(text.utf8))
    }

    static func matches(_ pattern: String, _ text: String) -> Bool { matches(simplified(Array(pattern.utf8)), Array(text.utf8)) }

    /// A set becomes `?`: what it holds could be anything. Extended patterns become `*`.
    private static func simplified(_ pattern: [UInt8]) -> [UInt8] {
        guard pattern.contains(UInt8(ascii: "[")) || pattern.contains(UInt8(ascii: "(")) else { return pattern }
        var result: [UInt8] = []
        var index = 0
        while index < pattern.count {
            let byte = pattern[index]
            if byte == UInt8(ascii: "["), let end = pattern[(index + 1)...].dropFirst().firstIndex(of: UInt8(ascii: "]")) {
                result.append(UInt8(ascii: "?"))
                index = end + 1
            } else if byte == UInt8(ascii: "("), let end = pattern[index...].lastIndex(of: UInt8(ascii: ")")) {
                if let last = result.last, "?*+@!".utf8.contains(last) { result.removeLast() }
                result.append(UInt8(ascii: "*"))
                index = end + 1
            } else {
                result.append(byte)
                index += 1
            }
        }
        return result
    }

    private static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        var (p, t) = (0, 0)
        var star: (p: Int, t: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == text[t] || pattern[p] == UInt8(ascii: "?") {
                p += 1
                t += 1
            } else if let last = star {
                p = last.p + 1
                t = last.t + 1
                star = (last.p, t)
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
        return p == pattern.count
    }
}
