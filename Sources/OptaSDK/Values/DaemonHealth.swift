/// What a daemon speaks.
public struct DaemonContract: Sendable, Hashable {
    /// `opta-daemon-v3`.
    public let name: String
    /// 1.
    public let version: Int

    /// From its parts.
    public init(name: String, version: Int) {
        self.name = name
        self.version = version
    }

    /// What this library speaks.
    public static let expected = DaemonContract(name: "opta-daemon-v3", version: 1)
}

/// How a daemon is (`opta-v3.md` §2.4 #2).
public struct DaemonHealth: Sendable, Hashable {
    /// `ok`.
    public let status: String
    /// Of the daemon's program.
    public let version: String?
    /// New with every start.
    public let daemonID: String
    /// ``DaemonContract/expected``; anything else is thrown.
    public let contract: DaemonContract
    /// What it is doing.
    public let runtime: DaemonRuntime
    /// The whole answer.
    public let json: JSON

    init(_ answer: AnswerObject) throws {
        let told = answer.json["contract"]
        let contract = told?["name"]?.stringValue.flatMap { name in
            told?["version"]?.intValue.map { DaemonContract(name: name, version: $0) }
        }
        guard let contract, contract == .expected else { throw DaemonContractError(contract: contract) }
        self.contract = contract
        status = try answer.text("status")
        daemonID = try answer.text("daemonId")
        version = answer.json["version"]?.stringValue
        runtime = DaemonRuntime(answer.json["runtime"] ?? [:])
        json = answer.json
    }
}

/// What a daemon is doing (`opta-v3.md` §2.4 #2). Numbers that it does not tell are 0.
public struct DaemonRuntime: Sendable, Hashable {
    /// In memory.
    public let sessionCount: Int
    /// That run.
    public let activeTurnCount: Int
    /// That wait.
    public let queuedTurnCount: Int
    /// Sockets and streams.
    public let subscriberCount: Int
    /// Turns taken since the start.
    public let ingressSeq: Int64
    /// In milliseconds, of the last 100 turns.
    public let latencyP50: Double
    /// In milliseconds, of the last 100 turns.
    public let latencyP99: Double
    /// All of it.
    public let json: JSON

    init(_ json: JSON) {
        self.json = json
        sessionCount = json["sessionCount"]?.intValue ?? 0
        activeTurnCount = json["activeTurnCount"]?.intValue ?? 0
        queuedTurnCount = json["queuedTurnCount"]?.intValue ?? 0
        subscriberCount = json["subscriberCount"]?.intValue ?? 0
        ingressSeq = Int64(json["ingressSeq"]?.intValue ?? 0)
        latencyP50 = json["latency"]?["p50Ms"]?.doubleValue ?? 0
        latencyP99 = json["latency"]?["p99Ms"]?.doubleValue ?? 0
    }
}

/// ``DaemonRuntime`` at a time (`opta-v3.md` §2.5 #4).
public struct DaemonMetrics: Sendable, Hashable {
    /// New with every start.
    public let daemonID: String
    /// What it is doing.
    public let runtime: DaemonRuntime
    /// ISO 8601 in UTC.
    public let ts: String

    init(_ answer: AnswerObject) throws {
        daemonID = try answer.text("daemonId")
        runtime = DaemonRuntime(answer.json["runtime"] ?? [:])
        ts = try answer.text("ts")
    }
}
