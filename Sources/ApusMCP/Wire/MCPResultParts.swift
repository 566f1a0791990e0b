import ApusBase
import ApusCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a model is given of a server's content: bounded text, and so many images.
struct MCPResultParts {
    let maximumImages: Int
    private(set) var text = BoundedText()
    private(set) var media: [Media] = []
    private var isFirst = true

    init(maximumImages: Int) { self.maximumImages = maximumImages }

    mutating func line(_ words: String) {
        if !isFirst { text.append("\n") }
        isFirst = false
        text.append(words)
    }

    /// - Parameter data: Base64.
    mutating func image(_ data: String?, saidToBe type: String?) {
        if media.count == maximumImages {
            line("[an image more than \(maximumImages), left out]")
        } else if let image = Self.decoded(data).flatMap(Self.image) {
            media.append(image)
        } else {
            line("[an image that cannot be shown: \(MCPFault.shown(type ?? "of no type", limit: 60))]")
        }
    }

    /// The contents of a resource: text, or bytes, which are shown when they are an image or text after all.
    mutating func resource(_ value: JSONValue) {
        if let text = value["text"]?.stringValue { return line(text) }
        let address = MCPFault.shown(value["uri"]?.stringValue ?? "without an address")
        let type = value["mimeType"]?.stringValue
        if let bytes = Self.decoded(value["blob"]?.stringValue) {
            if let image = Self.image(bytes) {
                if media.count < maximumImages { return media.append(image) }
                return line("[an image more than \(maximumImages), left out: \(address)]")
            }
            if Self.isText(type), let text = String(validating: bytes, as: UTF8.self) { return line(text) }
            return line("[resource \(address), \(bytes.count) bytes of type \(MCPFault.shown(type ?? "unknown", limit: 60)), not text]")
        }
        line("[resource \(address), not text]")
    }

    private static func isText(_ type: String?) -> Bool {
        guard let type = type?.lowercased() else { return false }
        return type.hasPrefix("text/") || ["json", "xml", "yaml", "javascript"].contains { type.contains($0) }
    }

    /// `nil` for what is none, or larger than an image may be.
    private static func decoded(_ data: String?) -> [UInt8]? {
        guard let data, data.utf8.count <= ByteLimit.imageBytes / 3 * 4 + 4,
            let bytes = Data(base64Encoded: data).map(Array.init), bytes.count <= ByteLimit.imageBytes
        else { return nil }
        return bytes
    }

    /// By the bytes: what a server says of them is a claim.
    private static func image(_ bytes: [UInt8]) -> Media? { type(of: bytes).map { Media(MediaDetails($0), bytes: bytes) } }

    private static func type(of bytes: [UInt8]) -> MediaType? {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
        if bytes.starts(with: Array("GIF8".utf8)) { return .gif }
        if bytes.starts(with: Array("RIFF".utf8)), bytes.dropFirst(8).starts(with: Array("WEBP".utf8)) { return .webp }
        return nil
    }
}
