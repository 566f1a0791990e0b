package import ApusBase

/// A file as it was before a turn first changed it, so that a rewind can bring it back.
package struct FileSnapshot: Hashable, Sendable {
    /// The prompt whose turn changed the file.
    package var message: MessageID
    /// Absolute, links resolved.
    package var path: String
    /// SHA-256 of the bytes in hex, their name in the blob store; `nil` when there was no such file.
    package var content: String?
    /// Bytes.
    package var size: Int
    /// Why the bytes were not kept, a word or two; then `content` is `nil`.
    package var obstacle: String?
    /// The permissions that the file had; `nil` when they are not known.
    package var mode: UInt32?
    /// When there was no such file: how many of the innermost folders of its path there were not either.
    package var missingFolders: Int

    package init(
        message: MessageID, path: String, content: String?, size: Int, obstacle: String? = nil, mode: UInt32? = nil, missingFolders: Int = 0
    ) {
        self.message = message
        self.path = path
        self.content = content
        self.size = size
        self.obstacle = obstacle
        self.mode = mode
        self.missingFolders = missingFolders
    }
}

extension FileSnapshot: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "message": .string(message.rawValue), "path": .string(path), "size": .integer(Int64(size)),
        ]
        object.set("content", content)
        object.set("obstacle", obstacle)
        if let mode { object["mode"] = .integer(Int64(mode)) }
        if missingFolders > 0 { object["missingFolders"] = .integer(Int64(missingFolders)) }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            message: MessageID(try value.text("message")), path: try value.text("path"), content: value["content"]?.stringValue,
            size: try value.integer("size"), obstacle: value["obstacle"]?.stringValue,
            mode: value["mode"]?.integerValue.flatMap { UInt32(exactly: $0) },
            missingFolders: Int(value["missingFolders"]?.integerValue ?? 0))
    }
}
