package import ApusBase

/// `_meta` of a request: who asks, for traces and statistics (`droid.md` §1.2). Any other key is refused, by us as by everybody.
package struct DroidMeta: DroidOpenRecord {
    package var traceparent: String?
    package var tracestate: String?
    package var requestAttribution: DroidAttribution?

    package init() {}

    package init(traceparent: String? = nil, tracestate: String? = nil, requestAttribution: DroidAttribution? = nil) {
        self.traceparent = traceparent
        self.tracestate = tracestate
        self.requestAttribution = requestAttribution
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("traceparent", &traceparent)
        try members.optional("tracestate", &tracestate)
        try members.optional("requestAttribution", &requestAttribution)
    }
}

/// The client behind a request. An SDK names itself, and only an SDK does.
package struct DroidAttribution: DroidValue {
    package let client: DroidClientType
    package let sdk: DroidSDKIdentity?

    package init(sdk: DroidSDKIdentity) {
        client = .sdk
        self.sdk = sdk
    }

    /// - Returns: `nil` for the type of an SDK, which has to name itself.
    package init?(client: DroidClientType) {
        if client == .sdk { return nil }
        self.client = client
        sdk = nil
    }

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        let members = try DroidAttributionMembers(from: json, reading)
        client = members.client
        sdk = members.sdk
        if reading == .closed, (client == .sdk) != (sdk != nil) {
            throw DroidDecodingError.invalid("must be there when the client is \"sdk\", and only then").within("sdk")
        }
    }

    package func write(into writer: inout JSONWriter) {
        DroidAttributionMembers(client: client, sdk: sdk).write(into: &writer)
    }
}

private struct DroidAttributionMembers: DroidRecord {
    var client: DroidClientType
    var sdk: DroidSDKIdentity?

    init(client: DroidClientType, sdk: DroidSDKIdentity?) {
        self.client = client
        self.sdk = sdk
    }

    init(blank: DroidBlank) { self.init(client: DroidClientType(blank: blank), sdk: nil) }

    mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("client", &client)
        try members.optional("sdk", &sdk)
    }
}

package struct DroidSDKIdentity: DroidRecord {
    package var language: DroidSDKLanguage
    package var version: DroidSDKVersion

    package init(language: DroidSDKLanguage, version: DroidSDKVersion) {
        self.language = language
        self.version = version
    }

    package init(blank: DroidBlank) { self.init(language: DroidSDKLanguage(blank: blank), version: DroidSDKVersion(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("language", &language)
        try members.required("version", &version)
    }
}

/// 1 to 64 letters, digits, dots, pluses and hyphens.
package struct DroidSDKVersion: DroidValue {
    package let text: String

    package init?(_ text: String) {
        let isAllowed = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isAllowed, (1...64).contains(text.utf8.count) else { return nil }
        self.text = text
    }

    init(blank: DroidBlank) { text = "" }

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard let version = DroidSDKVersion(try String(from: json, reading)) else {
            throw .invalid("must be 1 to 64 letters, digits, dots, pluses or hyphens")
        }
        self = version
    }

    package func write(into writer: inout JSONWriter) { writer.string(text) }
}
