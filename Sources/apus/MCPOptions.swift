import ApusDaemon
import ArgumentParser

/// MCP servers of one run (`droid-exec.md` §1.3).
struct MCPOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "MCP servers for this run, in a file like mcp.json. They come before those of all other files.", valueName: "path"),
        completion: .file())
    var mcpConfig: String?

    /// A file that cannot be used ends the run before anything else happens: who names it relies on it.
    func validate() throws {
        guard let path else { return }
        if let complaint = ServerList.complaint(aboutFile: path, ProcessEnvironment.current) {
            throw ValidationError("--mcp-config: \(complaint)")
        }
    }

    var path: String? { mcpConfig.map(WorkingDirectory.absolute) }
}
