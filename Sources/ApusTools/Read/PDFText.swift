import ApusBase
import ApusCore
import ApusProcess
import ApusWorkspace
import Synchronization

/// Gets the text out of a PDF document with `pdftotext`, if the machine has one: for models that take no documents, and for the number
/// of pages where the file hides it.
///
/// The program gets the bytes that were checked, in a private file, and runs under a keeper within ``deadline``; of what it writes no
/// more than a result holds is kept.
struct PDFText: Sendable {
    enum Extraction: Hashable, Sendable {
        /// The number of pages is at most one over the limit: nobody looks further.
        case text(String, pages: Int)
        /// Why there is no text, in a sentence; the document may be fine.
        case none(String)
        /// The program does not take it for a PDF document.
        case unreadable
        case interrupted
    }

    let processes: ProcessTable?
    let environment: [String: String]
    let temporaryDirectory: String
    var deadline: Duration = .seconds(20)

    /// - Parameter hidden: what the program may not read: it is searched for in the `PATH`, and the document is a stranger's.
    func extract(_ bytes: [UInt8], hidden: [String]) async -> Extraction {
        guard let processes else { return .none("Its text is not extracted where no commands are run.") }
        let file: String
        do throws(PathFault) { file = try await store(bytes) } catch { return .none("Its text could not be extracted: \(error)") }
        let output = ExtractedText()
        let end: Result<ProcessEnd, SpawnError>
        do throws(SpawnError) {
            end = .success(try await processes.run(request(for: file, hidden), timeout: deadline) { output.append($0) })
        } catch {
            end = .failure(error)
        }
        await BlockingWork.files.run { _ in SpoolFile.remove(file) }
        switch end {
        case .success(.exited(0)): return output.extraction
        case .success(.exited): return .unreadable
        case .success(.interrupted): return .interrupted
        case .success(.timedOut): return .none("Its text could not be extracted within \(deadline.components.seconds) seconds.")
        case .success(.signaled), .success(.lost), .success(.exceeded): return .none("Its text could not be extracted: pdftotext crashed.")
        case .failure(.failed(.exec, _, let code)) where code == PDFText.noSuchFile:
            return .none(
                "Its text could not be extracted, because there is no pdftotext here. "
                    + "Install it: apt-get install poppler-utils on Debian, brew install poppler on macOS.")
        case .failure(let error): return .none("Its text could not be extracted: \(error)")
        }
    }

    /// `ENOENT` everywhere.
    private static let noSuchFile: Int32 = 2

    private func request(for file: String, _ hidden: [String]) -> ProcessRequest {
        // It may read, and print.
        let confinement = Confinement(
            level: .off, hidden: hidden, network: .none, maximumProcesses: 64, maximumWrittenBytes: 64 << 20)
        // One page more than is taken tells that there are too many.
        let arguments = ["-q", "-enc", "UTF-8", "-l", "\(ByteLimit.maximumDocumentPages + 1)", file, "-"]
        return ProcessRequest(
            executable: "pdftotext", arguments: arguments,
            environment: ToolEnvironment.make(from: environment, workingDirectory: "/"), workingDirectory: "/",
            terminationGrace: .seconds(1), confinement: confinement)
    }

    private func store(_ bytes: [UInt8]) async throws(PathFault) -> String {
        try await BlockingWork.files.run { [temporaryDirectory] _ throws(PathFault) in
            let file = try SpoolFile(temporaryDirectory: temporaryDirectory, name: "document-\(randomToken(length: 16)).pdf")
            try file.append(bytes)
            return file.path
        }
    }
}

/// What the program wrote, gathered on the thread that reads it.
private final class ExtractedText: Sendable {
    private struct State {
        var text = BoundedText(limit: ByteLimit.maximumToolOutputCharacters - OutputLimit.noticeRoom)
        var pages = 0
        var hasWords = false
    }

    private let state = Mutex(State())

    func append(_ bytes: [UInt8]) {
        state.withLock { state in
            state.text.append(bytes)
            // A form feed ends each page.
            state.pages += bytes.count { $0 == 0x0C }
            if !state.hasWords { state.hasWords = bytes.contains { $0 > 0x20 } }
        }
    }

    var extraction: PDFText.Extraction {
        state.withLock { state in
            let text = state.hasWords ? state.text.rendered() : "[The document has no text: its pages are probably pictures.]"
            return .text(text, pages: state.pages)
        }
    }
}
