import ApusBase
import ApusCore
import ApusWorkspace

/// Changes several files by one patch: all of them, or none.
///
/// A file need not have been read before: every hunk quotes the lines it changes, and fits only where they are. What quotes nothing
/// (lines for the end of a file, without anchor) needs a file that was read and is unchanged since. A file that was read and changed
/// since is not deleted or moved. A file whose bytes the session had not seen counts as unseen afterwards too, so that Create does not
/// replace it.
struct ApplyPatchTool: Tool {
    let paths: CheckedPaths

    let definition = ToolDefinition(
        id: "apply-patch-cli", name: "ApplyPatch",
        summary: """
            Change, add, delete or move files with one patch; either all of it is applied or nothing. The input looks like this:
            *** Begin Patch
            *** Update File: src/greeting.py
            @@ def greet(name):
             # lines that stay begin with a space
            -    return "Hi " + name
            +    return f"Hello {name}"
            *** Add File: notes.txt
            +every line of a new file begins with a plus
            *** Delete File: old.txt
            *** End Patch
            Below "*** Update File: …" there may be "*** Move to: <new path>". Quote about three unchanged lines around a change. After \
            "@@ " goes a line that stands above the place, such as the head of a function, when the quoted lines alone are not unique. \
            "*** End of File" below a hunk says that it is at the end. Hunks come in the order of the file.
            """,
        category: .edit,
        inputSchema: [
            "type": "object", "required": ["input"],
            "properties": [
                "input": ["type": "string", "description": "The patch, from *** Begin Patch to *** End Patch"]
            ],
        ])

    private static func patch(_ value: JSONValue) throws(ToolInputError) -> Patch {
        let input = try ToolInput(value, for: "ApplyPatch")
        let text = try input.requiredText("input", or: ["patch"], meaning: "the patch, from *** Begin Patch to *** End Patch")
        do { return try PatchParser.parse(text) } catch { throw ToolInputError(error.sentence) }
    }

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        let patch = try ApplyPatchTool.patch(input)
        let real = try paths.declare(patch.sections.flatMap(\.paths), in: context).map(\.path)
        var seen: Set<String> = []
        for path in real where !seen.insert(path).inserted {
            throw ToolInputError("The patch names \(path) twice. Put all hunks for a file into one section.")
        }
        let more = real.count > 1 ? " and \(real.count - 1) more" : ""
        return AccessRequest(action: .write(real), summary: "Patch \(real[0])\(more)")
    }

    func effect(of input: JSONValue) -> Effect { .verifiable }

    func changes(by input: JSONValue, in context: ToolContext) async -> [FileChange]? {
        do {
            let patch = try ApplyPatchTool.patch(input)
            let real = try paths.confirm(patch.sections.flatMap(\.paths), for: .writing, in: context)
            let files = context.files
            return await BlockingWork.files.run { flag in
                do { return try ApplyPatchTool.plan(patch, to: real, files, flag).fileChanges } catch { return [] }
            }
        } catch {
            return []
        }
    }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        do {
            let patch = try ApplyPatchTool.patch(input)
            let real = try paths.confirm(patch.sections.flatMap(\.paths), for: .writing, in: context)
            let files = context.files
            return await BlockingWork.files.run { flag in ApplyPatchTool.apply(patch, to: real, files, flag) }
        } catch let error as ToolInputError {
            return .failed(error.sentence)
        } catch {
            return .failed("\(error)")
        }
    }

    /// Reads, and writes nothing.
    private static func plan(
        _ patch: Patch, to real: [SafePath], _ files: [String: FileMark], _ flag: CancelFlag
    ) throws -> PatchPlan {
        var plan = PatchPlan(files: files, flag: flag)
        var rest = real[...]
        for section in patch.sections {
            try plan.add(section, at: Array(rest.prefix(section.paths.count)))
            rest = rest.dropFirst(section.paths.count)
        }
        return plan
    }

    private static func apply(_ patch: Patch, to real: [SafePath], _ files: [String: FileMark], _ flag: CancelFlag) -> ToolResult {
        do {
            let plan = try plan(patch, to: real, files, flag)
            if flag.isCancelled { return ToolResult(.interrupted, "Interrupted before anything was written.") }
            let detached = try FileGroup(plan.steps).run()
            return ToolResult(.succeeded, PatchReport(plan.changes, detached).text, files: plan.marks)
        } catch let error as FileGroup.Failure {
            return .failed(error.sentence)
        } catch PathFault.cancelled {
            return ToolResult(.interrupted, "Interrupted before anything was written.")
        } catch let error as PatchFault {
            return .failed(error.sentence + "\nNo file was changed.")
        } catch {
            return .failed("\(error) No file was changed.")
        }
    }
}
