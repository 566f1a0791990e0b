import ApusTransport
import Testing

@Suite struct JSONTests {
    @Test func textComesBackAsItWas() throws {
        let text = #"{"b":[1,2.5,null,true],"a":{"c":"é"}}"#
        let json = try JSON(parsing: text)
        #expect(json.text == text)
        #expect(json["b"]?[1]?.doubleValue == 2.5)
        #expect(json["a"]?["c"] == "é")
    }

    @Test func membersAreEqualInAnyOrder() {
        #expect(JSON.object(["a": 1, "b": 2]) == JSON.object(["b": 2, "a": 1]))
    }

    @Test func whatIsNoJSONIsRefused() {
        #expect(throws: InvalidJSONError.self) { try JSON(parsing: "{") }
    }
}
