/// The names under which models see the tools of servers: `<server>___<tool>` in letters, digits, `_` and `-`, at most 64 of them, as
/// every provider takes them. Two tools never have the same one, and a tool has the same one whenever the same tools are there.
enum MCPToolNames {
    struct Key: Hashable, Comparable {
        var server: String
        var tool: String

        static func < (left: Key, right: Key) -> Bool { (left.server, left.tool) < (right.server, right.tool) }
    }

    static let longest = 64

    static func names(of keys: [Key]) -> [Key: String] {
        var names: [Key: String] = [:]
        var taken: Set<String> = []
        // Who is written as it is called comes first: a stranger that only becomes alike must not take its name.
        let sorted = keys.sorted()
        for key in sorted where isPlain(key) && taken.insert(written(key)).inserted { names[key] = written(key) }
        for key in sorted where names[key] == nil {
            var name = written(key)
            if name.utf8.count > longest || taken.contains(name) {
                let mark = "_" + hash(key)
                name = name.prefix(longest - mark.count) + mark
            }
            taken.insert(name)
            names[key] = name
        }
        return names
    }

    private static func isPlain(_ key: Key) -> Bool { written(key) == "\(key.server)___\(key.tool)" && written(key).utf8.count <= longest }

    private static func written(_ key: Key) -> String { "\(plain(key.server))___\(plain(key.tool))" }

    private static func plain(_ text: String) -> String {
        String(
            text.unicodeScalars.map { scalar -> Character in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "_", "-": Character(scalar)
                default: "_"
                }
            })
    }

    /// FNV-1a, eight digits: for telling apart, not for secrets.
    private static func hash(_ key: Key) -> String {
        var hash: UInt32 = 2_166_136_261
        for byte in Array(key.server.utf8) + [0] + Array(key.tool.utf8) { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
