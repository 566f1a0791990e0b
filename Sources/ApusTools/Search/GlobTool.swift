import ApusBase
import ApusCore
import ApusWorkspace

/// Finds files by name.
struct GlobTool: Tool {
    let paths: CheckedPaths

    let definition = ToolDefinition(
        id: "glob-cli", name: "Glob",
        summary: """
            Find files by name patterns such as **/*.swift or src/{a,b}/*.ts. A pattern without a slash is compared with file \
            names at any depth. Gives absolute paths, newest first, at most \(OutputLimit.maximumEntries). Files that .gitignore \
            excludes are left out, hidden ones are not.
            """,
        category: .readOnly,
        inputSchema: [
            "type": "object", "required": ["patterns"],
            "properties": [
                "patterns": ["type": "array", "items": ["type": "string"], "description": "Files that match one of these are found"],
                "excludePatterns": [
                    "type": "array", "items": ["type": "string"], "description": "Files that match one of these are left out",
                ],
                "folder": ["type": "string", "description": "Where to look, as an absolute path; the working directory when left out"],
            ],
        ])

    private struct Request {
        var folder: String
        var wanted: [String]
        var unwanted: [String]

        init(_ value: JSONValue) throws(ToolInputError) {
            let input = try ToolInput(value, for: "Glob")
            guard let wanted = try input.texts("patterns"), !wanted.isEmpty else {
                throw ToolInputError("Glob needs \"patterns\": a list of file patterns such as [\"**/*.swift\"]. It is missing or empty.")
            }
            self.wanted = wanted.filter { !$0.hasPrefix("!") }
            unwanted = try input.texts("excludePatterns") ?? []
            unwanted += wanted.filter { $0.hasPrefix("!") }.map { String($0.dropFirst()) }
            if self.wanted.isEmpty { self.wanted = ["**"] }
            folder = try input.text("folder", or: ["path"]) ?? "."
            _ = try globs(self.wanted, for: "Glob", member: "patterns")
            _ = try globs(unwanted, for: "Glob", member: "excludePatterns")
        }

        /// Absolute patterns count from the folder that is searched.
        func compiled(_ texts: [String], below folder: String) throws(ToolInputError) -> [GlobMatcher] {
            let relative = texts.map { $0.hasPrefix(folder + "/") ? String($0.dropFirst(folder.count)) : $0 }
            return try globs(relative, for: "Glob", member: "patterns").map { $0.matcher() }
        }
    }

    private struct Found {
        var path: String
        var modified: Int64
    }

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        let request = try Request(input)
        let path = try paths.declare(request.folder, in: context)
        return AccessRequest(action: .read([path.path]), summary: "Find \(request.wanted.joined(separator: ", ")) in \(path.path)")
    }

    func effect(of input: JSONValue) -> Effect { .pure }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        do {
            let request = try Request(input)
            let path = try paths.confirm(request.folder, for: .reading, in: context)
            let hidden = context.confinement?.hidden ?? []
            return await BlockingWork.files.run { flag in GlobTool.find(path, request, hidden, flag) }
        } catch let error as ToolInputError {
            return .failed(error.sentence)
        } catch {
            return .failed("\(error)")
        }
    }

    private static func find(_ folder: SafePath, _ request: Request, _ hidden: [String], _ flag: CancelFlag) -> ToolResult {
        do {
            if folder.kind == nil { throw PathFault.notFound(folder.path) }
            if folder.kind != .directory { throw PathFault.notADirectory(folder.path) }
            let wanted = try request.compiled(request.wanted, below: folder.path)
            let unwanted = try request.compiled(request.unwanted, below: folder.path)
            let tree = try FileTree(root: folder, rules: Project.ignoreRules(walking: folder), hiding: hidden, flag: flag)
            var found: [Found] = []
            var count = 0
            while let entry = tree.next() {
                if unwanted.contains(where: { $0.matches(entry) }) {
                    tree.skipContents()
                    continue
                }
                guard entry.kind == .file || entry.kind == .link, wanted.contains(where: { $0.matches(entry) }) else { continue }
                guard let status = tree.status(of: entry) else { continue }
                count += 1
                found.append(Found(path: tree.absolutePath(of: entry), modified: status.modified))
                if found.count >= 4 * OutputLimit.maximumEntries { found = newest(found) }
            }
            if flag.isCancelled { return ToolResult(.interrupted, "The search was interrupted.") }
            return result(newest(found), count: count, tree)
        } catch let error as ToolInputError {
            return .failed(error.sentence)
        } catch {
            return .failed("\(error)")
        }
    }

    private static func newest(_ found: [Found]) -> [Found] {
        let sorted = found.sorted { ($1.modified, $0.path) < ($0.modified, $1.path) }
        return Array(sorted.prefix(OutputLimit.maximumEntries))
    }

    private static func result(_ found: [Found], count: Int, _ tree: FileTree) -> ToolResult {
        var text = found.isEmpty ? "No files found" : OutputLimit.bounded(found.map(\.path).joined(separator: "\n"))
        if count > found.count { text += "\n\n[The newest \(found.count) of \(count) files are shown. Use a narrower pattern or folder.]" }
        if let notice = unreadableNotice(tree) { text += "\n\n" + notice }
        return ToolResult(.succeeded, text)
    }
}

/// Tells what a walk could not look into.
func unreadableNotice(_ tree: FileTree) -> String? {
    guard let first = tree.firstUnreadable else { return nil }
    return tree.unreadable == 1
        ? "[\(first) could not be read.]" : "[\(tree.unreadable) directories could not be read, the first is \(first).]"
}
