import ApusCore

/// The smallest files that pass for images and documents.
enum MediaSamples {
    static func image(_ type: MediaType, _ width: Int, _ height: Int) -> [UInt8] {
        switch type {
        case .png:
            let header = chunk("IHDR", big(width, 4) + big(height, 4) + [8, 2, 0, 0, 0])
            return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + header + chunk("IDAT", [1, 2, 3]) + chunk("IEND", [])
        case .jpeg:
            let comment: [UInt8] = [0xFF, 0xFE, 0, 6, 0xFF, 0xD9, 0, 0]
            let frame: [UInt8] = [0xFF, 0xFF, 0xC2, 0, 17, 8] + big(height, 2) + big(width, 2) + [UInt8](repeating: 1, count: 10)
            return [0xFF, 0xD8] + comment + frame + [0xFF, 0xDA, 0, 3, 0, 7, 7, 0xFF, 0xD9]
        case .gif: return Array("GIF89a".utf8) + little(width, 2) + little(height, 2) + [0, 0, 0, 0x3B]
        case .webp:
            let extended = Array("VP8X".utf8) + little(10, 4) + [0, 0, 0, 0] + little(width - 1, 3) + little(height - 1, 3)
            return riff(extended)
        case .pdf: return pdf(pages: width)
        }
    }

    static func riff(_ body: [UInt8]) -> [UInt8] {
        Array("RIFF".utf8) + little(body.count + 4, 4) + Array("WEBP".utf8) + body
    }

    static func pdf(pages: Int, trailer: String = "") -> [UInt8] {
        Array(
            """
            %PDF-1.4
            1 0 obj << /Type /Catalog /Pages 2 0 R /Outlines 9 0 R >> endobj
            2 0 obj << /Type /Pages /Kids [3 0 R] /Count \(pages) >> endobj
            9 0 obj << /Type /Outlines /Count 4000 >> endobj
            trailer << /Root 1 0 R \(trailer)>>
            startxref
            0
            %%EOF

            """.utf8)
    }

    static func big(_ number: Int, _ count: Int) -> [UInt8] { little(number, count).reversed() }

    static func little(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    private static func chunk(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
        big(bytes.count, 4) + Array(name.utf8) + bytes + [0, 0, 0, 0]
    }
}
