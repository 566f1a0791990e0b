import ApusBase
package import ApusCore
package import ApusSettings

/// The files that name servers: the user's own, which is read and written, and others that are only read.
package struct MCPConfigurationFiles: Sendable {
    /// A file that is read and never written.
    package struct Other: Sendable {
        package var path: String
        package var source: MCPServerStatus.Source
        /// Of a project: must lie in there, and counts only with bytes that are trusted.
        package var boundary: String?

        package init(path: String, source: MCPServerStatus.Source, boundary: String? = nil) {
            self.path = path
            self.source = source
            self.boundary = boundary
        }
    }

    /// A server with all files considered.
    struct Found: Hashable, Sendable {
        var entry: MCPServerEntry
        var source: MCPServerStatus.Source
    }

    /// Where the tokens of sign-ins are kept.
    let tokens: String
    /// Servers to choose from.
    let registry: MCPRegistryFile
    private let own: String
    private let others: [Other]
    /// Named for this run, and stronger than the user's own.
    private let named: Other?
    private let environment: [String: String]
    private let trust: @Sendable () -> SettingsTrust
    let announce: @Sendable (String) -> Void

    /// - Parameters:
    ///   - others: strongest first; all are weaker than the user's own.
    ///   - named: a file for this run.
    ///   - trust: asked anew with each reading.
    package init(
        paths: CompatibilityPaths, others: [Other] = [], named: String? = nil, environment: [String: String],
        trust: @escaping @Sendable () -> SettingsTrust = { .none }, announce: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        own = paths.apusHome + "/mcp.json"
        tokens = paths.apusHome + "/mcp-tokens.json"
        registry = MCPRegistryFile(path: paths.apusHome + "/mcp-registry.json")
        self.others = [Other(path: paths.factoryHome + "/mcp.json", source: .user)] + others
        self.named = named.map { Other(path: $0, source: .session) }
        self.environment = environment
        self.trust = trust
        self.announce = announce
    }

    /// All servers, in the order in which they were named. What cannot be read is announced and left out.
    func read() -> [Found] {
        var found: [Found] = []
        // From the weakest, so that switches find what they are about.
        for file in lasting + (named.map { [$0] } ?? []) {
            for (entry, _) in entries(of: file) {
                let weaker = found.firstIndex { $0.entry.name == entry.name }
                let merged = Found(
                    entry: entry.over(weaker.map { found[$0].entry }),
                    source: entry.transport == nil ? weaker.map { found[$0].source } ?? file.source : file.source)
                if let weaker { found[weaker] = merged } else { found.append(merged) }
            }
        }
        return found.filter { $0.entry.transport != nil }
    }

    /// The files that outlive this run, from the weakest.
    private var lasting: [Other] { others.reversed() + [Other(path: own, source: .user)] }

    /// All servers of the files that outlive this run, as they are written.
    func configured() -> [MCPConfiguredServer] {
        var servers: [(entry: MCPServerEntry, shown: MCPConfiguredServer)] = []
        for file in lasting {
            for (entry, members) in entries(of: file) {
                let weaker = servers.firstIndex { $0.entry.name == entry.name }
                if entry.transport != nil {
                    let shown = MCPConfiguredServer(
                        name: entry.name, configuration: members, source: file.source, isDisabled: entry.isDisabled)
                    if let weaker { servers[weaker] = (entry, shown) } else { servers.append((entry, shown)) }
                } else if let weaker {
                    let merged = entry.over(servers[weaker].entry)
                    servers[weaker].entry = merged
                    merged.putSwitches(into: &servers[weaker].shown.configuration, from: members)
                    servers[weaker].shown.isDisabled = merged.isDisabled
                }
            }
        }
        return servers.map(\.shown)
    }

    /// Why a file that somebody names cannot be used; `nil` when it can. One sentence.
    package static func complaint(about path: String, environment: [String: String]) -> String? {
        let shown = escapedForDisplay(path, keepingNewlines: false)
        do throws(ConfigurationFile.Fault) {
            guard let bytes = try ConfigurationFile.read(path) else { return "There is no file \(shown)." }
            guard let servers = try members(of: bytes, path)["mcpServers"]?.objectValue else {
                return "\(shown) has no object \"mcpServers\"."
            }
            for (name, value) in servers {
                do throws(MCPServerEntry.Fault) {
                    _ = try MCPServerEntry(name, value, environment: environment)
                } catch {
                    return "\(shown): the MCP server \"\(MCPFault.shown(name, limit: 80))\" \(error.complaint)."
                }
            }
            return nil
        } catch {
            return "\(shown) cannot be read: \(error.reason)."
        }
    }

    // MARK: The user's own

    /// What the user's own file says of a server; `nil` when it says nothing.
    func own(_ name: String) throws(MCPServersError) -> JSONValue? { try document()["mcpServers"]?[name] }

    /// Changes what the user's own file says of one server, and leaves everything else in it as it is, comments and white space too.
    ///
    /// - Parameter body: gets what the file says now; nobody else changes it until it is written. What it throws leaves the file as it is.
    func change(_ name: String, _ body: (JSONValue?) throws(MCPServersError) -> JSONValue?) throws(MCPServersError) {
        // One that cannot be understood is told as such.
        _ = try document()
        var refusal: MCPServersError?
        do throws(ConfigurationFile.Fault) {
            try ConfigurationFile.change(own) { bytes throws(ConfigurationFile.Fault) in
                var document = try Self.members(of: bytes ?? [], own)
                var servers = document["mcpServers"]?.objectValue ?? JSONObject()
                do throws(MCPServersError) {
                    servers[name] = try body(servers[name])
                } catch {
                    refusal = error
                    throw .unreadable("the change was refused")
                }
                document["mcpServers"] = .object(servers)
                do throws(JSONWithComments.Fault) {
                    return try JSONWithComments.rewritten(bytes ?? [], as: .object(document))
                } catch {
                    throw .unreadable(error.description)
                }
            }
        } catch {
            if let refusal { throw refusal }
            if case .tooLarge(let limit) = error { throw .file("\(own) would be larger than \(limit) bytes; it was left as it is.") }
            throw .file("\(own) cannot be written: \(error.reason). Make its folder writable, or set APUS_HOME to another one.")
        }
    }

    private func document() throws(MCPServersError) -> JSONObject {
        do throws(ConfigurationFile.Fault) {
            guard let bytes = try ConfigurationFile.read(own) else { return JSONObject() }
            return try Self.members(of: bytes, own)
        } catch {
            throw .file("\(own) cannot be read: \(error.reason).")
        }
    }

    private static func members(of bytes: [UInt8], _ path: String) throws(ConfigurationFile.Fault) -> JSONObject {
        if bytes.allSatisfy({ $0 <= 0x20 }) { return JSONObject() }
        do throws(JSONWithComments.Fault) {
            guard let members = try JSONWithComments.parse(bytes).objectValue else {
                throw JSONWithComments.Fault(line: 1, column: 1, what: "no object")
            }
            return members
        } catch {
            throw .unreadable(error.description)
        }
    }

    // MARK: Reading

    private func entries(of file: Other) -> [(MCPServerEntry, JSONObject)] {
        let members: JSONObject
        do throws(ConfigurationFile.Fault) {
            guard let bytes = try ConfigurationFile.read(file.path, beneath: file.boundary) else { return [] }
            // Whoever read the settings has told what is not trusted.
            if file.boundary != nil, !trust().accepts(file.path, bytes) { return [] }
            members = try Self.members(of: bytes, file.path)
        } catch {
            announce("\(file.path) was skipped: \(error.reason). None of its MCP servers was started.")
            return []
        }
        guard let servers = members["mcpServers"]?.objectValue else { return [] }
        var entries: [(MCPServerEntry, JSONObject)] = []
        for (name, value) in servers {
            do throws(MCPServerEntry.Fault) {
                entries.append((try MCPServerEntry(name, value, environment: environment), value.objectValue ?? [:]))
            } catch {
                announce("\(file.path): the MCP server \"\(MCPFault.shown(name, limit: 80))\" \(error.complaint); it was skipped.")
            }
        }
        return entries
    }
}
