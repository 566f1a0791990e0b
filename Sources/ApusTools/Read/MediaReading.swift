import ApusBase
import ApusCore
import ApusWorkspace

/// What Read gives back for images and PDF documents.
struct MediaReading {
    let path: String
    let bytes: [UInt8]
    var quality: ImageQuality?

    private var name: String? { path.split(separator: "/").last.map(String.init) }

    /// Why a file of this kind and size is not even read; `nil` when it is.
    static func obstacle(_ path: String, _ type: MediaType, size: Int) -> String? {
        let limit = type.isImage ? ByteLimit.imageBytes : ByteLimit.documentBytes
        guard size > limit else { return nil }
        return "\(path) is \(type.phrase) of \(size) bytes, over the limit of \(limit) bytes (\(limit >> 20) MiB). "
            + (type.isImage
                ? "Make a smaller copy, for example with \"convert IMAGE -resize 1600x1600 COPY\", and read that." : partsAdvice)
    }

    private static let partsAdvice = "Read its text in parts with a command: pdftotext -f 1 -l 20 FILE -"

    func image(_ type: MediaType) -> ToolResult {
        let size: ImageSize
        switch ImageHeader(bytes, type) {
        case .whole(let found): size = found
        case .cutOff: return .failed("\(path) is \(type.phrase) of \(bytes.count) bytes that is cut off: its end is missing.")
        case .damaged: return .failed("\(path) begins like \(type.phrase) but is damaged: its size in pixels cannot be read.")
        }
        return result(
            "\(path) is \(type.phrase) of \(size.width) × \(size.height) pixels, \(bytes.count) bytes.",
            MediaDetails(type, name: name, size: size, quality: quality))
    }

    func document(extractedBy extractor: PDFText, hidden: [String]) async -> ToolResult {
        let header = PDFHeader(bytes)
        if !header.hasEnd { return .failed("\(path) is a PDF document of \(bytes.count) bytes that is cut off or damaged.") }
        if header.isEncrypted {
            return .failed(
                "\(path) is an encrypted PDF document, which cannot be shown. Make a copy without encryption, for example with "
                    + "\"qpdf --decrypt FILE COPY\", and read that.")
        }
        if let pages = header.pages, pages > ByteLimit.maximumDocumentPages { return tooLong("\(pages)") }
        var details = MediaDetails(.pdf, name: name, pages: header.pages)
        switch await extractor.extract(bytes, hidden: hidden) {
        case .interrupted: return ToolResult(.interrupted, "Reading was interrupted.")
        case .unreadable: return .failed("\(path) begins like a PDF document but is damaged: pdftotext cannot read it.")
        case .none(let sentence): details.text = "[\(sentence)]"
        case .text(let text, let pages):
            if pages > ByteLimit.maximumDocumentPages { return tooLong("more than \(ByteLimit.maximumDocumentPages)") }
            details.text = text
            if pages > 0 { details.pages = pages }
        }
        let length = details.pages.map { " of \($0) \($0 == 1 ? "page" : "pages")" } ?? ""
        return result("\(path) is a PDF document\(length), \(bytes.count) bytes.", details)
    }

    private func tooLong(_ pages: String) -> ToolResult {
        .failed(
            "\(path) is a PDF document of \(pages) pages, over the limit of \(ByteLimit.maximumDocumentPages). \(MediaReading.partsAdvice)")
    }

    private func result(_ text: String, _ details: MediaDetails) -> ToolResult {
        ToolResult(
            .succeeded, text, files: [FileMark(path: path, hash: FileHash.of(bytes))], media: [Media(details, bytes: bytes)])
    }
}
