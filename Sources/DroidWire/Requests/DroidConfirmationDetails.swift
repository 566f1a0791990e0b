package import ApusBase

/// What a permission request shows of a call (`droid.md` §4.1), one shape for each ``ToolConfirmationType``. All of them are open objects.
package enum DroidConfirmationDetails: Hashable, Sendable {
    case edit(DroidEditConfirmation)
    case create(DroidCreateConfirmation)
    case exec(DroidExecConfirmation)
    case applyPatch(DroidPatchConfirmation)
    case mcpTool(DroidMcpToolConfirmation)
    case askUser(DroidAskUserConfirmation)
    case exitSpecMode(DroidSpecConfirmation)
    case proposeMission(DroidMissionProposal)
    case startMissionRun(DroidMissionRunConfirmation)
    case sandboxViolation(DroidSandboxConfirmation)
    case droidShieldViolation(DroidShieldConfirmation)
    /// Of a type, or in a form, that this client does not know.
    case unknown(ToolConfirmationType, JSONObject)

    package var type: ToolConfirmationType {
        switch self {
        case .edit: .edit
        case .create: .create
        case .exec: .exec
        case .applyPatch: .applyPatch
        case .mcpTool: .mcpTool
        case .askUser: .askUser
        case .exitSpecMode: .exitSpecMode
        case .proposeMission: .proposeMission
        case .startMissionRun: .startMissionRun
        case .sandboxViolation: .sandboxViolation
        case .droidShieldViolation: .droidShieldViolation
        case .unknown(let type, _): type
        }
    }

    init(_ type: ToolConfirmationType, _ object: JSONObject, _ reading: DroidReading) throws(DroidDecodingError) {
        do {
            self = try DroidConfirmationDetails(known: type, object, reading)
        } catch {
            if reading == .closed { throw error }
            self = .unknown(type, object)
        }
    }

    private init(known type: ToolConfirmationType, _ object: JSONObject, _ reading: DroidReading) throws(DroidDecodingError) {
        switch type {
        case .edit: self = .edit(try DroidEditConfirmation(members: object, besides: "type", reading))
        case .create: self = .create(try DroidCreateConfirmation(members: object, besides: "type", reading))
        case .exec: self = .exec(try DroidExecConfirmation(members: object, besides: "type", reading))
        case .applyPatch: self = .applyPatch(try DroidPatchConfirmation(members: object, besides: "type", reading))
        case .mcpTool: self = .mcpTool(try DroidMcpToolConfirmation(members: object, besides: "type", reading))
        case .askUser: self = .askUser(try DroidAskUserConfirmation(members: object, besides: "type", reading))
        case .exitSpecMode: self = .exitSpecMode(try DroidSpecConfirmation(members: object, besides: "type", reading))
        case .proposeMission: self = .proposeMission(try DroidMissionProposal(members: object, besides: "type", reading))
        case .startMissionRun: self = .startMissionRun(try DroidMissionRunConfirmation(members: object, besides: "type", reading))
        case .sandboxViolation: self = .sandboxViolation(try DroidSandboxConfirmation(members: object, besides: "type", reading))
        case .droidShieldViolation: self = .droidShieldViolation(try DroidShieldConfirmation(members: object, besides: "type", reading))
        case .unknown: self = .unknown(type, object)
        }
    }

    func write(into writer: inout JSONWriter) {
        switch self {
        case .edit(let details): write(details, into: &writer)
        case .create(let details): write(details, into: &writer)
        case .exec(let details): write(details, into: &writer)
        case .applyPatch(let details): write(details, into: &writer)
        case .mcpTool(let details): write(details, into: &writer)
        case .askUser(let details): write(details, into: &writer)
        case .exitSpecMode(let details): write(details, into: &writer)
        case .proposeMission(let details): write(details, into: &writer)
        case .startMissionRun(let details): write(details, into: &writer)
        case .sandboxViolation(let details): write(details, into: &writer)
        case .droidShieldViolation(let details): write(details, into: &writer)
        case .unknown(_, let object): writer.object(object)
        }
    }

    private func write(_ details: some DroidRecord, into writer: inout JSONWriter) {
        details.write(tagged: "type", type.rawValue, into: &writer)
    }
}
