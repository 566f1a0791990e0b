package import ApusBase
package import ApusCore
package import ApusProcess

/// The tools every session has, in the order in which the model sees them: Read, LS, Grep, Glob, Create, Edit, Execute, FetchUrl, TodoWrite.
/// ApplyPatch comes after Edit, for those who ask for it.
///
/// The file tools touch only the path that their `access(for:in:)` resolved for the same session and call: a call that was not
/// declared is refused.
package struct BuiltinTools: ToolSource {
    private let all: [any Tool]

    /// Names of the tools that are listed only when asked for.
    package static let optional: Set<String> = ["ApplyPatch"]

    /// `environment` is what commands may inherit from, filtered by `ToolEnvironment`; long outputs are kept below
    /// `temporaryDirectory`. Without `processes` there is no Execute, without `processFolder` none in the background.
    /// `redaction` knows the secrets that may neither leave in a URL nor lie in clear in a file.
    package init(
        processes: ProcessTable?, environment: [String: String], temporaryDirectory: String, processFolder: String? = nil,
        web: WebSetting = WebSetting(), redaction: Redaction = .none
    ) {
        let paths = CheckedPaths()
        var tools: [any Tool] = [
            ReadTool(paths: paths), LSTool(paths: paths), GrepTool(paths: paths), GlobTool(paths: paths), CreateTool(paths: paths),
            EditTool(paths: paths), ApplyPatchTool(paths: paths),
        ]
        if let processes {
            tools.append(
                ExecuteTool(
                    processes: processes, environment: environment, temporaryDirectory: temporaryDirectory, processFolder: processFolder,
                    redaction: redaction))
        }
        tools.append(
            FetchUrlTool(
                fetch: WebFetch(setting: web),
                pdf: PDFReader(processes: processes, environment: environment, temporaryDirectory: temporaryDirectory),
                redaction: redaction, temporaryDirectory: temporaryDirectory))
        tools.append(TodoWriteTool())
        all = tools
    }

    package func tools(for session: SessionID) async -> [any Tool] { tools(including: []) }

    /// The tools every session has and those of ``optional`` that are named in `names`, by name or by id; other names in it change
    /// nothing.
    package func tools(including names: Set<String>) -> [any Tool] {
        all.filter { tool in
            let definition = tool.definition
            return !BuiltinTools.optional.contains(definition.name) || names.contains(definition.name) || names.contains(definition.id)
        }
    }

    /// Any tool there is, optional ones too.
    package func tool(named name: String) -> (any Tool)? { all.first { $0.definition.name == name || $0.definition.id == name } }
}
