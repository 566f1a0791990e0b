import ApusBase
import ApusCore
import DroidWire

/// The files that name MCP servers (`droid.md` §3.4, §3.5).
extension DroidConnection {
    func listRegistry(_ call: DroidCall<ListMcpRegistryParams>, _ client: ClientIdentity) async throws(DroidFailure)
        -> ListMcpRegistryResult
    {
        let offered: [MCPOfferedServer]
        do throws(MCPServersError) { offered = try await services.serverFiles.offeredServers() } catch { throw failure(error) }
        return ListMcpRegistryResult(servers: offered.map(DroidMcpRegistryEntry.init))
    }

    func serverConfiguration(_ call: DroidCall<GetMcpConfigParams>, _ client: ClientIdentity) async throws(DroidFailure)
        -> GetMcpConfigResult
    {
        GetMcpConfigResult(servers: await configuredServers())
    }

    /// What was done before a name that cannot be had stays; the answer says how things are then.
    func updateServerConfiguration(
        _ call: DroidCall<UpdateMcpConfigParams>, _ client: ClientIdentity
    ) async throws(DroidFailure) -> UpdateMcpConfigResult {
        let fault = try await change(call.params)
        if let fault, case .file = fault { throw unexpected(fault) }
        return UpdateMcpConfigResult(success: fault == nil, servers: await configuredServers(), error: fault?.description)
    }

    /// - Returns: why the rest was not done.
    private func change(_ params: UpdateMcpConfigParams) async throws(DroidFailure) -> MCPServersError? {
        let (names, servers) = (params.serverNames, services.servers)
        if names.isEmpty { throw Self.wrong("serverNames", "An update of MCP servers names at least one") }
        switch params.action {
        case .add:
            guard names.count == 1, let members = params.serverConfig?.objectValue else {
                throw Self.wrong("serverConfig", "An MCP server is added by one name in \"serverNames\" and the object \"serverConfig\"")
            }
            let server = try Self.server(names[0], members)
            return await Self.fault(names) { _ throws(MCPServersError) in try await servers.add(server) }
        case .remove: return await Self.fault(names) { name throws(MCPServersError) in try await servers.remove(name) }
        case .enable: return await Self.fault(names) { name throws(MCPServersError) in try await servers.setEnabled(true, server: name) }
        case .disable: return await Self.fault(names) { name throws(MCPServersError) in try await servers.setEnabled(false, server: name) }
        case .unknown(let action): throw Self.wrong("action", "\"\(action)\" is none of add, remove, enable and disable")
        }
    }

    private static func fault(_ names: [String], _ work: (String) async throws(MCPServersError) -> Void) async -> MCPServersError? {
        for name in names {
            do throws(MCPServersError) { try await work(name) } catch { return error }
        }
        return nil
    }

    /// A server as it stands in a file: the name is its key, and the type may be left to be seen.
    private static func server(_ name: String, _ members: JSONObject) throws(DroidFailure) -> MCPServerConfiguration {
        var members = members
        members["name"] = .string(name)
        if members["type"] == nil { members["type"] = members["command"] == nil ? "http" : "stdio" }
        let params: AddMcpServerParams
        do throws(DroidDecodingError) {
            params = try AddMcpServerParams(from: .object(members), .closed)
        } catch {
            throw .invalidParams(
                DroidMethod.updateMcpConfig.rawValue, DroidDecodingError(at: "serverConfig." + error.path, error.reason))
        }
        return try MCPServerConfiguration(params)
    }

    private static func wrong(_ path: String, _ sentence: String) -> DroidFailure {
        DroidFailure(.invalidParams, sentence, data: ["path": .string(path)])
    }

    private func configuredServers() async -> [DroidMcpConfigEntry] {
        await services.serverFiles.configuredServers().map { server in
            DroidMcpConfigEntry(
                name: server.name, config: .object(server.configuration), source: server.source.wire,
                status: server.isDisabled ? .disabled : nil)
        }
    }
}

extension DroidMcpRegistryEntry {
    init(_ server: MCPOfferedServer) {
        switch server.transport {
        case .stdio(let command, let arguments):
            self.init(name: server.name, description: server.summary, type: .stdio)
            (self.command, args) = (command, arguments)
        case .http(let url):
            self.init(name: server.name, description: server.summary, type: .http)
            self.url = url
        case .sse(let url):
            self.init(name: server.name, description: server.summary, type: .sse)
            self.url = url
        }
        (note, logoUrl) = (server.note, server.logo)
    }
}
