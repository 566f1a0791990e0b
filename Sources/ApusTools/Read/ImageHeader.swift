import ApusCore

/// What an image says about itself in its headers. Nothing is decoded: this only keeps broken files from a model's provider, which
/// would refuse the whole conversation for one of them, again and again.
enum ImageHeader: Hashable {
    case whole(ImageSize)
    /// Begins well and has no end.
    case cutOff
    /// The signature is all that is right about it.
    case damaged

    init(_ bytes: [UInt8], _ type: MediaType) {
        let reader = ByteReader(bytes: bytes)
        let found: ImageHeader? =
            switch type {
            case .png: ImageHeader.png(reader)
            case .jpeg: ImageHeader.jpeg(reader)
            case .gif: ImageHeader.gif(reader)
            case .webp: ImageHeader.webp(reader)
            case .pdf: nil
            }
        switch found {
        case .whole(let size) where size.width > 0 && size.height > 0: self = .whole(size)
        case .cutOff: self = .cutOff
        case .whole, .damaged, nil: self = .damaged
        }
    }

    /// Chunks of length, name, bytes and checksum, from IHDR to IEND.
    private static func png(_ reader: ByteReader) -> ImageHeader? {
        guard reader.text(12, 4) == "IHDR", let width = reader.big(16, 4), let height = reader.big(20, 4) else { return nil }
        var place = 8
        while let length = reader.big(place, 4), let name = reader.text(place + 4, 4) {
            if name == "IEND" { return .whole(ImageSize(width: width, height: height)) }
            place += 12 + length
        }
        return .cutOff
    }

    private static func gif(_ reader: ByteReader) -> ImageHeader? {
        guard let width = reader.little(6, 2), let height = reader.little(8, 2) else { return nil }
        // The trailer may be followed by padding.
        let hasTrailer = reader.bytes.suffix(64).contains(0x3B)
        return hasTrailer ? .whole(ImageSize(width: width, height: height)) : .cutOff
    }

    /// Segments up to the start of the scan; the frame header among them has the size.
    private static func jpeg(_ reader: ByteReader) -> ImageHeader? {
        var place = 2
        var size: ImageSize?
        while let mark = reader.big(place, 2), mark >> 8 == 0xFF {
            let kind = mark & 0xFF
            if kind == 0xFF {
                place += 1
                continue
            }
            guard let length = reader.big(place + 2, 2), length >= 2 else { return size == nil ? nil : .cutOff }
            if (0xC0...0xCF).contains(kind), ![0xC4, 0xC8, 0xCC].contains(kind) {
                guard let height = reader.big(place + 5, 2), let width = reader.big(place + 7, 2) else { return .cutOff }
                size = ImageSize(width: width, height: height)
            }
            place += 2 + length
            // Start of scan.
            if kind == 0xDA { return size.map { reader.hasPair(0xFF, 0xD9, from: place) ? .whole($0) : .cutOff } }
        }
        return place >= reader.bytes.count ? .cutOff : nil
    }

    private static func webp(_ reader: ByteReader) -> ImageHeader? {
        guard let length = reader.little(4, 4), let size = webpSize(reader) else { return nil }
        return reader.bytes.count >= length + 8 ? .whole(size) : .cutOff
    }

    private static func webpSize(_ reader: ByteReader) -> ImageSize? {
        switch reader.text(12, 4) {
        case "VP8 ":
            guard let width = reader.little(26, 2), let height = reader.little(28, 2) else { return nil }
            return ImageSize(width: width & 0x3FFF, height: height & 0x3FFF)
        case "VP8L":
            guard let bits = reader.little(21, 4) else { return nil }
            return ImageSize(width: (bits & 0x3FFF) + 1, height: (bits >> 14 & 0x3FFF) + 1)
        case "VP8X":
            guard let width = reader.little(24, 3), let height = reader.little(27, 3) else { return nil }
            return ImageSize(width: width + 1, height: height + 1)
        default: return nil
        }
    }
}

/// Numbers at places of a file that may be shorter than it says.
private struct ByteReader {
    let bytes: [UInt8]

    func big(_ place: Int, _ count: Int) -> Int? { slice(place, count)?.reduce(0) { $0 << 8 | Int($1) } }

    func little(_ place: Int, _ count: Int) -> Int? { slice(place, count)?.reversed().reduce(0) { $0 << 8 | Int($1) } }

    func text(_ place: Int, _ count: Int) -> String? { slice(place, count).map { String(decoding: $0, as: UTF8.self) } }

    func hasPair(_ first: UInt8, _ second: UInt8, from place: Int) -> Bool {
        var place = place
        while place + 1 < bytes.count {
            if bytes[place] == first, bytes[place + 1] == second { return true }
            place += 1
        }
        return false
    }

    private func slice(_ place: Int, _ count: Int) -> ArraySlice<UInt8>? {
        place >= 0 && place <= bytes.count - count ? bytes[place..<place + count] : nil
    }
}
