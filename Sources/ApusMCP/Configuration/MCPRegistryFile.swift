import ApusBase
import ApusCore
import ApusSettings

/// `<APUS_HOME>/mcp-registry.json`: servers that clients offer to add, written by whoever looks after this machine.
///
/// `{"servers": [{"name", "description", "type", "command", "args", "url", "note", "logoUrl"}]}`, with comments as in the other files. Nothing of it
/// is started or asked.
struct MCPRegistryFile: Sendable {
    let path: String

    /// Empty when there is no file.
    func read() throws(MCPServersError) -> [MCPOfferedServer] {
        let document: JSONValue
        do throws(ConfigurationFile.Fault) {
            guard let bytes = try ConfigurationFile.read(path), !bytes.allSatisfy({ $0 <= 0x20 }) else { return [] }
            do throws(JSONWithComments.Fault) {
                document = try JSONWithComments.parse(bytes)
            } catch {
                throw ConfigurationFile.Fault.unreadable(error.description)
            }
        } catch {
            throw .file("\(path) cannot be read: \(error.reason).")
        }
        guard let entries = document["servers"]?.arrayValue else { throw .file("\(path) has no list \"servers\".") }
        var servers: [MCPOfferedServer] = []
        for (index, entry) in entries.enumerated() {
            guard let server = Self.server(entry) else {
                throw .file(
                    "\(path): servers[\(index)] needs texts \"name\" and \"description\", a \"type\" that is stdio, http or sse, and what that needs: "
                        + "a \"command\" or a \"url\".")
            }
            servers.append(server)
        }
        return servers
    }

    private static func server(_ entry: JSONValue) -> MCPOfferedServer? {
        guard let name = text(entry, "name"), let summary = entry["description"]?.stringValue else { return nil }
        let transport: MCPOfferedServer.Transport
        switch entry["type"]?.stringValue {
        case "stdio":
            let arguments = entry["args"]?.arrayValue ?? []
            let words = arguments.compactMap(\.stringValue)
            guard let command = text(entry, "command"), words.count == arguments.count else { return nil }
            transport = .stdio(command: command, arguments: words)
        case "http":
            guard let url = text(entry, "url") else { return nil }
            transport = .http(url: url)
        case "sse":
            guard let url = text(entry, "url") else { return nil }
            transport = .sse(url: url)
        default: return nil
        }
        return MCPOfferedServer(
            name: name, summary: summary, transport: transport, note: text(entry, "note"), logo: text(entry, "logoUrl"))
    }

    private static func text(_ entry: JSONValue, _ key: String) -> String? {
        entry[key]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
    }
}
