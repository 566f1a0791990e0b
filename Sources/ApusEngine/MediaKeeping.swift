import ApusBase
import ApusCore

/// Puts the bytes of images and documents where facts can refer to them, before the fact is committed.
struct MediaKeeping {
    private let blobs: any BlobStore
    private let redaction: Redaction

    init(_ services: EngineServices) {
        blobs = services.blobs
        redaction = services.redaction
    }

    /// Counts one use, which belongs to the fact that will name the reference. Known secrets are replaced in the texts that come with
    /// the bytes, not in the bytes.
    func keep(_ media: Media) async throws(EventLogError) -> MediaReference {
        var details = media.details
        details.text = details.text.map { redaction.apply(to: $0) }
        return MediaReference(details, hash: try await blobs.put(media.bytes), byteCount: media.bytes.count)
    }

    /// All or none.
    func keep(_ media: [Media]) async throws(EventLogError) -> [MediaReference] {
        var kept: [MediaReference] = []
        do throws(EventLogError) {
            for item in media { kept.append(try await keep(item)) }
            return kept
        } catch {
            await release(kept)
            throw error
        }
    }

    /// For references that no fact will name.
    func release(_ references: [MediaReference]) async {
        // A use too many keeps bytes for too long, which is no reason to fail.
        for reference in references { try? await blobs.release(reference.hash) }
    }
}
