import ApusBase
import ApusServer

/// What is said over the control socket, one object a line. Both ends are of one installation; a daemon that an upgrade left running
/// answers what it does not know with an error.
enum ControlRequest {
    case status
    /// Drain and end.
    case stop
    /// Open a port for as long as the asking process holds the connection.
    case listen(ListenerSetting, allowsPlain: Bool)

    var json: JSONValue {
        switch self {
        case .status: return ["op": "status"]
        case .stop: return ["op": "stop"]
        case .listen(let setting, let allowsPlain):
            var object: JSONObject = [
                "op": "listen", "host": .string(setting.host), "port": .integer(Int64(setting.port)), "insecure": .bool(allowsPlain),
                "allowHosts": .array(setting.allowedHosts.map { .string($0) }),
            ]
            if let tls = setting.tls {
                object["tlsCert"] = .string(tls.certificatePath)
                object["tlsKey"] = .string(tls.keyPath)
            }
            return .object(object)
        }
    }

    init?(_ json: JSONValue) {
        switch json["op"] {
        case "status": self = .status
        case "stop": self = .stop
        case "listen":
            guard let host = json["host"]?.stringValue, let port = json["port"]?.integerValue, 0...65_535 ~= port else { return nil }
            var setting = ListenerSetting(host: host, port: Int(port))
            setting.allowedHosts = (json["allowHosts"]?.arrayValue ?? []).compactMap(\.stringValue)
            if let certificate = json["tlsCert"]?.stringValue, let key = json["tlsKey"]?.stringValue {
                setting.tls = TLSSetting(certificatePath: certificate, keyPath: key)
            }
            self = .listen(setting, allowsPlain: json["insecure"] == true)
        default: return nil
        }
    }
}

enum ControlAnswer {
    static func failed(_ sentence: String) -> JSONValue { ["ok": false, "error": .string(sentence)] }
    /// Everything is stored and every child gone: the process ends now.
    static let end: JSONValue = ["event": "end"]
}
