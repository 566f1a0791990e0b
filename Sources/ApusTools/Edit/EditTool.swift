import ApusBase
import ApusCore
import ApusWorkspace

/// Replaces a text in a file that the session has seen and nobody changed since. Encoding, byte order mark, line ends and mode stay.
struct EditTool: Tool {
    let paths: CheckedPaths

    let definition = ToolDefinition(
        id: "edit-cli", name: "Edit",
        summary: """
            Replace a piece of text in a file that was read before. old_str has to be in the file exactly once, to the letter with \
            its indentation; give more lines around it to make it unique, or set change_all. Gives the change as a diff.
            """,
        category: .edit,
        inputSchema: [
            "type": "object", "required": ["file_path", "old_str", "new_str"],
            "properties": [
                "file_path": ["type": "string", "description": "The file, as an absolute path"],
                "old_str": ["type": "string", "description": "The text to replace"],
                "new_str": ["type": "string", "description": "The text to put there; may be empty"],
                "change_all": ["type": "boolean", "default": false, "description": "Replace every occurrence"],
            ],
        ])

    private struct Request {
        var path: String
        var old: [UInt8]
        var new: [UInt8]
        var changesAll: Bool

        init(_ value: JSONValue) throws(ToolInputError) {
            let input = try ToolInput(value, for: "Edit")
            path = try input.requiredText("file_path", or: ["path"], meaning: "the file to change")
            old = Array(try input.requiredText("old_str", or: ["old_string"], meaning: "the text to replace").utf8)
            new = Array(try input.requiredText("new_str", or: ["new_string"], meaning: "the text to put there").utf8)
            changesAll = try input.flag("change_all")
            if old.isEmpty { throw ToolInputError("Edit needs an \"old_str\" that is not empty. To write a whole file use Create.") }
            if old == new { throw ToolInputError("\"old_str\" and \"new_str\" of Edit are the same; there is nothing to change.") }
        }
    }

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        let path = try paths.declare(try Request(input).path, in: context)
        return AccessRequest(action: .write([path.path]), summary: "Edit \(path.path)")
    }

    func effect(of input: JSONValue) -> Effect { .verifiable }

    func changes(by input: JSONValue, in context: ToolContext) async -> [FileChange]? {
        do {
            let request = try Request(input)
            let path = try paths.confirm(request.path, for: .writing, in: context)
            let files = context.files
            return await BlockingWork.files.run { flag in
                switch EditTool.prepare(request, path, files, flag) {
                case .refused: return []
                case .ready(let edit):
                    return [FileChange(path: path.path, before: FileHash.of(edit.seen.bytes), after: FileHash.of(edit.bytes), isSeen: true)]
                }
            }
        } catch {
            return []
        }
    }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        do {
            let request = try Request(input)
            let path = try paths.confirm(request.path, for: .writing, in: context)
            let files = context.files
            return await BlockingWork.files.run { flag in EditTool.edit(request, path, files, flag) }
        } catch let error as ToolInputError {
            return .failed(error.sentence)
        } catch {
            return .failed("\(error)")
        }
    }

    /// An edit as it would be written.
    private struct Edit {
        var seen: SeenFile
        var old: [UInt8]
        var new: [UInt8]
        var bytes: [UInt8]
    }

    private enum Preparation {
        case ready(Edit)
        case refused(ToolResult)
    }

    private static func edit(_ request: Request, _ path: SafePath, _ files: [String: FileMark], _ flag: CancelFlag) -> ToolResult {
        if flag.isCancelled { return ToolResult(.interrupted, "Interrupted before anything was written.") }
        let edit: Edit
        switch prepare(request, path, files, flag) {
        case .refused(let result): return result
        case .ready(let ready): edit = ready
        }
        do {
            let report = try path.write(edit.bytes, expecting: .object(edit.seen.status))
            var result = OutputLimit.bounded(LineDiff.unified(old: edit.old, new: edit.new, path: path.path))
            if report.detachedNames > 0 { result += "\n[\(detachedNote(report.detachedNames))]" }
            return ToolResult(.succeeded, result, files: [FileMark(path: path.path, hash: FileHash.of(edit.bytes))])
        } catch {
            return .failed("\(error)")
        }
    }

    /// Reads, and writes nothing.
    private static func prepare(_ request: Request, _ path: SafePath, _ files: [String: FileMark], _ flag: CancelFlag) -> Preparation {
        do {
            let seen = try SeenFile(path, in: files, toDo: "edit it", flag)
            let signature = FileSignature(seen.bytes[...])
            let encoding = TextEncoding(seen.bytes)
            guard signature == .text || encoding != .utf8, let text = encoding.decode(seen.bytes) else {
                return .refused(.failed(ReadTool.sentence(for: signature, path.path, size: seen.bytes.count) + " Edit changes text only."))
            }
            let replacement = TextReplacement(request.old, with: request.new, in: text)
            if let refusal = refusal(request, replacement, text, path.path) { return .refused(.failed(refusal)) }
            let changed = replacement.applied()
            let bytes = encoding.encode(changed)
            if bytes.count > OutputLimit.markedFileBytes {
                throw PathFault.tooLarge(path.path, size: bytes.count, limit: OutputLimit.markedFileBytes)
            }
            return .ready(Edit(seen: seen, old: text, new: changed, bytes: bytes))
        } catch SeenFile.Refusal.sentence(let sentence) {
            return .refused(.failed(sentence))
        } catch SeenFile.Refusal.path(let fault) {
            return .refused(.failed(fault))
        } catch {
            return .refused(.failed("\(error)"))
        }
    }

    private static func refusal(_ request: Request, _ replacement: TextReplacement, _ text: [UInt8], _ path: String) -> String? {
        switch replacement.positions.count {
        case 1: return nil
        case 0:
            guard let candidate = ClosestText.find(request.old, in: text) else {
                return "old_str is not in \(path), and nothing in it is alike. Read the file again and copy the text from it."
            }
            let reason = candidate.differsInSpaceOnly ? "only its white space differs" : "the closest text"
            return
                "old_str is not in \(path). At line \(candidate.line) there is, \(reason):\n\n\(candidate.text)\n\nCopy it to the letter."
        case let count where request.changesAll && count > 1: return nil
        case let count:
            let lines = replacement.lines(limit: 20).map(String.init).joined(separator: ", ")
            return "old_str is \(count) times in \(path), at lines \(lines)\(count > 20 ? ", …" : ""). "
                + "Give more of the text around the one you mean, or set change_all to true."
        }
    }
}
