import ApusBase
import ApusCore
import Testing

@Suite struct ApprovalTests {
    @Test(arguments: [
        "", "proceed", "PROCEED_ONCE", "proceed_once ", " proceed_once", "proceed_once,cancel", "proceed_always_everything", "yes", "allow",
        "proceed\u{200B}_once", "proceed_auto_run_unrestricted", "ｐroceed_once",
    ])
    func aWordThatIsNoneOfOursIsNeverAnAnswer(word: String) {
        #expect(ApprovalChoice(rawValue: word) == nil)
        var decision = ApprovalDecision(of: EventSamples.question, .proceedOnce, by: .deadline, at: 1).encoded().objectValue ?? [:]
        decision["choice"] = .string(word)
        #expect(throws: DecodingFault.self) { try ApprovalDecision(decoding: .object(decision)) }
        var request = EventSamples.question.encoded().objectValue ?? [:]
        request["options"] = ["proceed_once", .string(word)]
        #expect(throws: DecodingFault.self) { try ApprovalRequest(decoding: .object(request)) }
    }

    @Test(arguments: [ApprovalChoice.proceedAlways, .proceedAlwaysTool])
    func aPermissionToReadWhatOneServerOffersIsNoneForAnother(choice: ApprovalChoice) {
        func request(_ server: String, _ tool: String = ResourceTools.read) -> AccessRequest {
            AccessRequest(action: .serverCall(tool: tool, claim: .reads), summary: "", server: server)
        }
        let given = AccessGrant.given(by: choice, tool: ResourceTools.read, request("notes"), required: .low, in: "/p")
        func covers(_ tool: String, _ request: AccessRequest, _ required: AutonomyLevel = .low) -> Bool {
            given.cover(tool: tool, request, required: required, in: "/p")
        }
        #expect(covers(ResourceTools.read, request("notes")))
        #expect(!covers(ResourceTools.read, request("vault")))
        #expect(!covers(ResourceTools.list, request("notes", ResourceTools.list)))
        #expect(!covers(ResourceTools.read, request("notes"), .high))
        // A server's own tool of that name is another one.
        #expect(!covers("notes___ReadMcpResource", request("notes")))
        #expect(given.allSatisfy { (try? AccessGrant(decoding: $0.encoded())) == $0 })
    }

    @Test func everythingButCancelPermits() {
        #expect(ApprovalChoice.allCases.filter { !$0.permits } == [.cancel])
        #expect(Set(ApprovalChoice.allCases.map(\.label)).count == ApprovalChoice.allCases.count)
    }

    @Test func anIdIsFiveLettersAndTenRandomOnes() {
        let ids = (0..<100).map { _ in ApprovalID.newApproval().rawValue }
        #expect(Set(ids).count == 100)
        #expect(ids.allSatisfy { $0.hasPrefix("perm_") && $0.utf8.count == 15 })
    }

    @Test func theFirstDecisionStaysAndOneAboutNothingIsNone() {
        let question = EventSamples.question
        let first = ApprovalDecision(of: question, .cancel, by: .voter(identity: "a", front: .droid), at: 1)
        let second = ApprovalDecision(of: question, .proceedOnce, by: .voter(identity: "b", front: .qwen), at: 2, level: .high)
        let stray = ApprovalDecision(of: EventSamples.bareQuestion, .proceedOnce, by: .deadline, at: 3)
        let state = EventSamples.fold([
            .approvalAsked(question), .approvalAnswered(first), .approvalAnswered(second), .approvalAnswered(stray),
        ])
        #expect(state.openApprovals == [])
        #expect(state.decisions == [first])
    }

    @Test func onlyTheNewestDecisionsAreKept() {
        let facts = (0..<600).flatMap { number -> [EventKind] in
            var question = EventSamples.question
            question.id = ApprovalID("perm_\(number)")
            return [.approvalAsked(question), .approvalAnswered(ApprovalDecision(of: question, .cancel, by: .deadline, at: 1))]
        }
        let state = EventSamples.fold(facts)
        #expect(state.decisions.map(\.id.rawValue) == (88..<600).map { "perm_\($0)" })
    }

