/// What a client puts into a URL.
package enum URLText {
    /// A route with a `:name` for each of `ids`, in their order: `/session/:id/prompt`.
    package static func path(_ route: String, _ ids: [String]) -> String {
        var rest = ids[...]
        return route.split(separator: "/").map { segment in
            segment.hasPrefix(":") ? "/" + encoded(rest.popFirst() ?? "") : "/" + segment
        }.joined()
    }

    /// As JavaScript's `encodeURIComponent`, so that an id stays in its segment (`qwen-serve.md` §5.1).
    package static func encoded(_ text: String) -> String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()".utf8)
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if plain.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
