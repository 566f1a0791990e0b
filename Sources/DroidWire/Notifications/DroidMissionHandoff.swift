package import ApusBase

/// What a worker of a mission leaves to the next.
package struct DroidMissionHandoff: DroidRecord {
    package var whatWasImplemented: String
    package var whatWasLeftUndone: String
    package var verification: DroidMissionVerification
    package var tests: DroidMissionTests
    package var discoveredIssues: [DroidMissionIssue]
    package var salientSummary: String?
    package var skillFeedback: DroidSkillFeedback?

    package init(
        whatWasImplemented: String, whatWasLeftUndone: String, verification: DroidMissionVerification, tests: DroidMissionTests,
        discoveredIssues: [DroidMissionIssue], salientSummary: String? = nil, skillFeedback: DroidSkillFeedback? = nil
    ) {
        self.whatWasImplemented = whatWasImplemented
        self.whatWasLeftUndone = whatWasLeftUndone
        self.verification = verification
        self.tests = tests
        self.discoveredIssues = discoveredIssues
        self.salientSummary = salientSummary
        self.skillFeedback = skillFeedback
    }

    package init(blank: DroidBlank) {
        self.init(
            whatWasImplemented: "", whatWasLeftUndone: "", verification: DroidMissionVerification(blank: blank),
            tests: DroidMissionTests(blank: blank), discoveredIssues: []
        )
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("whatWasImplemented", &whatWasImplemented)
        try members.required("whatWasLeftUndone", &whatWasLeftUndone)
        try members.required("verification", &verification)
        try members.required("tests", &tests)
        try members.required("discoveredIssues", &discoveredIssues)
        try members.optional("salientSummary", &salientSummary)
        try members.optional("skillFeedback", &skillFeedback)
    }
}

package struct DroidMissionVerification: DroidRecord {
    package var commandsRun: [DroidVerifiedCommand]
    package var interactiveChecks: [DroidInteractiveCheck]?

    package init(commandsRun: [DroidVerifiedCommand], interactiveChecks: [DroidInteractiveCheck]? = nil) {
        self.commandsRun = commandsRun
        self.interactiveChecks = interactiveChecks
    }

    package init(blank: DroidBlank) { self.init(commandsRun: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("commandsRun", &commandsRun)
        try members.optional("interactiveChecks", &interactiveChecks)
    }
}

package struct DroidVerifiedCommand: DroidRecord {
    package var command: String
    package var exitCode: Int
    package var observation: String

    package init(command: String, exitCode: Int, observation: String) {
        self.command = command
        self.exitCode = exitCode
        self.observation = observation
    }

    package init(blank: DroidBlank) { self.init(command: "", exitCode: 0, observation: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("command", &command)
        try members.required("exitCode", &exitCode)
        try members.required("observation", &observation)
    }
}

package struct DroidInteractiveCheck: DroidRecord {
    package var action: String
    package var observed: String

    package init(action: String, observed: String) {
        self.action = action
        self.observed = observed
    }

    package init(blank: DroidBlank) { self.init(action: "", observed: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("action", &action)
        try members.required("observed", &observed)
    }
}

package struct DroidMissionTests: DroidRecord {
    package var added: [DroidMissionTestFile]
    package var updated: [JSONValue]?
    package var coverage: String

    package init(added: [DroidMissionTestFile], updated: [JSONValue]? = nil, coverage: String) {
        self.added = added
        self.updated = updated
        self.coverage = coverage
    }

    package init(blank: DroidBlank) { self.init(added: [], coverage: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("added", &added)
        try members.optional("updated", &updated)
        try members.required("coverage", &coverage)
    }
}

package struct DroidMissionTestFile: DroidRecord {
    package var file: String
    package var cases: [DroidMissionTestCase]

    package init(file: String, cases: [DroidMissionTestCase]) {
        self.file = file
        self.cases = cases
    }

    package init(blank: DroidBlank) { self.init(file: "", cases: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("file", &file)
        try members.required("cases", &cases)
    }
}

package struct DroidMissionTestCase: DroidRecord {
    package var name: String
    package var verifies: String

    package init(name: String, verifies: String) {
        self.name = name
        self.verifies = verifies
    }

    package init(blank: DroidBlank) { self.init(name: "", verifies: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("name", &name)
        try members.required("verifies", &verifies)
    }
}

package struct DroidMissionIssue: DroidRecord {
    package var severity: DroidIssueSeverity
    package var description: String
    package var suggestedFix: String?

    package init(severity: DroidIssueSeverity, description: String, suggestedFix: String? = nil) {
        self.severity = severity
        self.description = description
        self.suggestedFix = suggestedFix
    }

    package init(blank: DroidBlank) { self.init(severity: DroidIssueSeverity(blank: blank), description: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("severity", &severity)
        try members.required("description", &description)
        try members.optional("suggestedFix", &suggestedFix)
    }
}

package struct DroidSkillFeedback: DroidRecord {
    package var followedProcedure: Bool
    package var deviations: [DroidDeviation]
    package var suggestedChanges: [String]?

    package init(followedProcedure: Bool, deviations: [DroidDeviation], suggestedChanges: [String]? = nil) {
        self.followedProcedure = followedProcedure
        self.deviations = deviations
        self.suggestedChanges = suggestedChanges
    }

    package init(blank: DroidBlank) { self.init(followedProcedure: false, deviations: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("followedProcedure", &followedProcedure)
        try members.required("deviations", &deviations)
        try members.optional("suggestedChanges", &suggestedChanges)
    }
}

package struct DroidDeviation: DroidRecord {
    package var step: String
    package var whatIDidInstead: String
    package var why: String

    package init(step: String, whatIDidInstead: String, why: String) {
        self.step = step
        self.whatIDidInstead = whatIDidInstead
        self.why = why
    }

    package init(blank: DroidBlank) { self.init(step: "", whatIDidInstead: "", why: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("step", &step)
        try members.required("whatIDidInstead", &whatIDidInstead)
        try members.required("why", &why)
    }
}
