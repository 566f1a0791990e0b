import ApusBase
package import ApusCore
import ApusMCP
import ApusProcess
import ApusSettings

/// The MCP servers of the user and of a trusted project, from outside of a run: `apus mcp`.
package struct ServerList: Sendable {
    private let configuration: DaemonConfiguration

    package init(_ configuration: DaemonConfiguration) { self.configuration = configuration }

    package func add(_ server: MCPServerConfiguration) async throws(MCPServersError) { try await pool(nil).add(server) }
    package func remove(_ name: String) async throws(MCPServersError) { try await pool(nil).remove(name) }

    /// Why a file with servers cannot be used; `nil` when it can.
    package static func complaint(aboutFile path: String, _ environment: [String: String]) -> String? {
        MCPConfigurationFiles.complaint(about: path, environment: environment)
    }

    /// Connects to all of them, as a run would, and ends them again. Takes as long as the slowest, at most the limit of a handshake.
    package func statuses() async -> [MCPServerStatus] {
        await withServers { servers in
            await servers.settled(Self.session)
            return await servers.status(of: Self.session)
        }
    }

    /// Signs in to a server; what it wants is asked of it first. A person has five minutes.
    ///
    /// - Parameters:
    ///   - pasted: what the person types, where the callback does not reach us: the code, or the address it came in.
    ///   - show: told what the person must open.
    package func signIn(
        to server: String, pasted: @escaping @Sendable () async -> String?, show: @escaping @Sendable (MCPPendingSignIn) -> Void
    ) async throws(MCPServersError) -> MCPSignInOutcome {
        let result = await withServers { servers -> Result<MCPSignInOutcome, MCPServersError> in
            await servers.settled(Self.session)
            let news = servers.signInNews(of: Self.session)
            return await withTaskGroup(of: Result<MCPSignInOutcome, MCPServersError>?.self) { group in
                group.addTask {
                    for await one in news {
                        guard case .required(let pending) = one else { continue }
                        show(pending)
                        while let text = await pasted() {
                            // What belongs to another sign-in is passed over; the person may paste again.
                            let answer: Void? = try? await servers.answerSignIn(
                                to: server, state: pending.state, .code(text), in: Self.session)
                            if answer != nil { break }
                        }
                    }
                    return nil
                }
                group.addTask {
                    do throws(MCPServersError) {
                        return .success(try await servers.signIn(to: server, in: Self.session))
                    } catch {
                        return .failure(error)
                    }
                }
                defer { group.cancelAll() }
                while let end = await group.next() { if let end { return end } }
                return .success(.cancelled)
            }
        }
        return try result.get()
    }

    package func signOut(of server: String) async throws(MCPServersError) {
        let result = await withServers { servers -> Result<Void, MCPServersError> in
            do throws(MCPServersError) {
                return .success(try await servers.signOut(of: server, in: Self.session))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private static let session = SessionID("list")

    /// Lends connections to all servers and ends them.
    private func withServers<Value: Sendable>(_ body: @Sendable (MCPPool) async -> Value) async -> Value {
        let processes = ProcessTable(keeper: configuration.keeper)
        let servers = pool(processes)
        let value = await withTaskGroup(of: Void.self) { group in
            group.addTask { await servers.run() }
            await servers.attach([], to: Self.session)
            let value = await body(servers)
            servers.close()
            return value
        }
        await processes.terminateAll(within: .seconds(4))
        return value
    }

    private func pool(_ processes: ProcessTable?) -> MCPPool {
        // Settings that cannot be read are told where they are used; without them, nothing is allowed that they might forbid.
        let settings = try? ProjectSettings(configuration).read().settings
        return Daemon.servers(
            configuration, processes ?? ProcessTable(keeper: configuration.keeper),
            temporaryDirectory: configuration.environment["TMPDIR"] ?? "/tmp", rules: settings.map { MCPRules($0) } ?? .closed)
    }
}
