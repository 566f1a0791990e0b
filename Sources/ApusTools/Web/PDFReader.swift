import ApusProcess
import ApusWorkspace
import Synchronization

/// The text of a PDF, by `pdftotext` where that is installed. It runs like any other command: filtered environment, a keeper, a time
/// limit, bounded output.
struct PDFReader: Sendable {
    enum Fault: Error, Hashable, Sendable {
        case told(String)
    }

    static let missing = "It is a PDF, and pdftotext, which reads those, is not installed here (package poppler-utils)."
    private static let limit = Duration.seconds(20)
    private static let maximumBytes = 16 << 20

    let processes: ProcessTable?
    let environment: [String: String]
    let temporaryDirectory: String

    func text(of bytes: [UInt8], name: String) async throws(Fault) -> String {
        guard let processes else { throw .told(Self.missing) }
        let directory = temporaryDirectory
        let path: String
        do throws(PathFault) {
            path = try await BlockingWork.files.run { _ throws(PathFault) in
                let file = try SpoolFile(temporaryDirectory: directory, name: name)
                try file.append(bytes)
                return file.path
            }
        } catch {
            throw .told("The PDF could not be kept: \(error)")
        }
        let kept = Mutex<[UInt8]>([])
        let request = ProcessRequest(
            executable: "pdftotext", arguments: ["-q", "-layout", "-nopgbrk", "-enc", "UTF-8", path, "-"],
            environment: ToolEnvironment.make(from: environment, workingDirectory: "/"), workingDirectory: "/",
            terminationGrace: .seconds(1))
        let end: ProcessEnd
        do throws(SpawnError) {
            end = try await processes.run(request, timeout: Self.limit) { piece in
                kept.withLock { if $0.count < Self.maximumBytes { $0 += piece } }
            }
        } catch {
            if case .failed(step: .exec, _, _) = error { throw .told(Self.missing) }
            throw .told("It is a PDF, and pdftotext could not be run. \(error)")
        }
        let text = kept.withLock { String(decoding: $0, as: UTF8.self) }
        switch end {
        case .exited(0): return text
        case .timedOut: throw .told("It is a PDF that pdftotext did not read within \(Self.limit.components.seconds) seconds.")
        case .interrupted: throw .told("Interrupted.")
        case .exited, .signaled, .lost: throw .told("It is a PDF that pdftotext cannot read: \(text.prefix(300))")
        }
    }
}
