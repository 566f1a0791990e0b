/// Cuts HTML into tags and texts the way browsers do, for input that nobody vouches for: every byte is looked at a bounded number of
/// times, nothing nests, and whatever is broken becomes text or is left out. It never fails.
struct HTMLTokenizer {
    enum Token: Hashable {
        /// Entities decoded; white space as it stands.
        case text([UInt8])
        /// Name in lower case, and those attributes that anybody asks for.
        case open(String, [String: String])
        case close(String)
    }

    private static let wantedAttributes: Set<String> = ["href", "src", "alt", "class", "start", "hidden", "content", "name", "property"]
    /// Longer values are cut: a link of a megabyte is no link.
    private static let maximumValueBytes = 4_096
    private static let maximumNameBytes = 64
    /// Their content is text up to their own end tag, whatever it looks like.
    private static let rawText: Set<String> = ["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript"]
    private static let decoded: Set<String> = ["textarea", "title"]

    private let bytes: [UInt8]
    private var place = 0
    private var rawName: String?

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// `nil` at the end.
    mutating func next() -> Token? {
        while place < bytes.count {
            if let name = rawName {
                rawName = nil
                if let text = takeRawText(until: name) { return .text(text) }
                continue
            }
            if bytes[place] == UInt8(ascii: "<"), let token = takeMarkup() {
                if case .some(let token) = token { return token }
                continue
            }
            return .text(takeText())
        }
        return nil
    }

    /// Up to the next `<` that begins a tag or comment.
    private mutating func takeText() -> [UInt8] {
        let start = place
        place += 1
        while place < bytes.count, bytes[place] != UInt8(ascii: "<") { place += 1 }
        return HTMLEntities.decode(bytes[start..<place])
    }

    private mutating func takeRawText(until name: String) -> [UInt8]? {
        let start = place
        let wanted = Array("</\(name)".utf8)
        var end = place
        while end < bytes.count {
            if bytes[end] == UInt8(ascii: "<"), Self.matches(bytes[end...], wanted) { break }
            end += 1
        }
        place = end
        if start == end { return nil }
        return Self.decoded.contains(name) ? HTMLEntities.decode(bytes[start..<end]) : Array(bytes[start..<end])
    }

    /// `nil` when this `<` is text; `.some(nil)` when something without meaning was passed.
    private mutating func takeMarkup() -> Token?? {
        guard place + 1 < bytes.count else { return nil }
        let second = bytes[place + 1]
        if Self.isLetter(second) {
            place += 1
            return takeTag()
        }
        if second == UInt8(ascii: "/") {
            guard place + 2 < bytes.count, Self.isLetter(bytes[place + 2]) else {
                skip(past: UInt8(ascii: ">"))
                return .some(nil)
            }
            place += 2
            let name = takeName()
            _ = takeAttributes()
            return .some(.close(name))
        }
        if Self.matches(bytes[place...], Array("<!--".utf8)) {
            skipComment()
            return .some(nil)
        }
        if second == UInt8(ascii: "!") || second == UInt8(ascii: "?") {
            skip(past: UInt8(ascii: ">"))
            return .some(nil)
        }
        return nil
    }

    private mutating func takeTag() -> Token?? {
        let name = takeName()
        guard let attributes = takeAttributes() else { return .some(nil) }
        if Self.rawText.contains(name) { rawName = name }
        return .some(.open(name, attributes))
    }

    private mutating func takeName() -> String {
        let start = place
        while place < bytes.count, !Self.isSpace(bytes[place]), bytes[place] != UInt8(ascii: ">"), bytes[place] != UInt8(ascii: "/") {
            place += 1
        }
        return Self.lowercased(bytes[start..<min(place, start + Self.maximumNameBytes)])
    }

    /// Past the `>`; `nil` when there is none any more, and the tag is none then.
    private mutating func takeAttributes() -> [String: String]? {
        var attributes: [String: String] = [:]
        while place < bytes.count {
            let byte = bytes[place]
            if byte == UInt8(ascii: ">") {
                place += 1
                return attributes
            }
            if Self.isSpace(byte) || byte == UInt8(ascii: "/") {
                place += 1
                continue
            }
            let (name, value) = takeAttribute()
            if Self.wantedAttributes.contains(name), attributes[name] == nil { attributes[name] = value }
        }
        return nil
    }

    private mutating func takeAttribute() -> (name: String, value: String) {
        let start = place
        place += 1
        while place < bytes.count, !Self.isSpace(bytes[place]), !"=>/".utf8.contains(bytes[place]) { place += 1 }
        let name = Self.lowercased(bytes[start..<min(place, start + Self.maximumNameBytes)])
        skipSpaces()
        guard place < bytes.count, bytes[place] == UInt8(ascii: "=") else { return (name, "") }
        place += 1
        skipSpaces()
        guard place < bytes.count else { return (name, "") }
        let quote = bytes[place]
        let valueStart: Int
        let valueEnd: Int
        if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            place += 1
            valueStart = place
            while place < bytes.count, bytes[place] != quote { place += 1 }
            valueEnd = place
            if place < bytes.count { place += 1 }
        } else {
            valueStart = place
            while place < bytes.count, !Self.isSpace(bytes[place]), bytes[place] != UInt8(ascii: ">") { place += 1 }
            valueEnd = place
        }
        guard Self.wantedAttributes.contains(name) else { return (name, "") }
        let value = HTMLEntities.decode(bytes[valueStart..<min(valueEnd, valueStart + Self.maximumValueBytes)])
        return (name, String(decoding: value, as: UTF8.self))
    }

    private mutating func skipSpaces() {
        while place < bytes.count, Self.isSpace(bytes[place]) { place += 1 }
    }

    private mutating func skip(past byte: UInt8) {
        while place < bytes.count, bytes[place] != byte { place += 1 }
        place = min(place + 1, bytes.count)
    }

    /// `<!-->` and `<!--->` are whole comments.
    private mutating func skipComment() {
        var dashes = 2
        place += 4
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            if byte == UInt8(ascii: ">"), dashes >= 2 { return }
            dashes = byte == UInt8(ascii: "-") ? dashes + 1 : 0
        }
    }

    private static func matches(_ bytes: ArraySlice<UInt8>, _ wanted: [UInt8]) -> Bool {
        guard bytes.count >= wanted.count else { return false }
        return zip(bytes, wanted).allSatisfy { byte, wanted in byte == wanted || (isLetter(byte) && byte | 0x20 == wanted) }
    }

    private static func lowercased(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
