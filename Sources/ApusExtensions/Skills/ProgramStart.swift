import ApusBase
import ApusCore
import ApusWorkspace

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How the program of a command is started.
///
/// The user's own by its path. One of a project as the very bytes that somebody has trusted: from a private copy of the file's name, by the
/// interpreter that its first line names, so that nothing depends on what the path leads to by now.
enum ProgramStart: Sendable {
    /// Copies are removed when it has ended.
    case start(executable: String, arguments: [String], copies: CheckedFolder?)
    /// A sentence.
    case refused(String)

    /// What a kernel takes of a first line.
    private static let longestLine = 255

    static func make(of program: CommandProgram, in apusHome: String) async -> ProgramStart {
        guard let bytes = program.checked else { return .start(executable: program.path, arguments: program.arguments, copies: nil) }
        let shown = escapedForDisplay(program.path, keepingNewlines: false)
        guard let line = interpreter(of: bytes) else { return .refused("The first line of \(shown) names no program by its whole path.") }
        return await BlockingWork.files.run { _ in
            if access(program.path, X_OK) != 0 { return .refused("\(shown) may not be executed: \(String(cString: strerror(errno))).") }
            do throws(CheckedFolder.Fault) {
                var copies = try CheckedFolder(in: apusHome)
                let name = program.path.split(separator: "/").last.map(String.init) ?? program.name
                do throws(CheckedFolder.Fault) {
                    let place = try copies.add(bytes, as: name, isExecutable: true)
                    return .start(executable: line[0], arguments: line.dropFirst() + [place] + program.arguments, copies: copies)
                } catch {
                    copies.remove()
                    throw error
                }
            } catch {
                return .refused(error.sentence)
            }
        }
    }

    /// As a kernel reads a script's first line: a path, and all behind the blanks after it as one word.
    static func interpreter(of bytes: [UInt8]) -> [String]? {
        guard bytes.starts(with: Array("#!".utf8)) else { return nil }
        let line = bytes.dropFirst(2).prefix { $0 != 0x0A }
        guard line.count <= longestLine, !line.contains(0), let text = String(validating: line, as: UTF8.self) else { return nil }
        let words = text.split(maxSplits: 1, omittingEmptySubsequences: true) { $0 == " " || $0 == "\t" }.map(String.init)
        guard let program = words.first, program.hasPrefix("/") else { return nil }
        guard words.count == 2 else { return [program] }
        var rest = words[1][...]
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return rest.isEmpty ? [program] : [program, String(rest)]
    }
}
