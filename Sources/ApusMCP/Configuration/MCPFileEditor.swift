import ApusBase
import ApusCore

/// Changes the user's file, one change after the other.
actor MCPFileEditor {
    private let files: MCPConfigurationFiles

    init(files: MCPConfigurationFiles) { self.files = files }

    func add(_ server: MCPServerConfiguration) throws(MCPServersError) {
        if let obstacle = server.obstacle { throw .unusable(obstacle) }
        // Looked at while no other process can change the file.
        try files.change(server.name) { _ throws(MCPServersError) in
            if files.read().contains(where: { $0.entry.name == server.name }) { throw .exists(server.name) }
            return MCPServerEntry.json(server)
        }
    }

    func remove(_ name: String) throws(MCPServersError) {
        try files.change(name) { own throws(MCPServersError) in
            if own != nil { return nil }
            guard let found = files.read().first(where: { $0.entry.name == name }) else { throw .unknownServer(name) }
            throw .unusable(
                "The MCP server \"\(name)\" is named in a file that Apus does not write (of the \(found.source.rawValue)); switch it off instead."
            )
        }
    }

    func setEnabled(_ isEnabled: Bool, server: String) throws(MCPServersError) {
        try known(server)
        try files.change(server) { value in
            var object = value?.objectValue ?? JSONObject()
            object["disabled"] = .bool(!isEnabled)
            return .object(object)
        }
    }

    func setEnabled(_ isEnabled: Bool, tool: String, of server: String) throws(MCPServersError) {
        try known(server)
        try files.change(server) { value in
            var object = value?.objectValue ?? JSONObject()
            func list(_ key: String) -> [JSONValue]? { object[key]?.arrayValue }
            let name = JSONValue.string(tool)
            let disabled = (list("disabledTools") ?? []).filter { $0 != name }
            object["disabledTools"] = .array(isEnabled ? disabled : disabled + [name])
            if let enabled = list("enabledTools")?.filter({ $0 != name }) {
                object["enabledTools"] = .array(isEnabled ? enabled + [name] : enabled)
            }
            return .object(object)
        }
    }

    private func known(_ server: String) throws(MCPServersError) {
        guard files.read().contains(where: { $0.entry.name == server }) else { throw .unknownServer(server) }
    }
}
