import ApusBase
import ApusCore
import FoundationEssentials

/// The content blocks of a prompt, checked and put together (§2.6, §6.3).
struct QwenPrompt {
    private(set) var text = ""
    private(set) var media: [Media] = []

    init(_ body: JSONObject) throws(QwenFailure) {
        guard let blocks = body["prompt"]?.arrayValue, !blocks.isEmpty else {
            throw QwenFailure(400, "`prompt` is required and must be a non-empty array of content blocks")
        }
        var objects: [JSONObject] = []
        for block in blocks {
            guard let object = block.objectValue else {
                throw QwenFailure(400, "each `prompt` element must be an object (content block)")
            }
            objects.append(object)
        }
        var texts: [String] = []
        for (index, block) in objects.enumerated() {
            if let piece = try piece(block, at: "prompt[\(index)]") { texts.append(piece) }
        }
        text = texts.joined(separator: "\n\n")
        if text.isEmpty && media.isEmpty { throw Self.refusal("The prompt is empty") }
        if text.utf8.count > ByteLimit.promptBytes {
            throw Self.refusal("The prompt has \(text.utf8.count) bytes; \(ByteLimit.promptBytes) are the most")
        }
        if media.count > ByteLimit.maximumRequestMedia {
            throw Self.refusal("\(media.count) images and documents; \(ByteLimit.maximumRequestMedia) are the most")
        }
        let bytes = media.reduce(0) { $0 + $1.bytes.count }
        if bytes > ByteLimit.requestMediaBytes {
            throw Self.refusal("The attachments have \(bytes) bytes; \(ByteLimit.requestMediaBytes) are the most")
        }
    }

    /// What a block says to the model in words; an image or a document joins `media`.
    private mutating func piece(_ block: JSONObject, at place: String) throws(QwenFailure) -> String? {
        switch block["type"]?.stringValue {
        case "text":
            guard let text = block["text"]?.stringValue else { throw Self.refusal("\"\(place).text\" must be a string") }
            return text.isEmpty ? nil : text
        case "image":
            try add(block["data"]?.stringValue, name: nil, at: place)
            return nil
        case "resource_link":
            guard let uri = block["uri"]?.stringValue else { throw Self.refusal("\"\(place).uri\" must be a string") }
            let name = block["title"]?.stringValue ?? block["name"]?.stringValue
            return name.map { "\($0): \(uri)" } ?? uri
        case "resource":
            guard let resource = block["resource"]?.objectValue, let uri = resource["uri"]?.stringValue else {
                throw Self.refusal("\"\(place).resource\" must be an object with a uri")
            }
            if let text = resource["text"]?.stringValue { return "\(uri):\n\(text)" }
            try add(resource["blob"]?.stringValue, name: uri.lastPathComponent, at: place)
            return nil
        case "audio": throw Self.refusal("\"\(place)\" is audio, which no model here takes")
        case let type: throw Self.refusal("\"\(place).type\" is no known content block: \((type ?? "none").prefix(60))")
        }
    }

    private mutating func add(_ base64: String?, name: String?, at place: String) throws(QwenFailure) {
        guard let data = base64.flatMap({ Data(base64Encoded: $0) }), !data.isEmpty else {
            throw Self.refusal("\"\(place)\" has no base64 data")
        }
        let bytes = Array(data)
        guard let type = DroidPrompt.type(of: bytes) else {
            throw Self.refusal("\"\(place)\" is no PNG, JPEG, GIF or WebP image and no PDF document")
        }
        let limit = type.isImage ? ByteLimit.imageBytes : ByteLimit.documentBytes
        if bytes.count > limit { throw Self.refusal("\"\(place)\" has \(bytes.count) bytes; \(limit) are the most") }
        media.append(Media(MediaDetails(type, name: name), bytes: bytes))
    }

    /// With the code by which the agent refuses what it cannot read. It is the caller's fault, so it is no failure of the daemon's.
    private static func refusal(_ sentence: String) -> QwenFailure {
        QwenFailure(400, sentence, ["code": .integer(-32602), "data": ["reason": "invalid prompt"]])
    }
}
