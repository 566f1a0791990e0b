import ApusBase
import ApusCore
import ApusWorkspace

/// Searches file contents with a regular expression, in time linear in the bytes whatever the pattern.
struct GrepTool: Tool {
    let paths: CheckedPaths

    let definition = ToolDefinition(
        id: "grep-cli", name: "Grep",
        summary: """
            Search the contents of files with a regular expression. Gives the absolute paths of files that match, or with \
            output_mode "content" the lines as path:line:text. Leaves out binary files and what .gitignore excludes. Braces and \
            other special characters of code have to be escaped with a backslash. No look-around, no back-references.
            """,
        category: .readOnly,
        inputSchema: [
            "type": "object", "required": ["pattern"],
            "properties": [
                "pattern": ["type": "string", "description": "A regular expression"],
                "path": ["type": "string", "description": "A file or directory, as an absolute path; the working directory when left out"],
                "glob_pattern": ["type": "string", "description": "Search only files whose names match, such as *.swift or src/**/*.ts"],
                "output_mode": ["type": "string", "enum": ["file_paths", "content"], "default": "file_paths"],
                "case_insensitive": ["type": "boolean", "default": false],
                "type": [
                    "type": "string",
                    "description": "Search only files of a language: swift, py, js, ts, go, rust, java, c, cpp, md, json, …",
                ],
                "context_before": ["type": "integer", "minimum": 0, "description": "Lines to show before each match"],
                "context_after": ["type": "integer", "minimum": 0, "description": "Lines to show after each match"],
                "context": ["type": "integer", "minimum": 0, "description": "Lines to show before and after each match"],
                "line_numbers": ["type": "boolean", "default": true],
                "head_limit": ["type": "integer", "minimum": 1, "description": "Show at most this many lines or paths"],
                "multiline": ["type": "boolean", "default": false, "description": "Let a match span lines"],
            ],
        ])

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        let request = try GrepRequest(input)
        let path = try paths.declare(request.path, in: context)
        return AccessRequest(action: .read([path.path]), summary: "Search \(path.path) for \(request.patternText)")
    }

    func effect(of input: JSONValue) -> Effect { .pure }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        do {
            let request = try GrepRequest(input)
            let path = try paths.confirm(request.path, for: .reading, in: context)
            let hidden = context.confinement?.hidden ?? []
            return try await BlockingWork.files.run { flag throws(PathFault) in try GrepTool.search(path, request, hidden, flag) }
        } catch let error as ToolInputError {
            return .failed(error.sentence)
        } catch {
            return .failed("\(error)")
        }
    }

    private struct Skipped {
        var large = 0
        var unreadable = 0
    }

    private static func search(
        _ path: SafePath, _ request: GrepRequest, _ hidden: [String], _ flag: CancelFlag
    ) throws(PathFault) -> ToolResult {
        let search = FileSearch(request, flag)
        switch path.kind {
        case nil: throw .notFound(path.path)
        case .file:
            switch search.search(try path.openForReading()) {
            case .binary: search.note("\(path.path) is a binary file and was not searched.")
            case .tooLarge: search.note("\(path.path) is over \(OutputLimit.multilineBytes >> 20) MiB, too large for multiline.")
            case .unreadable: throw .system(path.path, operation: "read", reason: "it could not be read to its end")
            case .done, .full: break
            }
        case .directory:
            try walk(path, request, search, hidden, flag)
        case .some(let kind): throw .notAFile(path.path, kind)
        }
        if flag.isCancelled { return ToolResult(.interrupted, "The search was interrupted. So far:\n" + search.rendered) }
        return ToolResult(.succeeded, search.rendered)
    }

    private static func walk(
        _ path: SafePath, _ request: GrepRequest, _ search: FileSearch, _ hidden: [String], _ flag: CancelFlag
    ) throws(PathFault) {
        let tree = try FileTree(root: path, rules: Project.ignoreRules(walking: path), hiding: hidden, flag: flag)
        let wanted = request.globs.map { $0.matcher() }
        let excluded = request.excluded.map { $0.matcher() }
        let types = request.typeGlobs.map { $0.matcher() }
        var skipped = Skipped()
        walk: while let entry = tree.next() {
            if excluded.contains(where: { $0.matches(entry) }) {
                tree.skipContents()
                continue
            }
            guard entry.kind == .file, wanted.isEmpty || wanted.contains(where: { $0.matches(entry) }),
                types.isEmpty || types.contains(where: { $0.matches(entry) })
            else { continue }
            guard let file = tree.open(entry) else {
                skipped.unreadable += 1
                continue
            }
            switch search.search(file) {
            case .full: if !search.takeSatisfied() { break walk }
            case .tooLarge: skipped.large += 1
            case .unreadable: skipped.unreadable += 1
            case .done, .binary: break
            }
        }
        if skipped.large > 0 {
            search.note(
                "\(skipped.large) files over \(OutputLimit.multilineBytes >> 20) MiB are too large for multiline and were left out.")
        }
        if skipped.unreadable > 0 { search.note("\(skipped.unreadable) files could not be read.") }
        if let first = tree.firstUnreadable { search.note("\(tree.unreadable) directories could not be read, the first is \(first).") }
    }
}
