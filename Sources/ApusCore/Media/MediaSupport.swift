/// Which media a model takes as such. What it does not take is told to it in words.
package struct MediaSupport: Hashable, Sendable {
    package var images: Bool
    package var documents: Bool
    /// The longest edge of an image in pixels; `nil` is no limit.
    package var maximumImageEdge: Int?
    /// The largest image in bytes; `nil` is no limit beyond our own.
    package var maximumImageBytes: Int?

    package init(images: Bool, documents: Bool, maximumImageEdge: Int? = nil, maximumImageBytes: Int? = nil) {
        self.images = images
        self.documents = documents
        self.maximumImageEdge = maximumImageEdge
        self.maximumImageBytes = maximumImageBytes
    }

    package static let everything = MediaSupport(images: true, documents: true)
    package static let nothing = MediaSupport(images: false, documents: false)

    /// Why a model cannot be given this, as the end of "omitted: …"; `nil` when it can.
    package func obstacle(to media: MediaReference, model: String) -> String? {
        guard media.details.type.isImage else { return documents ? nil : "model \(model) takes no PDF documents" }
        if !images { return "model \(model) takes no images" }
        if let maximumImageEdge, let size = media.details.size, max(size.width, size.height) > maximumImageEdge {
            return "it has \(size.width) × \(size.height) pixels, and model \(model) takes \(maximumImageEdge) at most; make it smaller"
        }
        if let maximumImageBytes, media.byteCount > maximumImageBytes {
            return "it has \(media.byteCount) bytes, and model \(model) takes \(maximumImageBytes) at most; make it smaller"
        }
        return nil
    }
}
