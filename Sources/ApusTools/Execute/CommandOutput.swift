import ApusBase
import ApusWorkspace

/// What a command wrote: its two ends for the result, and all of it (up to ``OutputLimit/spoolBytes``) in a private file once it is
/// more than a result holds. The file has known secrets replaced, like everything that leaves the tool.
struct CommandOutput: ~Copyable {
    private var text = BoundedText(limit: ByteLimit.maximumToolOutputCharacters - OutputLimit.noticeRoom)
    private var decoder = UTF8StreamDecoder()
    /// Everything so far, while it is little enough to need no file.
    private var start: [UInt8] = []
    private var spool: SpoolFile?
    private var spoolPath: String?
    private var spooled = 0
    private var spoolFault: String?
    private var dropped = 0
    private var redaction: ByteRedaction
    private let temporaryDirectory: String

    init(temporaryDirectory: String, redaction: Redaction = .none) {
        self.temporaryDirectory = temporaryDirectory
        self.redaction = ByteRedaction(redaction)
    }

    /// Returns what can be shown of it: whole characters.
    mutating func append(_ piece: OutputPipe.Piece) -> String {
        var bytes = piece.bytes
        if piece.dropped > 0 {
            dropped += piece.dropped
            bytes = Array("\n[… \(piece.dropped) bytes came faster than they could be kept …]\n".utf8) + bytes
        }
        text.append(bytes)
        keep(bytes)
        return decoder.push(bytes)
    }

    mutating func finish() -> String {
        if spool != nil, spoolFault == nil {
            do throws(PathFault) { try write(redaction.finish()) } catch { spoolFault = error.description }
        }
        return decoder.finish()
    }

    /// The output within the bounds of a result, and where the rest is.
    func rendered() -> (output: String, notice: String?) {
        guard text.omittedCount > 0 else { return (text.rendered(), nil) }
        let whole =
            spooled > OutputLimit.spoolBytes ? "The first \(OutputLimit.spoolBytes >> 20) MiB of the output are" : "The full output is"
        if let spoolFault { return (text.rendered(), "[The full output could not be kept: \(spoolFault)]") }
        return (text.rendered(), spoolPath.map { "[\(whole) in \($0)]" })
    }

    private mutating func keep(_ bytes: [UInt8]) {
        if spoolFault != nil { return }
        do throws(PathFault) {
            if spool == nil {
                start += bytes
                if text.omittedCount == 0 { return }
                let file = try SpoolFile(temporaryDirectory: temporaryDirectory, name: "output-\(randomToken(length: 16)).log")
                spoolPath = file.path
                spool = consume file
                try write(redaction.push(start))
                start = []
            } else {
                try write(redaction.push(bytes))
            }
        } catch {
            spoolFault = error.description
            start = []
        }
    }

    private mutating func write(_ bytes: [UInt8]) throws(PathFault) {
        let room = OutputLimit.spoolBytes - spooled
        spooled += bytes.count
        if room > 0 { try spool?.append(bytes.count <= room ? bytes : Array(bytes.prefix(room))) }
    }
}
