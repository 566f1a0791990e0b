import ApusBase
import ApusWorkspace

/// Text that is longer than a result may be: its ends in the result, all of it in a private file that the result names.
enum WholeText {
    /// Within the limit for results. The file, like the result, has known secrets replaced.
    static func bounded(_ text: String, _ redaction: Redaction, in temporaryDirectory: String, kind: String) async -> String {
        // Before the cut: half a secret could not be found any more.
        let text = redaction.apply(to: text)
        guard text.utf8.count > ByteLimit.maximumToolOutputCharacters else { return text }
        let bounded = OutputLimit.bounded(text)
        do throws(PathFault) {
            let path = try await BlockingWork.files.run { _ throws(PathFault) in
                let file = try SpoolFile(temporaryDirectory: temporaryDirectory, name: "\(kind)-\(randomToken(length: 16)).txt")
                try file.append(Array(text.utf8))
                return file.path
            }
            return bounded + "\n\n[The full text is in \(path)]"
        } catch {
            return bounded + "\n\n[The full text could not be kept: \(error)]"
        }
    }
}
