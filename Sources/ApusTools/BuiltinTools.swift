package import ApusBase
package import ApusCore
package import ApusProcess

/// The tools there are, in the order in which the model sees them: Read, LS, Grep, Glob, Create, Edit, ApplyPatch, Execute, FetchUrl,
/// WebSearch, TodoWrite, Skill, where there are subagents Task, TaskOutput and TaskStop, AskUser, ExitSpecMode. Models of the `openai` dialect know
/// patches better, so they get ApplyPatch and all others Edit; the other one comes when it is added (`droid-exec.md` §4.2). AskUser comes only where
/// somebody can be asked, Skill where there is one to load, WebSearch where it is configured, ExitSpecMode only to a model that plans; subagents
/// have no subagents.
///
/// The file tools touch only the path that their `access(for:in:)` resolved for the same session and call: a call that was not
/// declared is refused.
package struct BuiltinTools: ToolSource {
    private let all: [any Tool]
    private let skills: any SkillSource
    private static let delegation = [TaskTool.name, TaskOutputTool.name, TaskStopTool.name]

    /// `environment` is what commands may inherit from, filtered by `ToolEnvironment`; long outputs are kept below
    /// `temporaryDirectory`. Without `processes` there is no Execute, and PDF documents come without their text; without
    /// `processFolder` nothing runs in the background. `redaction` knows the secrets that may neither leave in a URL nor lie in clear
    /// in a file. Approved plans are kept in `plans`.
    package init(
        processes: ProcessTable?, environment: [String: String], temporaryDirectory: String, processFolder: String? = nil,
        web: WebSetting = WebSetting(), search: WebSearchSetting? = nil, skills: any SkillSource = NoSkills(), redaction: Redaction = .none,
        plans: PlanFolder? = nil, subagents: Bool = false
    ) {
        self.skills = skills
        let paths = CheckedPaths()
        var tools: [any Tool] = [
            ReadTool(
                paths: paths,
                documents: PDFText(processes: processes, environment: environment, temporaryDirectory: temporaryDirectory)),
            LSTool(paths: paths), GrepTool(paths: paths), GlobTool(paths: paths), CreateTool(paths: paths),
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
                documents: PDFText(processes: processes, environment: environment, temporaryDirectory: temporaryDirectory),
                redaction: redaction, temporaryDirectory: temporaryDirectory))
        if let search { tools.append(WebSearchTool(setting: search, fetch: WebFetch(setting: web), redaction: redaction)) }
        tools.append(TodoWriteTool())
        tools.append(SkillTool(skills: skills))
        if subagents { tools += [TaskTool(paths: paths), TaskOutputTool(), TaskStopTool()] as [any Tool] }
        tools.append(AskUserTool())
        tools.append(ExitSpecModeTool(folder: plans))
        all = tools
    }

    package func tools(for scope: ToolScope) async -> [any Tool] {
        let offered = offered(
            to: scope.dialect, adding: scope.selection.additional, canAskUser: scope.canAskUser, isPlanning: scope.isPlanning
        )
        .filter { scope.caller == nil || !BuiltinTools.delegation.contains($0.definition.name) }
        .filter { scope.selection.allows($0.definition.name) }
        guard let place = scope.skills, await skills.hasSkills(for: place) else {
            return offered.filter { $0.definition.name != SkillTool.name }
        }
        return offered
    }

    /// What a run may select from in which nobody can be asked: the usual tools of a dialect's models and those added to them.
    package func catalogue(ofRunsFor dialect: String, adding additional: [String]) -> [ToolDefinition] {
        offered(to: dialect, adding: additional, canAskUser: false).map(\.definition)
    }

    /// Every tool that a run can have in which nobody can be asked.
    package var definitionsOfRuns: [ToolDefinition] { every.filter { $0.name != AskUserTool.name } }

    /// Any tool there is; offered or not.
    package func tool(named name: String) -> (any Tool)? { all.first { $0.definition.name == name } }

    private func offered(
        to dialect: String, adding additional: [String], canAskUser: Bool, isPlanning: Bool = false
    ) -> [any Tool] {
        let optional = dialect == "openai" ? "Edit" : "ApplyPatch"
        return all.filter { tool in
            switch tool.definition.name {
            case optional: additional.contains(optional)
            case AskUserTool.name: canAskUser
            case Plan.tool: isPlanning
            default: true
            }
        }
    }
}

/// For clients that stay, and so can be asked.
extension BuiltinTools: ToolCatalogue {
    package var every: [ToolDefinition] { all.map(\.definition) }

    package func catalogue(for dialect: String, adding additional: [String]) -> [ToolDefinition] {
        offered(to: dialect, adding: additional, canAskUser: true).map(\.definition)
    }
}
