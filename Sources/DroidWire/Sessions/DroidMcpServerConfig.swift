package import ApusBase

/// An MCP server that a client brings at init or load (§3.1). `type` tells the forms apart; without one it is a command.
///
/// Headers are a list here and a map in ``AddMcpServerParams``.
package enum DroidMcpServerConfig: DroidValue {
    case stdio(DroidMcpCommand)
    case http(DroidMcpEndpoint)
    case sse(DroidMcpEndpoint)

    package init(blank: DroidBlank) { self = .stdio(DroidMcpCommand(blank: blank)) }

    package var name: String {
        switch self {
        case .stdio(let command): command.name
        case .http(let endpoint), .sse(let endpoint): endpoint.name
        }
    }

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard let object = json.objectValue else { throw .wrongType("an object", json) }
        switch object["type"] {
        case nil, "stdio": self = .stdio(try DroidMcpCommand(members: object, besides: "type", reading))
        case "http": self = .http(try DroidMcpEndpoint(members: object, besides: "type", reading))
        case "sse": self = .sse(try DroidMcpEndpoint(members: object, besides: "type", reading))
        case .some(let type):
            let value = type.stringValue ?? type.serialized()
            throw DroidDecodingError.unknownValue(value, known: McpServerType.known.map(\.rawValue)).within("type")
        }
    }

    package func write(into writer: inout JSONWriter) {
        switch self {
        case .stdio(let command): command.write(into: &writer)
        case .http(let endpoint): endpoint.write(tagged: "type", "http", into: &writer)
        case .sse(let endpoint): endpoint.write(tagged: "type", "sse", into: &writer)
        }
    }
}

package struct DroidMcpCommand: DroidRecord {
    package var name: String
    package var command: String
    package var args: [String] = []
    package var env: DroidMap<String> = [:]

    package init(name: String, command: String, args: [String] = [], env: DroidMap<String> = [:]) {
        self.name = name
        self.command = command
        self.args = args
        self.env = env
    }

    package init(blank: DroidBlank) { self.init(name: "", command: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("name", &name)
        try members.required("command", &command)
        try members.defaulted("args", &args)
        try members.defaulted("env", &env)
    }
}

package struct DroidMcpEndpoint: DroidRecord {
    package var name: String
    package var url: String
    package var headers: [DroidHeader] = []
    package var oauth: DroidMcpOAuth?

    package init(name: String, url: String, headers: [DroidHeader] = [], oauth: DroidMcpOAuth? = nil) {
        self.name = name
        self.url = url
        self.headers = headers
        self.oauth = oauth
    }

    package init(blank: DroidBlank) { self.init(name: "", url: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("name", &name)
        try members.required("url", &url)
        try members.defaulted("headers", &headers)
        try members.optional("oauth", &oauth)
    }
}

package struct DroidHeader: DroidRecord {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    package init(blank: DroidBlank) { self.init(name: "", value: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("name", &name)
        try members.required("value", &value)
    }
}

/// `false` says that there is no sign-in; absent says that it is to be found out.
package typealias DroidMcpOAuth = DroidEither<DroidFalse, DroidMcpOAuthOptions>

/// How to sign in to an MCP server (1.221).
package struct DroidMcpOAuthOptions: DroidOpenRecord {
    package var scopes: [String]?
    package var resource: DroidEither<DroidFalse, String>?
    package var authorizationServerIssuer: String?
    package var clientMetadataUrl: String?
    package var clientId: String?
    package var clientSecret: String?
    package var callbackPort: DroidPort?
    package var tokenEndpointAuthMethod: TokenEndpointAuthMethod?

    package init() {}

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("scopes", &scopes)
        try members.optional("resource", &resource)
        try members.optional("authorizationServerIssuer", &authorizationServerIssuer)
        try members.optional("clientMetadataUrl", &clientMetadataUrl)
        try members.optional("clientId", &clientId)
        try members.optional("clientSecret", &clientSecret)
        try members.optional("callbackPort", &callbackPort)
        try members.optional("tokenEndpointAuthMethod", &tokenEndpointAuthMethod)
    }
}

/// A port between 1 and 65535.
package struct DroidPort: DroidValue {
    package let number: Int

    package init?(_ number: Int) {
        guard (1...65_535).contains(number) else { return nil }
        self.number = number
    }

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard let port = DroidPort(try Int(from: json, reading)) else { throw .invalid("must be between 1 and 65535") }
        self = port
    }

    package func write(into writer: inout JSONWriter) { writer.integer(number) }
}
