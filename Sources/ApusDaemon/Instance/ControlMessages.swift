import ApusBase
import ApusFronts

/// What is said over the control socket, one object a line. Both ends are of one installation; a daemon that an upgrade left running
/// answers what it does not know with an error.
enum ControlRequest {
    case status
    /// Drain and end.
    case stop
    /// Open a port for as long as the asking process holds the connection. Each protocol has a word of its own, so that an older daemon
    /// does not open a port of another kind.
    case listen(PortRequest)

    var json: JSONValue {
        switch self {
        case .status: return ["op": "status"]
        case .stop: return ["op": "stop"]
        case .listen(let request):
            var object = request.json
            switch request.kind {
            case .droid: object["op"] = "listen"
            case .qwen: object["op"] = "serve"
            case .opta: object["op"] = "serve-opta"
            }
            return .object(object)
        }
    }

    init?(_ json: JSONValue) {
        switch json["op"] {
        case "status": self = .status
        case "stop": self = .stop
        case "listen":
            guard let request = PortRequest(.droid, json: json) else { return nil }
            self = .listen(request)
        case "serve":
            guard let qwen = json["qwen"], let setting = QwenSetting(json: qwen), let request = PortRequest(.qwen(setting), json: json)
            else { return nil }
            self = .listen(request)
        case "serve-opta":
            guard let opta = json["opta"], let place = OptaPlace(json: opta), let request = PortRequest(.opta(place), json: json)
            else { return nil }
            self = .listen(request)
        default: return nil
        }
    }
}

enum ControlAnswer {
    static func failed(_ sentence: String) -> JSONValue { ["ok": false, "error": .string(sentence)] }
    /// Everything is stored and every child gone: the process ends now.
    static let end: JSONValue = ["event": "end"]
}
