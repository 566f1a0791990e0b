import ApusBase
import ApusCore
import Testing

@Suite struct EventCodingTests {
    @Test func everyKindHasASample() {
        #expect(Set(EventSamples.kinds.map(EventSamples.number)) == Set(0..<EventSamples.kindCount))
    }

    @Test(arguments: EventSamples.kinds)
    func comesBackAsItWas(kind: EventKind) throws {
        #expect(try EventKind(decoding: kind.encoded()) == kind)
    }

    @Test(arguments: EventSamples.kinds)
    func comesBackFromItsBytes(kind: EventKind) throws {
        let bytes = kind.encoded().serializedBytes()
        #expect(!bytes.contains(UInt8(ascii: "\n")))
        #expect(try EventKind(decoding: JSONValue(parsing: bytes)) == kind)
    }

    @Test(arguments: EventSamples.kinds)
    func unknownMembersAreSkipped(kind: EventKind) throws {
        #expect(try EventKind(decoding: Self.addingMembers(to: kind.encoded())) == kind)
    }

    @Test func anUnknownKindIsAnErrorThatNamesIt() {
        #expect(throws: DecodingFault("Unknown event kind \"teleported\": written by a newer version?")) {
            _ = try EventKind(decoding: ["kind": "teleported"])
        }
    }

    @Test(arguments: EventSamples.kinds)
    func everyMissingMemberThatIsNotOptionalIsAnError(kind: EventKind) throws {
        guard case .object(let object) = kind.encoded() else {
            Issue.record("not an object")
            return
        }
        // The members at the top are never optional, but for what old logs do not have.
        for name in object.keys where name != "media" {
            let rest = JSONObject(object.map { ($0.key, $0.value) }.filter { $0.0 != name })
            #expect(throws: DecodingFault.self, "without \(name)") { _ = try EventKind(decoding: .object(rest)) }
        }
    }

    @Test(arguments: [
        (
            "{\"kind\":\"delta\",\"delta\":{\"item\":\"i\",\"message\":\"m\",\"channel\":\"smell\",\"text\":\"x\"}}",
            "Unknown channel \"smell\""
        ),
        ("{\"kind\":\"itemFinished\",\"item\":{\"id\":\"i\",\"message\":\"m\",\"type\":\"image\"}}", "Unknown item type \"image\""),
        ("{\"kind\":\"turnFinished\",\"end\":{\"turn\":\"t\",\"reason\":\"bored\"}}", "Unknown reason \"bored\""),
        ("{\"kind\":7}", "Missing text \"kind\""), ("[]", "Missing text \"kind\""), ("null", "Missing text \"kind\""),
        ("{\"kind\":\"todosChanged\",\"todos\":{}}", "Missing list \"todos\""),
    ])
    func aValueThatDoesNotFitIsNamed(json: String, fault: String) throws {
        let value = try JSONValue(parsing: json)
        #expect(throws: DecodingFault(fault)) { _ = try EventKind(decoding: value) }
    }

    /// Stored before there were images and documents.
    @Test func oldFactsHaveNoMedia() throws {
        let outcome = #"{"kind":"toolFinished","outcome":{"call":"c","status":"succeeded","text":"x"}}"#
        #expect(
            try EventKind(decoding: JSONValue(parsing: outcome))
                == .toolFinished(ToolOutcome(call: "c", status: .succeeded, text: "x", media: [])))
        let message = #"{"kind":"userMessage","message":"m","turn":"t","text":"x"}"#
        #expect(try EventKind(decoding: JSONValue(parsing: message)) == .userMessage("m", "t", "x", media: []))
        #expect(!EventKind.userMessage("m", "t", "x").encoded().serialized().contains("media"))
    }

    @Test func mediaCountOnceForThePromptAndOnceForEachResult() {
        #expect(EventKind.turnQueued(EventSamples.fullInput).keptMedia == EventSamples.media)
        #expect(EventKind.userMessage("m", "t", "", media: EventSamples.media).keptMedia == [])
        #expect(
            EventKind.toolFinished(ToolOutcome(call: "c", status: .succeeded, text: "", media: EventSamples.media)).keptMedia
                == EventSamples.media)
    }

    @Test func onlyDeltasAreNoFacts() {
        for kind in EventSamples.kinds {
            #expect(kind.isFact == (EventSamples.number(of: kind) != 9))
        }
    }

    /// Adds members to every object of the stored form, but not inside what the model or a provider wrote.
    private static func addingMembers(to value: JSONValue, under name: String = "") -> JSONValue {
        switch value {
        case .object(let object):
            if ["input", "editedInput", "updatedInput", "payload", "metadata"].contains(name) && object["turn"] == nil { return value }
            let members = object.map { ($0.key, addingMembers(to: $0.value, under: $0.key)) }
            return .object(JSONObject([("x-before", ["kind": "other"])] + members + [("x-after", nil)]))
        case .array(let values): return .array(values.map { addingMembers(to: $0) })
        default: return value
        }
    }
}
