import ApusCore
import Testing

@Suite struct MediaSupportTests {
    private static func image(_ width: Int, _ height: Int, bytes: Int = 10) -> MediaReference {
        MediaReference(MediaDetails(.png, size: ImageSize(width: width, height: height)), hash: "h", byteCount: bytes)
    }

    private static let limited = MediaSupport(images: true, documents: true, maximumImageEdge: 100, maximumImageBytes: 50)

    @Test(arguments: [
        (MediaSupport.everything, image(9_000, 1, bytes: 1 << 30), nil), (.nothing, image(1, 1), "model M takes no images"),
        (.nothing, MediaReference(MediaDetails(.pdf), hash: "h", byteCount: 1), "model M takes no PDF documents"),
        (limited, image(100, 100, bytes: 50), nil),
        (limited, image(3, 101), "it has 3 × 101 pixels, and model M takes 100 at most; make it smaller"),
        (limited, image(3, 3, bytes: 51), "it has 51 bytes, and model M takes 50 at most; make it smaller"),
        // The limits are those of images.
        (limited, MediaReference(MediaDetails(.pdf), hash: "h", byteCount: 51), nil),
    ])
    func whatAModelDoesNotTakeIsToldWhy(support: MediaSupport, media: MediaReference, obstacle: String?) {
        #expect(support.obstacle(to: media, model: "M") == obstacle)
    }
}
