import ApusBase
import ApusCore
import DroidWire

/// Permission requests and their answers in the words of the protocol (`droid.md` §4.1).
enum DroidPermission {
    /// - Parameter isNew: The client knows the words that came later (§0, 15).
    static func params(for request: ApprovalRequest, session: SessionID, isNew: Bool) -> RequestPermissionParams {
        let call = ToolCall(id: request.call, name: request.tool, input: request.input)
        let options = request.options.compactMap { choice -> DroidConfirmationOption? in
            // Of edited inputs the protocol carries plans only, and no word of it is about one command.
            if choice == .proceedEdited && request.plan == nil || choice == .proceedAlwaysCommand { return nil }
            let outcome = outcome(for: choice)
            let label = request.plan == nil ? choice.label : choice.labelForPlan
            return isNew || outcome.isKnownToEveryClient ? DroidConfirmationOption(label: label, value: outcome) : nil
        }
        return RequestPermissionParams(
            sessionId: session.rawValue, toolUses: [DroidToolConfirmation(DroidToolUseBlock(call), details(of: request))],
            options: options)
    }

    static func outcome(for choice: ApprovalChoice) -> ToolConfirmationOutcome {
        switch choice {
        case .proceedOnce: .proceedOnce
        // Told to those who did not choose it.
        case .proceedAlways, .proceedAlwaysCommand: .proceedAlways
        case .proceedAlwaysFile: .proceedAlwaysFile
        case .proceedAlwaysTool: .proceedAlwaysTools
        case .proceedAlwaysServer: .proceedAlwaysServer
        case .autoRun: .proceedAutoRun
        case .autoRunLow: .proceedAutoRunLow
        case .autoRunMedium: .proceedAutoRunMedium
        case .autoRunHigh: .proceedAutoRunHigh
        case .newSession: .proceedNewSession
        case .newSessionLow: .proceedNewSessionLow
        case .newSessionMedium: .proceedNewSessionMedium
        case .newSessionHigh: .proceedNewSessionHigh
        case .proceedEdited: .proceedEdit
        case .cancel: .cancel
        }
    }

    /// `nil` for words of versions to come.
    static func choice(for outcome: ToolConfirmationOutcome) -> ApprovalChoice? {
        switch outcome {
        case .proceedOnce: .proceedOnce
        case .proceedAlways: .proceedAlways
        case .proceedAlwaysFile: .proceedAlwaysFile
        case .proceedAlwaysTools: .proceedAlwaysTool
        case .proceedAlwaysServer: .proceedAlwaysServer
        case .proceedAutoRun: .autoRun
        case .proceedAutoRunLow: .autoRunLow
        case .proceedAutoRunMedium: .autoRunMedium
        case .proceedAutoRunHigh: .autoRunHigh
        case .proceedNewSession: .newSession
        case .proceedNewSessionLow: .newSessionLow
        case .proceedNewSessionMedium: .newSessionMedium
        case .proceedNewSessionHigh: .newSessionHigh
        case .proceedEdit: .proceedEdited
        case .cancel: .cancel
        case .unknown: nil
        }
    }

    // MARK: Details

    private static func details(of request: ApprovalRequest) -> DroidConfirmationDetails {
        let input = request.input
        func text(_ keys: String...) -> String? { keys.lazy.compactMap { input[$0]?.stringValue }.first }
        if let plan = request.plan {
            return .exitSpecMode(
                DroidSpecConfirmation(plan: plan.text, title: plan.title, optionNames: plan.options.isEmpty ? nil : plan.options))
        }
        switch request.tool {
        case "Execute":
            guard let command = text("command") else { break }
            return .exec(
                DroidExecConfirmation(
                    fullCommand: command, command: command, extractedCommands: [command], impactLevel: request.risk,
                    riskLevelReason: request.reason))
        case "Create":
            guard let path = text("file_path", "path") else { break }
            return .create(
                DroidCreateConfirmation(filePath: path, fileName: path.lastPathComponent, content: text("content") ?? ""))
        case "Edit":
            guard let path = text("file_path", "path") else { break }
            return .edit(
                DroidEditConfirmation(
                    filePath: path, fileName: path.lastPathComponent, oldContent: text("old_str", "old_string"),
                    newContent: text("new_str", "new_string")))
        case "ApplyPatch":
            guard let patch = text("input") else { break }
            let files = files(in: patch)
            let path = files.first?.filePath ?? ""
            return .applyPatch(
                DroidPatchConfirmation(filePath: path, fileName: path.lastPathComponent, patchContent: patch, files: files))
        default: break
        }
        // Also for tools of ours that the protocol has no shape for.
        let halves = halves(of: request)
        return .mcpTool(
            DroidMcpToolConfirmation(
                toolName: request.tool, impactLevel: request.risk, serverName: halves?.server, actualToolName: halves?.tool))
    }

    /// `nil` for what no server does.
    private static func halves(of request: ApprovalRequest) -> (server: String, tool: String)? {
        if let server = ResourceTools.server(of: request.tool, input: request.input) { return (server, request.tool) }
        return request.tool.firstRange(of: "___").map {
            (String(request.tool[..<$0.lowerBound]), String(request.tool[$0.upperBound...]))
        }
    }

    private static func files(in patch: String) -> [DroidPatchedFile] {
        var files: [DroidPatchedFile] = []
        let marks: [(String, DroidPatchOperation)] = [
            ("*** Add File: ", .create), ("*** Update File: ", .update), ("*** Delete File: ", .delete),
        ]
        for line in patch.split(separator: "\n") {
            for (mark, operation) in marks where line.hasPrefix(mark) {
                let path = String(line.dropFirst(mark.count))
                files.append(DroidPatchedFile(filePath: path, fileName: path.lastPathComponent, operation: operation))
            }
            if line.hasPrefix("*** Move to: "), !files.isEmpty {
                files[files.count - 1].moveTo = String(line.dropFirst("*** Move to: ".count))
            }
        }
        return files
    }
}
