import ApusBase
import ApusCore
import ApusDaemon
import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `apus mcp`: the servers of the user's own `mcp.json`.
struct MCPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp", abstract: "Adds, removes and lists MCP servers, whose tools runs get.",
        subcommands: [Add.self, Remove.self, List.self, Auth.self, Logout.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Adds a server to your mcp.json.",
            discussion: """
                The server is an address, or a command with its arguments: in one word, cut at blanks, or after "--". Values may name \
                variables of the environment as ${NAME}; they are written to the file as they are here.
                """)

        enum Kind: String, ExpressibleByArgument, CaseIterable { case stdio, http, sse }

        @Argument(help: "The server's name: letters, digits, \"_\", \"-\" and \".\".")
        var name: String

        @Argument(help: ArgumentHelp("An address, or a command and its arguments.", valueName: "url-or-command"))
        var words: [String]

        @Option(help: "How it is reached; known from the words unless given.")
        var type: Kind?

        @Option(help: ArgumentHelp("A variable for the command. Repeatable.", valueName: "NAME=VALUE"))
        var env: [String] = []

        @Option(help: ArgumentHelp("A header for every request. Repeatable.", valueName: "Name: value"))
        var header: [String] = []

        func validate() throws { _ = try server() }

        func run() async throws {
            let server = try server()
            do throws(MCPServersError) {
                try await MCPCommand.list.add(server)
            } catch {
                MCPCommand.fail(error)
            }
            Terminal.output("Added: \(server.name)\n")
        }

        private func server() throws -> MCPServerConfiguration {
            let first = words.first ?? ""
            let isAddress = words.count == 1 && (first.hasPrefix("http://") || first.hasPrefix("https://"))
            switch type ?? (isAddress ? .http : .stdio) {
            case .http, .sse:
                if !env.isEmpty { throw ValidationError("--env is for commands; \(name) is reached by HTTP. Use --header.") }
                guard words.count == 1 else { throw ValidationError("A server that is reached by HTTP takes one address.") }
                let headers = try header.map(Self.header)
                return MCPServerConfiguration(
                    name: name, transport: type == .sse ? .sse(url: first, headers: headers) : .http(url: first, headers: headers))
            case .stdio:
                if !header.isEmpty { throw ValidationError("--header is for servers that are reached by HTTP; use --env.") }
                let words = words.count == 1 ? first.split(separator: " ").map(String.init) : words
                guard let command = words.first else { throw ValidationError("The command is empty.") }
                let pairs = try env.map(Self.variable)
                return MCPServerConfiguration(
                    name: name,
                    transport: .stdio(
                        command: command, arguments: Array(words.dropFirst()),
                        environment: Dictionary(pairs, uniquingKeysWith: { $1 })))
            }
        }

        private static func variable(_ text: String) throws -> (String, String) {
            guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
                throw ValidationError("--env \(text): write NAME=VALUE.")
            }
            return (String(text[..<sign]), String(text[text.index(after: sign)...]))
        }

        private static func header(_ text: String) throws -> MCPServerConfiguration.Header {
            guard let colon = text.firstIndex(of: ":"), colon > text.startIndex else {
                throw ValidationError("--header \(text): write \"Name: value\".")
            }
            let value = text[text.index(after: colon)...].drop { $0 == " " }
            return MCPServerConfiguration.Header(name: String(text[..<colon]), value: String(value))
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "remove", abstract: "Removes a server from your mcp.json.")

        @Argument(help: "The server's name.")
        var name: String

        func run() async throws {
            do throws(MCPServersError) {
                try await MCPCommand.list.remove(name)
            } catch {
                MCPCommand.fail(error)
            }
            Terminal.output("Removed: \(name)\n")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Connects to all servers, as a run here would, and shows how they stand.")

        @Flag(help: "For programs.")
        var json = false

        func run() async throws {
            let statuses = await MCPCommand.list.statuses()
            if json { return Terminal.output(JSONValue.array(statuses.map(Self.object)).serialized() + "\n") }
            if statuses.isEmpty { Terminal.diagnostics("There are no MCP servers. Add one with: apus mcp add <name> <url-or-command>") }
            for status in statuses {
                let tools = status.toolCount.map { ", \($0) \($0 == 1 ? "tool" : "tools")" } ?? ""
                let error = status.error.map { ": " + $0 } ?? ""
                let line =
                    "\(status.name)  \(status.phase.rawValue) (\(status.transport), of the \(status.source.rawValue)\(tools))\(error)"
                Terminal.output(escapedForDisplay(line, keepingNewlines: false) + "\n")
            }
        }

        private static func object(_ status: MCPServerStatus) -> JSONValue {
            var object: JSONObject = [
                "name": .string(status.name), "status": .string(status.phase.rawValue), "source": .string(status.source.rawValue),
                "serverType": .string(status.transport),
            ]
            for (key, count) in [
                ("toolCount", status.toolCount), ("resourceCount", status.resourceCount), ("promptCount", status.promptCount),
            ] {
                if let count { object[key] = .integer(Int64(count)) }
            }
            if status.hasTokens { object["hasAuthTokens"] = true }
            if status.needsSignIn { object["requiresAuth"] = true }
            if let error = status.error { object["error"] = .string(error) }
            return .object(object)
        }
    }

    static var list: ServerList {
        var configuration = DaemonConfiguration(environment: ProcessEnvironment.current) { Terminal.diagnostics($0) }
        configuration.workingDirectory = WorkingDirectory.resolved(".")
        return ServerList(configuration)
    }

    static func fail(_ error: MCPServersError) -> Never {
        Terminal.diagnostics(escapedForDisplay(error.description, keepingNewlines: false))
        _exit(1)
    }
}