    @Test func aForkStartsWithoutQuestionsAndGrants() {
        let state = EventSamples.fold([
            .approvalAsked(EventSamples.question), .accessGranted(.file("/a")), .sessionForked(EventSamples.header),
        ])
        #expect(state.openApprovals == [] && state.grants == [] && state.decisions == [])
    }

    @Test func theEndOfATurnLeavesNoQuestionOfItOpen() {
        let state = EventSamples.fold([.approvalAsked(EventSamples.question), .turnFinished(TurnEnd(turn: "t9", reason: .ownerDied))])
        #expect(state.openApprovals == [])
    }

    // MARK: Grants

    private static let write = AccessRequest(action: .write(["/w/a", "/w/b"]), summary: "")
    private static let command = AccessRequest(action: .command("make test", declaredRisk: "low"), summary: "")

    @Test(arguments: [
        (AccessGrant.kind(.write, upTo: .low), true), (.kind(.write, upTo: .off), false), (.kind(.command, upTo: .high), false),
        (.tool("Edit", upTo: .low), true), (.tool("Edi", upTo: .high), false), (.server("Edit", upTo: .high), false),
        (.file("/w/a"), false), (.command("/w/a", directory: "/w"), false),
    ])
    func aGrantCoversWhatItNames(grant: AccessGrant, covers: Bool) {
        #expect([grant].cover(tool: "Edit", Self.write, required: .low, in: "/w") == covers)
    }

    @Test func everyFileOfACallMustBeGranted() {
        #expect([AccessGrant.file("/w/a"), .file("/w/b")].cover(tool: "Edit", Self.write, required: .high, in: "/w"))
        let nothing = AccessRequest(action: .write([]), summary: "")
        #expect(![AccessGrant.file("/w/a")].cover(tool: "Edit", nothing, required: .low, in: "/w"))
    }

    @Test func aCommandIsGrantedByItsBytesAndItsDirectory() {
        let grants = [AccessGrant.command("make test", directory: "/w")]
        #expect(grants.cover(tool: "Execute", Self.command, required: .high, in: "/w"))
        #expect(!grants.cover(tool: "Execute", Self.command, required: .high, in: "/w/sub"))
        for other in ["make test ", "make  test", "make test\n", "make", "MAKE test", "make test; rm x"] {
            let request = AccessRequest(action: .command(other, declaredRisk: "low"), summary: "")
            #expect(!grants.cover(tool: "Execute", request, required: .low, in: "/w"), "\(other)")
        }
        var lingering = Self.command
        lingering.outlivesRun = true
        #expect(!grants.cover(tool: "Execute", lingering, required: .low, in: "/w"))
    }

    @Test func eachChoiceGivesWhatItSays() {
        func given(_ choice: ApprovalChoice, _ request: AccessRequest) -> [AccessGrant] {
            AccessGrant.given(by: choice, tool: "T", request, required: .medium, in: "/w")
        }
        #expect(given(.proceedAlways, Self.write) == [.kind(.write, upTo: .medium)])
        #expect(given(.proceedAlwaysFile, Self.write) == [.file("/w/a"), .file("/w/b")])
        #expect(given(.proceedAlwaysTool, Self.write) == [.tool("T", upTo: .medium)])
        #expect(given(.proceedAlwaysServer, Self.write) == [])
        #expect(given(.proceedAlwaysServer, AccessRequest(action: .session, summary: "", server: "s")) == [.server("s", upTo: .medium)])
        #expect(given(.proceedAlwaysCommand, Self.command) == [.command("make test", directory: "/w")])
        for choice in [ApprovalChoice.proceedOnce, .autoRun, .autoRunLow, .autoRunMedium, .autoRunHigh, .proceedEdited, .cancel] {
            #expect(given(choice, Self.command) == [], "\(choice)")
        }
    }
}
