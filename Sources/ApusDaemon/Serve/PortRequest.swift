import ApusBase
package import ApusFronts
import ApusServer

/// One port that a process wants opened, by the daemon that it becomes or by the one that owns the home already.
package struct PortRequest: Hashable, Sendable {
    /// What is spoken there.
    package enum Kind: Hashable, Sendable {
        case droid
        case qwen(QwenSetting)
        case opta(OptaPlace)

        /// As the state file and `apus daemon status` tell it.
        package var name: String {
            switch self {
            case .droid: "droid"
            case .qwen: "qwen"
            case .opta: "opta"
            }
        }
    }

    package var kind: Kind
    /// An address or a name of this machine.
    package var host: String
    /// 0 lets the system choose.
    package var port: Int
    /// Further names that clients may ask for it under.
    package var allowedHosts: [String] = []
    package var certificatePath: String?
    package var keyPath: String?
    /// Whether it may be reachable from other machines without TLS.
    package var allowsPlain = false
    /// Of this port alone; `nil` shares the daemon's bound.
    package var maximumConnections: Int?

    package init(_ kind: Kind, host: String, port: Int) {
        self.kind = kind
        self.host = host
        self.port = port
    }

    /// What it is refused with before anything is opened.
    package var refusal: String? {
        BindRule.refusal(host: host, certificate: certificatePath, key: keyPath, allowsPlain: allowsPlain)
    }

    var listener: ListenerSetting {
        var setting = ListenerSetting(host: host, port: port, allowedHosts: allowedHosts)
        if let certificatePath, let keyPath { setting.tls = TLSSetting(certificatePath: certificatePath, keyPath: keyPath) }
        if let maximumConnections { setting.limits.connections = maximumConnections }
        return setting
    }

    /// Whether a port that was opened for this does all that somebody asks for who wants `other`: the same in everything, and reachable under
    /// every name that is asked for.
    ///
    /// - Parameter port: what was opened, also where any would have done.
    func answers(_ other: PortRequest, at port: Int) -> Bool {
        var same = self
        same.port = port
        if Set(other.allowedHosts).isSubset(of: allowedHosts) { same.allowedHosts = other.allowedHosts }
        if case .opta(let place) = kind, case .opta(let wanted) = other.kind, place.serves(wanted) {
            same.kind = other.kind
            if wanted.takesAnotherPort, OptaPlace.otherPorts.contains(port) { same.port = other.port }
        }
        return same == other
    }

    // MARK: - On the control socket

    var json: JSONObject {
        var object: JSONObject = [
            "host": .string(host), "port": .integer(Int64(port)), "insecure": .bool(allowsPlain),
            "allowHosts": .array(allowedHosts.map { .string($0) }),
        ]
        if let certificatePath { object["tlsCert"] = .string(certificatePath) }
        if let keyPath { object["tlsKey"] = .string(keyPath) }
        if let maximumConnections { object["maxConnections"] = .integer(Int64(maximumConnections)) }
        switch kind {
        case .droid: break
        case .qwen(let setting): object["qwen"] = .object(setting.json)
        case .opta(let place): object["opta"] = .object(place.json)
        }
        return object
    }

    /// `nil` for what this version does not understand.
    init?(_ kind: Kind, json: JSONValue) {
        guard let host = json["host"]?.stringValue, let port = json["port"]?.integerValue, 0...65_535 ~= port else { return nil }
        self.init(kind, host: host, port: Int(port))
        allowedHosts = (json["allowHosts"]?.arrayValue ?? []).compactMap(\.stringValue)
        certificatePath = json["tlsCert"]?.stringValue
        keyPath = json["tlsKey"]?.stringValue
        allowsPlain = json["insecure"] == true
        maximumConnections = json["maxConnections"]?.integerValue.map { Int($0) }
    }
}

extension QwenSetting {
    /// The token in it goes to the owner's own daemon, through a socket that nobody else can open.
    var json: JSONObject {
        var object: JSONObject = [
            "hostname": .string(hostname), "loopback": .bool(isLoopback), "open": .bool(isOpen), "requireAuth": .bool(requiresAuth),
            "nonBlocking": .bool(isNonBlocking), "maxSubscribers": .integer(Int64(maximumSubscribers)),
            "heartbeatMs": .integer(heartbeat.milliseconds),
        ]
        if let token { object["token"] = .string(token) }
        if let maximumSessions { object["maxSessions"] = .integer(Int64(maximumSessions)) }
        if let workspace { object["workspace"] = .string(workspace) }
        if let ringSize { object["ringSize"] = .integer(Int64(ringSize)) }
        if let permissionDeadline { object["permissionMs"] = .integer(permissionDeadline.milliseconds) }
        return object
    }

    init?(json: JSONValue) {
        guard let hostname = json["hostname"]?.stringValue, let loopback = json["loopback"]?.boolValue, let open = json["open"]?.boolValue,
            let requireAuth = json["requireAuth"]?.boolValue, let nonBlocking = json["nonBlocking"]?.boolValue,
            let subscribers = json["maxSubscribers"]?.integerValue, let heartbeat = json["heartbeatMs"]?.integerValue
        else { return nil }
        self.init()
        self.hostname = hostname
        isLoopback = loopback
        isOpen = open
        requiresAuth = requireAuth
        isNonBlocking = nonBlocking
        maximumSubscribers = Int(subscribers)
        self.heartbeat = .milliseconds(heartbeat)
        token = json["token"]?.stringValue
        maximumSessions = json["maxSessions"]?.integerValue.map { Int($0) }
        workspace = json["workspace"]?.stringValue
        ringSize = json["ringSize"]?.integerValue.map { Int($0) }
        permissionDeadline = json["permissionMs"]?.integerValue.map { .milliseconds($0) }
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
