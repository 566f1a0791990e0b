import ApusBase
import ApusCore
import ApusWorkspace

/// Has a subagent do something, in a session of its own (`droid-exec.md` §4.3, §5.9). Calls of one response run side by side.
struct TaskTool: Tool {
    static let name = "Task"
    static let maximumImages = 10
    static let maximumPromptCharacters = 400_000

    let paths: CheckedPaths

    let definition = ToolDefinition(
        id: "task-cli", name: name,
        summary: """
            Have a subagent do a piece of work in a context of its own, and get its final message. It knows nothing of this \
            conversation and cannot ask: put everything it needs into the prompt, and what it shall report. Several calls in one \
            response run side by side; give them work that does not overlap. Values of subagent_type: "explorer" answers a question \
            about files and code and only reads; "worker" does a whole piece of work with all tools; custom ones are named in the \
            conversation. A subagent may do at most what this session may do. The result begins with its session_id, by which \
            resume continues the same subagent, with all it knows. With run_in_background you get a task_id at once, for TaskOutput \
            and TaskStop.
            """,
        category: .other, leastLevel: .high,
        inputSchema: [
            "type": "object", "required": ["subagent_type", "description", "prompt"],
            "properties": [
                "subagent_type": ["type": "string", "description": "Which kind of subagent"],
                "description": ["type": "string", "description": "What it does, in 3 to 5 words"],
                "prompt": ["type": "string", "description": "The task, complete"],
                "image_paths": ["type": "array", "items": ["type": "string"], "description": "Images to give it with the prompt"],
                "complexity": [
                    "type": "string", "enum": ["light", "medium", "heavy"], "description": "How hard the work is; may choose the model",
                ],
                "run_in_background": ["type": "boolean", "default": false, "description": "Go on without waiting for it"],
                "resume": ["type": "string", "description": "The session_id of an earlier subagent of yours that shall go on"],
                "await": ["type": "boolean", "description": "Wait for it also when run_in_background is true"],
            ],
        ])

    private struct Request {
        var child: ChildRequest
        var images: [String]

        init(_ value: JSONValue) throws(ToolInputError) {
            let input = try ToolInput(value, for: name)
            let kind = try input.requiredText("subagent_type", meaning: "the kind of subagent, such as \"explorer\" or \"worker\"")
            let summary = try input.text("description") ?? ""
            let prompt = try input.requiredText("prompt", meaning: "the task, with everything the subagent needs to know")
            if prompt.allSatisfy(\.isWhitespace) { throw ToolInputError("Task got an empty prompt. Say what the subagent shall do.") }
            if prompt.utf8.count > maximumPromptCharacters {
                throw ToolInputError(
                    "The prompt of Task has more than \(maximumPromptCharacters) bytes. Put the data into a file and name that.")
            }
            images = try input.texts("image_paths") ?? []
            if images.count > maximumImages {
                throw ToolInputError("Task takes at most \(maximumImages) images; got \(images.count).")
            }
            let complexity = try input.choice("complexity", of: ChildRequest.Complexity.allCases.map(\.rawValue))
            let waits = try input.flag("await")
            child = ChildRequest(
                kind: kind, summary: summary, prompt: prompt, complexity: complexity.flatMap { ChildRequest.Complexity(rawValue: $0) },
                isBackground: try input.flag("run_in_background") && !waits, resume: try input.text("resume"))
        }
    }

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        let request = try Request(input)
        if !request.images.isEmpty { _ = try paths.declare(request.images, in: context) }
        return AccessRequest(
            action: .delegate(kind: request.child.kind), summary: "\(request.child.kind): \(request.child.summary)")
    }

    func effect(of input: JSONValue) -> Effect { .opaque }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        var request: Request
        do throws(ToolInputError) { request = try Request(input) } catch { return .failed(error.sentence) }
        do throws(ToolInputError) {
            request.child.media = try await images(request.images, in: context)
        } catch {
            return .failed(error.sentence)
        }
        let run: ChildRun
        do throws(ChildError) {
            run = try await context.children.begin(request.child, in: context.session, for: context.call)
        } catch {
            return .failed("Error: \(error.description)")
        }
        if run.isBackground {
            return ToolResult(
                .succeeded,
                """
                task_id: \(run.session)

                The subagent works in the background. TaskOutput tells what it came to and waits for it; TaskStop ends it.
                """)
        }
        return TaskReport.result(await context.children.conclusion(of: run, in: context.session), heading: "session_id")
    }

    private func images(_ inputs: [String], in context: ToolContext) async throws(ToolInputError) -> [Media] {
        if inputs.isEmpty { return [] }
        let checked: [SafePath]
        do throws(PathFault) {
            checked = try paths.confirm(inputs, for: .reading, in: context)
        } catch {
            throw ToolInputError(error.description)
        }
        return try await BlockingWork.files.run { flag throws(ToolInputError) in
            var images: [Media] = []
            for path in checked { images.append(try TaskTool.image(at: path, flag)) }
            return images
        }
    }

    private static func image(at path: SafePath, _ flag: CancelFlag) throws(ToolInputError) -> Media {
        let bytes: [UInt8]
        do throws(PathFault) {
            let file = try path.openForReading()
            bytes = try file.readAll(limit: ByteLimit.imageBytes) { flag.isCancelled }
        } catch {
            throw ToolInputError(error.description)
        }
        guard case .media(let type) = FileSignature(bytes[...]), type.isImage else {
            throw ToolInputError("\(path.path) is no PNG, JPEG, GIF or WebP image.")
        }
        let result = MediaReading(path: path.path, bytes: bytes).image(type)
        guard let media = result.media.first else { throw ToolInputError(result.text) }
        return media
    }
}

/// What a model reads of a subagent's run.
enum TaskReport {
    static func result(_ report: ChildReport, heading: String) -> ToolResult {
        let first = "\(heading): \(report.run.session)\n\n"
        guard let end = report.run.end else {
            return ToolResult(.succeeded, bounded(first + "status: running", said: report.text))
        }
        if end.reason == .completed {
            let text = report.text.isEmpty ? "The subagent ended without a message." : report.text
            return ToolResult(.succeeded, OutputLimit.bounded(first + text))
        }
        let trouble = report.trouble.isEmpty ? end.reason.rawValue : report.trouble
        return ToolResult(
            end.reason == .interrupted ? .interrupted : .failed,
            bounded(first + "Error: the subagent did not finish. \(trouble)", said: report.text))
    }

    private static func bounded(_ text: String, said: String) -> String {
        OutputLimit.bounded(said.isEmpty ? text : text + "\n\nIt said last:\n" + said)
    }
}
