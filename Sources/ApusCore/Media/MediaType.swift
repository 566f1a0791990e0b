/// What a model may be given besides text. Found from the bytes, never from a name.
package enum MediaType: String, Hashable, Sendable, CaseIterable {
    case png = "image/png"
    case jpeg = "image/jpeg"
    case gif = "image/gif"
    case webp = "image/webp"
    case pdf = "application/pdf"

    package var isImage: Bool { self != .pdf }

    /// For sentences: "a PNG image".
    package var phrase: String {
        switch self {
        case .png: "a PNG image"
        case .jpeg: "a JPEG image"
        case .gif: "a GIF image"
        case .webp: "a WebP image"
        case .pdf: "a PDF document"
        }
    }
}

/// How closely a model shall look at an image, where its API has a word for that.
package enum ImageQuality: String, Hashable, Sendable, CaseIterable {
    case low, medium, high
}

/// The size of an image in pixels.
package struct ImageSize: Hashable, Sendable {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}
