import ApusCore

extension ContextMeter {
    /// The tokens of a request while they are shared out.
    struct Tally {
        var tokens: [ContextUsage.Category: Int] = [:]
        var servers: [ContextUsage.Server] = []
        var skills: [ContextUsage.Source] = []
        var droids: [ContextUsage.Source] = []

        mutating func add(tool: String, tokens size: Int) {
            guard let end = tool.firstRange(of: "___")?.lowerBound else {
                tokens[.systemTools, default: 0] += size
                return
            }
            tokens[.mcpTools, default: 0] += size
            let server = String(tool[..<end])
            if let index = servers.firstIndex(where: { $0.name == server }) {
                servers[index].toolCount += 1
                servers[index].tokens += size
            } else {
                servers.append(ContextUsage.Server(name: server, toolCount: 1, tokens: size))
            }
        }

        /// A provider counted the whole; the messages are what is left of it when the rest is taken as estimated.
        mutating func fit(to whole: Int) {
            let rest = tokens.reduce(0) { $0 + ($1.key == .messages ? 0 : $1.value) }
            if rest > whole {
                tokens = tokens.mapValues { $0 * whole / rest }
                for index in servers.indices { servers[index].tokens = servers[index].tokens * whole / rest }
                for index in skills.indices { skills[index].tokens = skills[index].tokens * whole / rest }
                for index in droids.indices { droids[index].tokens = droids[index].tokens * whole / rest }
            }
            tokens[.messages] = nil
            tokens[.messages] = whole - tokens.values.reduce(0, +)
        }
    }
}
