import ApusBase
import ApusCore
import ApusWorkspace

/// Lists one folder: names in byte order, folders with a slash. Honours no ignore file; `.git` is left out.
struct LSTool: Tool {
    let paths: CheckedPaths

    let definition = ToolDefinition(
        id: "ls-cli", name: "LS",
        summary: """
            List what is in a directory, one name a line, directories with a trailing slash. Not recursive: use Glob to find \
            files by name in a whole tree and Grep to find them by content.
            """,
        category: .readOnly,
        inputSchema: [
            "type": "object",
            "properties": [
                "directory_path": [
                    "type": "string", "description": "The directory, as an absolute path; the working directory when left out",
                ],
                "ignorePatterns": [
                    "type": "array", "items": ["type": "string"], "description": "Names to leave out, such as *.log or node_modules",
                ],
            ],
        ])

    private struct Request {
        var path: String
        var ignored: [GlobPattern]

        init(_ value: JSONValue) throws(ToolInputError) {
            let input = try ToolInput(value, for: "LS")
            path = try input.text("directory_path", or: ["path"]) ?? "."
            ignored = try globs(try input.texts("ignorePatterns") ?? [], for: "LS", member: "ignorePatterns")
        }
    }

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        let path = try paths.declare(try Request(input).path, in: context)
        return AccessRequest(action: .read([path.path]), summary: "List \(path.path)")
    }

    func effect(of input: JSONValue) -> Effect { .pure }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        do {
            let request = try Request(input)
            let path = try paths.confirm(request.path, for: .reading, in: context)
            return try await BlockingWork.files.run { flag throws(PathFault) in try LSTool.list(path, request, flag) }
        } catch let error as ToolInputError {
            return .failed(error.sentence)
        } catch {
            return .failed("\(error)")
        }
    }

    private static func list(_ path: SafePath, _ request: Request, _ flag: CancelFlag) throws(PathFault) -> ToolResult {
        if path.kind == nil { throw .notFound(path.path) }
        if path.kind != .directory { throw .notADirectory(path.path) }
        let tree = try FileTree(root: path, flag: flag)
        let matchers = request.ignored.map { $0.matcher() }
        var lines: [String] = []
        var count = 0
        while let entry = tree.next() {
            tree.skipContents()
            if matchers.contains(where: { $0.matches(entry) }) { continue }
            count += 1
            if lines.count < OutputLimit.maximumEntries { lines.append(entry.text + (entry.kind == .directory ? "/" : "")) }
        }
        if flag.isCancelled { return ToolResult(.interrupted, "Listing was interrupted.") }
        if lines.isEmpty { return ToolResult(.succeeded, "[The directory is empty.]") }
        var text = OutputLimit.bounded(lines.joined(separator: "\n"))
        if count > lines.count {
            text += "\n\n[\(lines.count) of \(count) entries are shown. Leave some out with ignorePatterns, or use Glob.]"
        }
        return ToolResult(.succeeded, text)
    }
}

/// Compiles the globs of an input.
func globs(_ texts: [String], for tool: String, member: String) throws(ToolInputError) -> [GlobPattern] {
    var patterns: [GlobPattern] = []
    for text in texts {
        do { patterns.append(try GlobPattern(text)) } catch {
            throw ToolInputError("\(tool) cannot use \"\(member)\": \(error.description)")
        }
    }
    return patterns
}
