import ApusBase
import ApusCore
import ApusWorkspace

/// Writes a whole file. A file that exists may be replaced only when the session has seen the bytes it has now; running the same
/// call twice leaves the same state.
struct CreateTool: Tool {
    let paths: CheckedPaths

    let definition = ToolDefinition(
        id: "create-cli", name: "Create",
        summary: """
            Write a new file with the given content. Missing directories are made. A file that exists is replaced only if it was \
            read before in this session; to change a part of a file use Edit.
            """,
        category: .edit,
        inputSchema: [
            "type": "object", "required": ["file_path", "content"],
            "properties": [
                "file_path": ["type": "string", "description": "The file, as an absolute path"],
                "content": ["type": "string", "description": "The whole content of the file"],
            ],
        ])

    private struct Request {
        var path: String
        var content: [UInt8]

        init(_ value: JSONValue) throws(ToolInputError) {
            let input = try ToolInput(value, for: "Create")
            path = try input.requiredText("file_path", or: ["path"], meaning: "the file to write")
            content = Array(try input.requiredText("content", meaning: "the whole content of the file, which may be empty").utf8)
        }
    }

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        let path = try paths.declare(try Request(input).path, in: context)
        return AccessRequest(action: .write([path.path]), summary: "Create \(path.path)")
    }

    func effect(of input: JSONValue) -> Effect { .idempotent }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        do {
            let request = try Request(input)
            let path = try paths.confirm(request.path, for: .writing, in: context)
            let files = context.files
            return await BlockingWork.files.run { flag in CreateTool.write(request, to: path, files, flag) }
        } catch let error as ToolInputError {
            return .failed(error.sentence)
        } catch {
            return .failed("\(error)")
        }
    }

    private static func write(_ request: Request, to path: SafePath, _ files: [String: FileMark], _ flag: CancelFlag) -> ToolResult {
        if flag.isCancelled { return ToolResult(.interrupted, "Interrupted before anything was written.") }
        do {
            let mark = FileMark(path: path.path, hash: FileHash.of(request.content))
            if path.kind == nil {
                try path.write(request.content, expecting: .nothing)
                return success(mark)
            }
            if path.kind != .file { throw PathFault.notAFile(path.path, path.kind ?? .unknown) }
            if try path.currentStatus()?.size == request.content.count,
                try path.openForReading().readAll(limit: OutputLimit.markedFileBytes) == request.content
            {
                return success(mark)
            }
            let seen = try SeenFile(path, in: files, toDo: "replace it", flag)
            let report = try path.write(request.content, expecting: .object(seen.status))
            return success(mark, detachedNames: report.detachedNames)
        } catch SeenFile.Refusal.sentence(let sentence) {
            return .failed(sentence)
        } catch SeenFile.Refusal.path(let fault) {
            return .failed(fault)
        } catch {
            return .failed("\(error)")
        }
    }

    private static func success(_ mark: FileMark, detachedNames: Int = 0) -> ToolResult {
        var object: JSONObject = ["success": true, "file_path": .string(mark.path)]
        if detachedNames > 0 { object["note"] = .string(detachedNote(detachedNames)) }
        return ToolResult(.succeeded, JSONValue.object(object).serialized(), files: [mark])
    }
}

/// What is said when a file had other names.
func detachedNote(_ count: Int) -> String {
    "The file had \(count) other hard-linked name\(count == 1 ? "" : "s"), which keep the old content."
}
