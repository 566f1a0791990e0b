package import ApusBase

/// What a call is about to make of one file, written ahead with its promise: whoever finds the call without an outcome can tell from the
/// file whether it was done.
package struct FileChange: Hashable, Sendable {
    /// Absolute, links resolved.
    package var path: String
    /// SHA-256 in hex of the bytes before; `nil` when there is no such file.
    package var before: String?
    /// SHA-256 in hex of the bytes afterwards; `nil` when there is no such file then.
    package var after: String?
    /// Whether the session counts as having seen what the file is afterwards.
    package var isSeen: Bool

    package init(path: String, before: String?, after: String?, isSeen: Bool) {
        self.path = path
        self.before = before
        self.after = after
        self.isSeen = isSeen
    }
}

extension FileChange: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = ["path": .string(path)]
        object.set("before", before)
        object.set("after", after)
        if isSeen { object["isSeen"] = true }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            path: try value.text("path"), before: value["before"]?.stringValue, after: value["after"]?.stringValue,
            isSeen: value["isSeen"]?.boolValue ?? false)
    }
}
