package import ApusBase

/// Where a session comes from, for attribution (§3.1). The platforms are a closed set, what they tell is open: it is checked for what
/// they must say and then kept as it is.
package struct DroidSessionSource: DroidValue {
    package var platform: DroidSessionPlatform
    package var details: JSONObject

    package init(platform: DroidSessionPlatform, details: JSONObject = [:]) {
        self.platform = platform
        self.details = details
    }

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard var object = json.objectValue else { throw .wrongType("an object", json) }
        guard let platform = object["platform"] else { throw .missing("platform") }
        do {
            self.platform = try DroidSessionPlatform(from: platform, reading)
        } catch {
            throw error.within("platform")
        }
        object["platform"] = nil
        details = object
        if reading == .lenient { return }
        for key in self.platform.requiredKeys {
            guard let value = object[key.description] else { throw .missing(key) }
            if value.stringValue == nil { throw DroidDecodingError.wrongType("a string", value).within(key) }
        }
    }

    package func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("platform", platform.rawValue)
        for (key, value) in details { writer.field(key, value) }
        writer.endObject()
    }
}

extension DroidSessionPlatform {
    var requiredKeys: [StaticString] {
        switch self {
        case .slack, .web, .api, .sessionsApi: ["delegationSessionId"]
        case .linear: ["delegationSessionId", "agentSessionId"]
        case .jira: ["delegationSessionId", "cloudId", "issueId"]
        case .microsoftTeams: ["delegationSessionId", "tenantId", "conversationId", "serviceUrl"]
        case .readinessRemediation: ["reportId", "repoUrl", "criterionId"]
        case .readinessEvaluation, .wikiGeneration, .wikiCiSetup: ["repoUrl"]
        case .automation: ["automationId", "computerId"]
        case .tui, .desktop, .acp, .unspecified, .unknown: []
        }
    }
}
