package import ApusBase

/// What a daemon says of itself, for people.
package struct DaemonStatus: Sendable {
    package var process: Int64
    package var version: String
    package var phase: String
    package var startedAt: String
    package var listeners: [(protocolName: String, url: String, connections: Int64)] = []
    package var log: String

    package init(_ json: JSONValue) {
        process = json["pid"]?.integerValue ?? 0
        version = json["version"]?.stringValue ?? "?"
        phase = json["phase"]?.stringValue ?? "?"
        startedAt = json["startedAt"]?.stringValue ?? "?"
        log = json["log"]?.stringValue ?? "?"
        for listener in json["listeners"]?.arrayValue ?? [] {
            // Daemons of earlier versions spoke one.
            let protocolName = listener["protocol"]?.stringValue ?? "droid"
            listeners.append((protocolName, listener["url"]?.stringValue ?? "?", listener["connections"]?.integerValue ?? 0))
        }
    }

    package var protocols: Set<String> { Set(listeners.map(\.protocolName)) }
    package var urls: String { listeners.map(\.url).joined(separator: ", ") }

    package var text: String {
        var text = "Daemon \(version), pid \(process), \(phase) since \(startedAt)\n"
        for listener in listeners { text += "  \(listener.protocolName)  \(listener.url)  \(listener.connections) connected\n" }
        return text + "  log \(log)\n"
    }
}
