import DroidWire

public struct SkillDeviation: Sendable, Hashable {
    public var step: String
    public var whatIDidInstead: String
    public var why: String

    public init(step: String, whatIDidInstead: String, why: String) {
        self.step = step
        self.whatIDidInstead = whatIDidInstead
        self.why = why
    }
}

extension SkillDeviation {
    init(_ wire: DroidWire.DroidDeviation) {
        self.init(step: wire.step, whatIDidInstead: wire.whatIDidInstead, why: wire.why)
    }
}

public struct InteractiveCheck: Sendable, Hashable {
    public var action: String
    public var observed: String

    public init(action: String, observed: String) {
        self.action = action
        self.observed = observed
    }
}

extension InteractiveCheck {
    init(_ wire: DroidWire.DroidInteractiveCheck) {
        self.init(action: wire.action, observed: wire.observed)
    }
}

/// What a worker of a mission leaves to the next.
public struct MissionHandoff: Sendable, Hashable {
    public var whatWasImplemented: String
    public var whatWasLeftUndone: String
    public var verification: MissionVerification
    public var tests: MissionTests
    public var discoveredIssues: [MissionIssue]
    public var salientSummary: String?
    public var skillFeedback: SkillFeedback?

    public init(
        whatWasImplemented: String, whatWasLeftUndone: String, verification: MissionVerification, tests: MissionTests,
        discoveredIssues: [MissionIssue]
    ) {
        self.whatWasImplemented = whatWasImplemented
        self.whatWasLeftUndone = whatWasLeftUndone
        self.verification = verification
        self.tests = tests
        self.discoveredIssues = discoveredIssues
    }
}

extension MissionHandoff {
    init(_ wire: DroidWire.DroidMissionHandoff) {
        self.init(
            whatWasImplemented: wire.whatWasImplemented, whatWasLeftUndone: wire.whatWasLeftUndone,
            verification: MissionVerification(wire.verification), tests: MissionTests(wire.tests),
            discoveredIssues: wire.discoveredIssues.map(MissionIssue.init))
        salientSummary = wire.salientSummary
        skillFeedback = wire.skillFeedback.map(SkillFeedback.init)
    }
}

public struct MissionIssue: Sendable, Hashable {
    public var severity: IssueSeverity
    public var description: String
    public var suggestedFix: String?

    public init(severity: IssueSeverity, description: String, suggestedFix: String? = nil) {
        self.severity = severity
        self.description = description
        self.suggestedFix = suggestedFix
    }
}

extension MissionIssue {
    init(_ wire: DroidWire.DroidMissionIssue) {
        self.init(severity: IssueSeverity(wire.severity), description: wire.description, suggestedFix: wire.suggestedFix)
    }
}

public struct MissionTestCase: Sendable, Hashable {
    public var name: String
    public var verifies: String

    public init(name: String, verifies: String) {
        self.name = name
        self.verifies = verifies
    }
}

extension MissionTestCase {
    init(_ wire: DroidWire.DroidMissionTestCase) {
        self.init(name: wire.name, verifies: wire.verifies)
    }
}

public struct MissionTestFile: Sendable, Hashable {
    public var file: String
    public var cases: [MissionTestCase]

    public init(file: String, cases: [MissionTestCase]) {
        self.file = file
        self.cases = cases
    }
}

extension MissionTestFile {
    init(_ wire: DroidWire.DroidMissionTestFile) {
        self.init(file: wire.file, cases: wire.cases.map(MissionTestCase.init))
    }
}

public struct MissionTests: Sendable, Hashable {
    public var added: [MissionTestFile]
    public var updated: [JSON]?
    public var coverage: String

    public init(added: [MissionTestFile], coverage: String, updated: [JSON]? = nil) {
        self.added = added
        self.coverage = coverage
        self.updated = updated
    }
}

extension MissionTests {
    init(_ wire: DroidWire.DroidMissionTests) {
        self.init(added: wire.added.map(MissionTestFile.init), coverage: wire.coverage, updated: wire.updated?.map(JSON.init))
    }
}

public struct MissionVerification: Sendable, Hashable {
    public var commandsRun: [VerifiedCommand]
    public var interactiveChecks: [InteractiveCheck]?

    public init(commandsRun: [VerifiedCommand], interactiveChecks: [InteractiveCheck]? = nil) {
        self.commandsRun = commandsRun
        self.interactiveChecks = interactiveChecks
    }
}

extension MissionVerification {
    init(_ wire: DroidWire.DroidMissionVerification) {
        self.init(
            commandsRun: wire.commandsRun.map(VerifiedCommand.init), interactiveChecks: wire.interactiveChecks?.map(InteractiveCheck.init))
    }
}

public struct SkillFeedback: Sendable, Hashable {
    public var followedProcedure: Bool
    public var deviations: [SkillDeviation]
    public var suggestedChanges: [String]?

    public init(followedProcedure: Bool, deviations: [SkillDeviation], suggestedChanges: [String]? = nil) {
        self.followedProcedure = followedProcedure
        self.deviations = deviations
        self.suggestedChanges = suggestedChanges
    }
}

extension SkillFeedback {
    init(_ wire: DroidWire.DroidSkillFeedback) {
        self.init(
            followedProcedure: wire.followedProcedure, deviations: wire.deviations.map(SkillDeviation.init),
            suggestedChanges: wire.suggestedChanges)
    }
}

public struct VerifiedCommand: Sendable, Hashable {
    public var command: String
    public var exitCode: Int
    public var observation: String

    public init(command: String, exitCode: Int, observation: String) {
        self.command = command
        self.exitCode = exitCode
        self.observation = observation
    }
}

extension VerifiedCommand {
    init(_ wire: DroidWire.DroidVerifiedCommand) {
        self.init(command: wire.command, exitCode: wire.exitCode, observation: wire.observation)
    }
}
