public import Foundation

extension Base64ImageSource {
    /// The largest image that is sent, in bytes before encoding.
    public static let maximumBytes = 20 << 20

    /// An image from its bytes; what it is is seen from them.
    ///
    /// - Throws: ``InvalidAttachmentError`` for what is no JPEG, PNG, GIF or WebP, or too large.
    public init(bytes: some Collection<UInt8>) throws {
        let data = Data(bytes)
        if data.count > Base64ImageSource.maximumBytes {
            throw InvalidAttachmentError("An image of \(data.count) bytes is over the limit of \(Base64ImageSource.maximumBytes) bytes.")
        }
        guard let type = ImageMediaType(signature: data.prefix(12)) else {
            throw InvalidAttachmentError("An image must be JPEG, PNG, GIF or WebP.")
        }
        self.init(data: data.base64EncodedString(), mediaType: type)
    }

    /// An image from a file.
    public init(contentsOf url: URL) throws {
        do {
            try self.init(bytes: try AttachedFile.read(url, limit: Base64ImageSource.maximumBytes))
        } catch let error as InvalidAttachmentError {
            throw InvalidAttachmentError("\(url.path): \(error.message)")
        }
    }
}

extension DocumentSource {
    public static let maximumBytes = 20 << 20

    /// A PDF from its bytes.
    ///
    /// - Throws: ``InvalidAttachmentError`` for what is no PDF, or too large.
    public static func pdf(bytes: some Collection<UInt8>, name: String? = nil) throws -> DocumentSource {
        let data = Data(bytes)
        if data.count > maximumBytes {
            throw InvalidAttachmentError("A document of \(data.count) bytes is over the limit of \(maximumBytes) bytes.")
        }
        if data.prefix(5) != Data("%PDF-".utf8) { throw InvalidAttachmentError("These bytes are no PDF.") }
        return .pdf(PDFDocument(data: data.base64EncodedString(), name: name))
    }

    /// Text under a name.
    public static func text(_ text: String, name: String?) -> DocumentSource {
        .text(TextDocument(data: text, name: name))
    }

    /// A PDF or a text file, by what is in it.
    ///
    /// - Throws: ``InvalidAttachmentError`` for what is neither, too large, or cannot be read.
    public init(contentsOf url: URL) throws {
        let data = try AttachedFile.read(url, limit: DocumentSource.maximumBytes)
        if data.prefix(5) == Data("%PDF-".utf8) {
            self = try .pdf(bytes: data, name: url.lastPathComponent)
        } else if let text = String(validating: data, as: UTF8.self), !data.contains(0) {
            self = .text(text, name: url.lastPathComponent)
        } else {
            throw InvalidAttachmentError("\(url.path): neither a PDF nor text in UTF-8.")
        }
    }
}

enum AttachedFile {
    static func read(_ url: URL, limit: Int) throws(InvalidAttachmentError) -> Data {
        do {
            let handle = try FileHandle(forReadingFrom: url)
            let data = try handle.read(upToCount: limit + 1) ?? Data()
            if data.count > limit { throw InvalidAttachmentError("\(url.path): over the limit of \(limit) bytes.") }
            return data
        } catch let error as InvalidAttachmentError {
            throw error
        } catch {
            throw InvalidAttachmentError("\(url.path) cannot be read: \(error.localizedDescription)")
        }
    }
}

extension ImageMediaType {
    init?(signature: Data) {
        let bytes = Array(signature)
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
            self = .png
        } else if bytes.starts(with: Array("GIF8".utf8)) {
            self = .gif
        } else if bytes.starts(with: Array("RIFF".utf8)), bytes.dropFirst(8).starts(with: Array("WEBP".utf8)) {
            self = .webp
        } else {
            return nil
        }
    }
}
