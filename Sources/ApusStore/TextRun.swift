import ApusBase
import ApusCore

/// One row that holds many deltas: their texts in one piece and, before them, where each begins and what it belongs to, so that
/// reading gives back exactly the pieces that were shown.
///
/// Layout: version, tracks (channel, item, message), pieces (distance of the number, track, distance of the time, bytes of text),
/// texts. Numbers rise; gaps are kept.
enum TextRun {
    /// More pieces than this begin a new row, so that paging through long runs of tiny pieces stays cheap.
    static let maximumPieces = 1024
    private static let version: UInt8 = 1

    private struct Track: Hashable {
        var item: ItemID
        var message: MessageID
        var channel: Delta.Channel
    }

    /// - Parameter pieces: Deltas in rising order of their numbers; at least one.
    static func encode(_ pieces: ArraySlice<Event>) -> [UInt8] {
        var tracks: [Track] = []
        var heads = ByteWriter()
        var texts = ByteWriter()
        var number: EventNumber = 0
        var time: Timestamp = 0
        for piece in pieces {
            guard case .delta(let delta) = piece.kind else { preconditionFailure("A text run holds deltas only") }
            let track = Track(item: delta.item, message: delta.message, channel: delta.channel)
            // The track is nearly always the last one used.
            let index = tracks.lastIndex(of: track) ?? tracks.endIndex
            if index == tracks.endIndex { tracks.append(track) }
            heads.signed(piece.number - number)
            heads.unsigned(UInt64(index))
            heads.signed(piece.time - time)
            heads.unsigned(UInt64(delta.text.utf8.count))
            texts.raw(delta.text.utf8)
            number = piece.number
            time = piece.time
        }
        var run = ByteWriter()
        run.byte(version)
        run.unsigned(UInt64(tracks.count))
        for track in tracks {
            run.byte(code(of: track.channel))
            run.text(track.item.rawValue)
            run.text(track.message.rawValue)
        }
        run.unsigned(UInt64(pieces.count))
        run.raw(heads.bytes)
        run.raw(texts.bytes)
        return run.bytes
    }

    /// Appends the pieces behind `cursor` until `events` holds `limit`. Gives `false` when the bytes are not a run.
    static func decode(_ bytes: UnsafeRawBufferPointer, after cursor: EventNumber, limit: Int, into events: inout [Event]) -> Bool {
        var reader = ByteReader(bytes)
        guard reader.byte() == version, let tracks = readTracks(&reader), let count = reader.count() else { return false }
        var texts = reader
        for _ in 0..<count {
            for _ in 0..<4 where texts.unsigned() == nil { return false }
        }
        var number: EventNumber = 0
        var time: Timestamp = 0
        for _ in 0..<count where events.count < limit {
            guard let step = reader.signed(), let index = reader.unsigned(), let later = reader.signed(), let length = reader.unsigned(),
                index < tracks.count, length <= UInt64(texts.remaining), let raw = texts.raw(Int(length))
            else { return false }
            number &+= step
            time &+= later
            guard number > cursor else { continue }
            let track = tracks[Int(index)]
            let delta = Delta(item: track.item, message: track.message, channel: track.channel, text: String(decoding: raw, as: UTF8.self))
            events.append(Event(number: number, time: time, kind: .delta(delta)))
        }
        return true
    }

    /// Cuts a long row of pieces into slices that each fit one run.
    static func slices(of pieces: [Event]) -> [ArraySlice<Event>] {
        var slices: [ArraySlice<Event>] = []
        var start = 0
        var bytes = 0
        for (index, piece) in pieces.enumerated() {
            let size = piece.deltaBytes
            if index > start, bytes + size > StoreLimit.textRunBytes || index - start == maximumPieces {
                slices.append(pieces[start..<index])
                start = index
                bytes = 0
            }
            bytes += size
        }
        if start < pieces.count { slices.append(pieces[start...]) }
        return slices
    }

    private static func readTracks(_ reader: inout ByteReader) -> [Track]? {
        guard let count = reader.count() else { return nil }
        var tracks: [Track] = []
        for _ in 0..<count {
            guard let code = reader.byte(), let channel = channel(of: code), let item = reader.text(), let message = reader.text() else {
                return nil
            }
            tracks.append(Track(item: ItemID(item), message: MessageID(message), channel: channel))
        }
        return tracks
    }

    static func code(of channel: Delta.Channel) -> UInt8 {
        switch channel {
        case .text: 0
        case .reasoning: 1
        case .toolInput: 2
        case .toolOutput: 3
        }
    }

    static func channel(of code: UInt8) -> Delta.Channel? {
        switch code {
        case 0: .text
        case 1: .reasoning
        case 2: .toolInput
        case 3: .toolOutput
        default: nil
        }
    }
}

extension Event {
    /// Bytes of the text of a delta; zero for a fact.
    var deltaBytes: Int {
        if case .delta(let delta) = kind { delta.text.utf8.count } else { 0 }
    }
}
