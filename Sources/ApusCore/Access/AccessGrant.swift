/// A standing permission that somebody gave with an answer. Holds for its session, where a person could be asked, and never for
/// what every level asks about.
package enum AccessGrant: Hashable, Sendable {
    /// The kinds of touching that "always" may be said about.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case session, read, write, command, fetch, server, plan, delegate
    }

    case kind(Kind, upTo: AutonomyLevel)
    /// Writing this absolute path.
    case file(String)
    /// A tool by its name; one that many servers share by ``subject(of:_:)``.
    case tool(String, upTo: AutonomyLevel)
    case server(String, upTo: AutonomyLevel)
    /// These very bytes of a command, in this directory.
    case command(String, directory: String)

    /// What a permission about a tool is about. The tools that read what servers offer are the same for all servers, so that theirs names
    /// the server too, in a spelling that no tool's name can have.
    package static func subject(of tool: String, _ request: AccessRequest) -> String {
        guard ResourceTools.contains(tool), let server = request.server else { return tool }
        return "MCP:\(server)/\(tool)"
    }

    /// What `choice` gives for good beyond the call itself; empty where it gives nothing.
    package static func given(
        by choice: ApprovalChoice, tool: String, _ request: AccessRequest, required: AutonomyLevel, in directory: String
    ) -> [AccessGrant] {
        let subject = subject(of: tool, request)
        return switch choice {
        // Servers have nothing in common but that we know none of them: "always" is about this one's tool.
        case .proceedAlways: [request.server == nil ? .kind(request.action.kind, upTo: required) : .tool(subject, upTo: required)]
        case .proceedAlwaysFile: request.action.writtenPaths.map { .file($0) }
        case .proceedAlwaysTool: [.tool(subject, upTo: required)]
        case .proceedAlwaysServer: request.server.map { [.server($0, upTo: required)] } ?? []
        case .proceedAlwaysCommand: request.action.commandText.map { [.command($0, directory: directory)] } ?? []
        case .proceedOnce, .autoRun, .autoRunLow, .autoRunMedium, .autoRunHigh, .newSession, .newSessionLow, .newSessionMedium,
            .newSessionHigh, .proceedEdited, .cancel:
            []
        }
    }
}

extension Sequence<AccessGrant> {
    /// Whether these let `tool` do what it declared, which needs `required`.
    package func cover(tool: String, _ request: AccessRequest, required: AutonomyLevel, in directory: String) -> Bool {
        let subject = AccessGrant.subject(of: tool, request)
        var files: Set<String> = []
        for grant in self {
            switch grant {
            case .kind(let kind, let limit) where kind == request.action.kind && required <= limit: return true
            case .tool(let name, let limit) where name == subject && required <= limit: return true
            case .server(let name, let limit) where name == request.server && required <= limit: return true
            // Staying behind when the run is over is more than the command alone.
            case .command(let text, directory) where text == request.action.commandText && !request.outlivesRun: return true
            case .file(let path): files.insert(path)
            case .kind, .tool, .server, .command: continue
            }
        }
        let paths = request.action.writtenPaths
        return !paths.isEmpty && files.isSuperset(of: paths)
    }
}

extension AccessRequest.Action {
    package var kind: AccessGrant.Kind {
        switch self {
        case .session: .session
        case .read: .read
        case .write: .write
        case .command: .command
        case .fetch: .fetch
        case .serverCall: .server
        case .plan: .plan
        case .delegate: .delegate
        }
    }

    package var writtenPaths: [String] {
        if case .write(let paths) = self { paths } else { [] }
    }

    package var commandText: String? {
        if case .command(let text, _) = self { text } else { nil }
    }
}
