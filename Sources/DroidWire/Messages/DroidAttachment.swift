package import ApusBase

/// An image, in a request or a block.
package struct DroidImage: DroidRecord {
    /// In base64.
    package var data: String
    package var mediaType: DroidImageType

    package init(data: String, mediaType: DroidImageType) {
        self.data = data
        self.mediaType = mediaType
    }

    package init(blank: DroidBlank) { self.init(data: "", mediaType: DroidImageType(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.constant("type", "base64")
        try members.required("data", &data)
        try members.required("mediaType", &mediaType)
    }
}

package struct DroidPDFDocument: DroidRecord {
    /// In base64.
    package var data: String
    package var parsedData: String?
    package var name: String?
    package var path: String?

    package init(data: String, parsedData: String? = nil, name: String? = nil, path: String? = nil) {
        self.data = data
        self.parsedData = parsedData
        self.name = name
        self.path = path
    }

    package init(blank: DroidBlank) { self.init(data: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.constant("type", "base64")
        try members.constant("mediaType", "application/pdf")
        try members.required("data", &data)
        try members.optional("parsedData", &parsedData)
        try members.optional("name", &name)
        try members.optional("path", &path)
    }
}

package struct DroidTextDocument: DroidRecord {
    package var data: String
    package var name: String?
    package var mime: String?

    package init(data: String, name: String? = nil, mime: String? = nil) {
        self.data = data
        self.name = name
        self.mime = mime
    }

    package init(blank: DroidBlank) { self.init(data: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.constant("type", "text")
        try members.constant("mediaType", "text/plain")
        try members.required("data", &data)
        try members.optional("name", &name)
        try members.optional("mime", &mime)
    }
}

/// A file that comes with a message.
package enum DroidDocument: DroidValue {
    case pdf(DroidPDFDocument)
    case text(DroidTextDocument)

    package init(blank: DroidBlank) { self = .text(DroidTextDocument(blank: blank)) }

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard let type = json["type"] else {
            throw json.objectValue == nil ? .wrongType("an object", json) : .missing("type")
        }
        switch type {
        case "base64": self = .pdf(try DroidPDFDocument(from: json, reading))
        case "text": self = .text(try DroidTextDocument(from: json, reading))
        default: throw DroidDecodingError.unknownValue(type.stringValue ?? type.serialized(), known: ["base64", "text"]).within("type")
        }
    }

    package func write(into writer: inout JSONWriter) {
        switch self {
        case .pdf(let document): document.write(into: &writer)
        case .text(let document): document.write(into: &writer)
        }
    }
}

/// The shape that the answer of a turn must have.
package struct DroidOutputFormat: DroidRecord {
    package var schema: JSONObject

    package init(schema: JSONObject) {
        self.schema = schema
    }

    package init(blank: DroidBlank) { self.init(schema: [:]) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.constant("type", "json_schema")
        try members.required("schema", &schema)
    }
}
