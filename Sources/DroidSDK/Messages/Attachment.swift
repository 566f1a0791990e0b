import DroidWire

/// A file that comes with a message.
public enum DocumentSource: Sendable, Hashable {
    case pdf(PDFDocument)
    case text(TextDocument)
}

extension DocumentSource {
    init(_ wire: DroidWire.DroidDocument) {
        switch wire {
        case .pdf(let value): self = .pdf(PDFDocument(value))
        case .text(let value): self = .text(TextDocument(value))
        }
    }

    var wire: DroidWire.DroidDocument {
        switch self {
        case .pdf(let value): .pdf(value.wire)
        case .text(let value): .text(value.wire)
        }
    }
}

/// An image, in a request or a block.
public struct Base64ImageSource: Sendable, Hashable {
    /// In base64.
    public var data: String
    public var mediaType: ImageMediaType

    public init(data: String, mediaType: ImageMediaType) {
        self.data = data
        self.mediaType = mediaType
    }
}

extension Base64ImageSource {
    init(_ wire: DroidWire.DroidImage) {
        self.init(data: wire.data, mediaType: ImageMediaType(wire.mediaType))
    }

    var wire: DroidWire.DroidImage {
        DroidWire.DroidImage(data: data, mediaType: mediaType.wire)
    }
}

/// The shape that the answer of a turn must have.
public struct OutputFormat: Sendable, Hashable {
    public var schema: JSONMembers

    public init(schema: JSONMembers) {
        self.schema = schema
    }
}

extension OutputFormat {
    init(_ wire: DroidWire.DroidOutputFormat) {
        self.init(schema: JSONMembers(wire.schema))
    }

    var wire: DroidWire.DroidOutputFormat {
        DroidWire.DroidOutputFormat(schema: schema.object)
    }
}

public struct PDFDocument: Sendable, Hashable {
    /// In base64.
    public var data: String
    public var parsedData: String?
    public var name: String?
    public var path: String?

    public init(data: String, parsedData: String? = nil, name: String? = nil, path: String? = nil) {
        self.data = data
        self.parsedData = parsedData
        self.name = name
        self.path = path
    }
}

extension PDFDocument {
    init(_ wire: DroidWire.DroidPDFDocument) {
        self.init(data: wire.data, parsedData: wire.parsedData, name: wire.name, path: wire.path)
    }

    var wire: DroidWire.DroidPDFDocument {
        DroidWire.DroidPDFDocument(data: data, parsedData: parsedData, name: name, path: path)
    }
}

public struct TextDocument: Sendable, Hashable {
    public var data: String
    public var name: String?
    public var mime: String?

    public init(data: String, name: String? = nil, mime: String? = nil) {
        self.data = data
        self.name = name
        self.mime = mime
    }
}

extension TextDocument {
    init(_ wire: DroidWire.DroidTextDocument) {
        self.init(data: wire.data, name: wire.name, mime: wire.mime)
    }

    var wire: DroidWire.DroidTextDocument {
        DroidWire.DroidTextDocument(data: data, name: name, mime: mime)
    }
}
