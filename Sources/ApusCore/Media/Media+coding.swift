package import ApusBase

extension MediaReference: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "type": .string(details.type.rawValue), "hash": .string(hash), "bytes": .integer(Int64(byteCount)),
        ]
        object.set("name", details.name)
        object.set("width", details.size?.width)
        object.set("height", details.size?.height)
        object.set("quality", details.quality?.rawValue)
        object.set("pages", details.pages)
        object.set("text", details.text)
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        var details = MediaDetails(try value.choice("type"))
        details.name = value["name"]?.stringValue
        if let width = value["width"]?.integerValue, let height = value["height"]?.integerValue {
            details.size = ImageSize(width: Int(width), height: Int(height))
        }
        details.quality = value["quality"]?.stringValue.flatMap { ImageQuality(rawValue: $0) }
        details.pages = value["pages"]?.integerValue.map { Int($0) }
        details.text = value["text"]?.stringValue
        self.init(details, hash: try value.text("hash"), byteCount: try value.integer("bytes"))
    }
}

extension JSONValue {
    /// Absent in everything that was stored before there were media.
    func media() throws(DecodingFault) -> [MediaReference] { self["media"] == nil ? [] : try decodeList("media") }
}

extension JSONObject {
    mutating func set(media: [MediaReference]) {
        if !media.isEmpty { self["media"] = .array(media.map { $0.encoded() }) }
    }
}
