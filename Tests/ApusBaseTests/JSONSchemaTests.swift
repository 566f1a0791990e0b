import Testing

@testable import ApusBase

@Suite struct JSONSchemaTests {
    static func violations(_ schema: String, _ value: String) throws -> [String] {
        try JSONSchema(JSONValue(parsing: schema)).violations(of: JSONValue(parsing: value)).map(\.description)
    }

    @Test(arguments: [
        ("true", "1"), ("{}", "[null]"), (#"{"type":"integer"}"#, "2.0"), (#"{"type":"number"}"#, "2"),
        (#"{"type":["null","string"]}"#, "null"),
        (#"{"enum":[1,"a",{"x":[1.0]}]}"#, #"{"x":[1]}"#), (#"{"const":1}"#, "1.0"),
        (#"{"minimum":1,"maximum":1,"multipleOf":0.5}"#, "1"), (#"{"minLength":1,"maxLength":1}"#, "\"é\""),
        (#"{"maxLength":2,"pattern":"^[a-z]+$"}"#, "\"ab\""), (#"{"minLength":9}"#, "1"),
        (#"{"prefixItems":[{"type":"string"}],"items":{"type":"integer"}}"#, #"["a",1,2]"#), (#"{"uniqueItems":true}"#, "[1,2,[1]]"),
        (#"{"contains":{"type":"string"},"maxContains":1}"#, #"[1,"a"]"#), (#"{"contains":{"type":"string"},"minContains":0}"#, "[]"),
        (
            #"{"properties":{"a":{"type":"string"}},"patternProperties":{"^x":{"type":"integer"}},"additionalProperties":false}"#,
            #"{"a":"","xy":1}"#
        ),
        (#"{"propertyNames":{"maxLength":1}}"#, #"{"a":1}"#), (#"{"dependentRequired":{"a":["b"]}}"#, #"{"b":1}"#),
        (#"{"allOf":[{"type":"integer"},{"minimum":2}]}"#, "2"), (#"{"anyOf":[{"type":"string"},{"minimum":2}]}"#, "3"),
        (#"{"oneOf":[{"multipleOf":2},{"multipleOf":3}]}"#, "9"), (#"{"not":{"type":"string"}}"#, "1"),
        (#"{"if":{"type":"string"},"then":{"minLength":2},"else":{"minimum":5}}"#, "5"),
        (##"{"$defs":{"a/b":{"type":"string"}},"$ref":"#/$defs/a~1b"}"##, "\"\""),
        (##"{"$defs":{"x":{"$anchor":"n","type":"null"}},"$ref":"#n"}"##, "null"),
        (##"{"type":"object","properties":{"next":{"$ref":"#"}}}"##, ##"{"next":{"next":{}}}"##),
        (##"{"format":"email","title":"x","x-own":1}"##, "\"no\""),
    ])
    func fits(schema: String, value: String) throws {
        #expect(try JSONSchemaTests.violations(schema, value) == [])
    }

    @Test(arguments: [
        ("false", "1", "the value is not allowed"), (#"{"type":"integer"}"#, "2.5", "the value must be integer, not number"),
        (#"{"type":["null","string"]}"#, "1", "the value must be null or string, not integer"),
        (#"{"enum":[1,"a"]}"#, "2", #"the value must be one of 1, "a""#),
        (#"{"const":{"a":1}}"#, #"{"a":2}"#, #"the value must be {"a":1}"#),
        (#"{"minimum":1}"#, "0.5", "the value must be at least 1"), (#"{"exclusiveMaximum":1.5}"#, "1.5", "the value must be below 1.5"),
        (#"{"multipleOf":2}"#, "3", "the value must be a multiple of 2"),
        (#"{"maxLength":1}"#, "\"ab\"", "the value must have at most 1 characters"),
        (#"{"pattern":"^a"}"#, "\"b\"", "the value must match ^a"),
        (#"{"properties":{"a/b":{"items":{"type":"null"}}}}"#, #"{"a/b":[null,1]}"#, "/a~1b/1 must be null, not integer"),
        (#"{"prefixItems":[true],"items":false}"#, "[1,2]", "/1 is not allowed"),
        (#"{"uniqueItems":true}"#, "[1,1.0]", "the value must not have the same item twice"),
        (#"{"minItems":1}"#, "[]", "the value must have at least 1 items"),
        (#"{"required":["a"]}"#, "{}", "the value must have the member \"a\""),
        (#"{"additionalProperties":false}"#, #"{"a":1}"#, "/a is not a member that is allowed"),
        (#"{"propertyNames":{"maxLength":1}}"#, #"{"ab":1}"#, "/ab must have at most 1 characters"),
        (#"{"dependentRequired":{"a":["b"]}}"#, #"{"a":1}"#, #"the value must have the member "b" beside "a""#),
        (#"{"anyOf":[{"type":"string"},{"minimum":2}]}"#, "1", "the value fits none of the 2 allowed forms"),
        (#"{"oneOf":[{"multipleOf":2},{"multipleOf":3}]}"#, "6", "the value must fit exactly one of 2 forms, and fits 2"),
        (#"{"not":{"type":"string"}}"#, "\"\"", "the value has a form that is not allowed"),
        (#"{"if":{"type":"string"},"then":{"minLength":2}}"#, "\"a\"", "the value must have at least 2 characters"),
        (##"{"$defs":{"a":{"type":"string"}},"properties":{"x":{"$ref":"#/$defs/a"}}}"##, ##"{"x":1}"##, "/x must be string, not integer"),
    ])
    func failsWithPlaceAndReason(schema: String, value: String, violation: String) throws {
        #expect(try JSONSchemaTests.violations(schema, value) == [violation])
    }

    @Test(arguments: [
        ("1", "The schema must be an object, true or false"), (#"{"type":"text"}"#, "The schema at /type must be one of"),
        (#"{"properties":{"a":{"pattern":"("}}}"#, "The schema at /properties/a/pattern is not a regular expression: ("),
        (##"{"$ref":"https://example.org/x"}"##, "The schema at /$ref leads nowhere"), (##"{"$ref":"#/$defs/x"}"##, "leads nowhere"),
        (#"{"unevaluatedProperties":false}"#, "is a keyword that is not supported"), (#"{"minLength":-1}"#, "must be a whole number"),
        (#"{"anyOf":[]}"#, "must be a list of schemas"), (#"{"required":"a"}"#, "must be a list of names"),
        (#"{"multipleOf":0}"#, "must be a number above 0"), (#"{"patternProperties":{"(":true}}"#, "not a regular expression"),
    ])
    func whatCannotBeCheckedIsRefused(schema: String, sentence: String) throws {
        let document = try JSONValue(parsing: schema)
        let fault = #expect(throws: JSONSchema.Fault.self) { try JSONSchema(document) }
        #expect(fault?.description.contains(sentence) == true, "\(fault?.description ?? "")")
    }

    @Test func onlyTheFirstViolationsAreTold() throws {
        let value = "[" + Array(repeating: "1", count: 100).joined(separator: ",") + "]"
        #expect(try JSONSchemaTests.violations(#"{"items":{"type":"string"}}"#, value).count == JSONSchema.maximumViolations)
    }

    /// Two forms of two forms …: without a bound this would take longer than the world has stood.
    @Test func referencesThatMultiplyEnd() throws {
        let violations = try JSONSchemaTests.violations(##"{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}"##, "1")
        #expect(!violations.isEmpty)
    }

    /// Comparing every pair would take minutes.
    @Test func manyItemsAreComparedInOneGo() throws {
        let many = "[" + (0..<60_000).map(String.init).joined(separator: ",")
        #expect(try JSONSchemaTests.violations(#"{"uniqueItems":true}"#, many + "]") == [])
        #expect(try JSONSchemaTests.violations(#"{"uniqueItems":true}"#, many + ",7.0]").count == 1)
        #expect(try JSONSchemaTests.violations(#"{"uniqueItems":true}"#, #"[{"a":1,"b":2},{"b":2.0,"a":1}]"#).count == 1)
    }

    @Test func aPatternIsNotTriedOnEndlessText() throws {
        let text = "\"" + String(repeating: "a", count: JSONSchema.maximumPatternBytes + 1) + "\""
        #expect(try JSONSchemaTests.violations(#"{"pattern":"a"}"#, text) == ["the value is too long to be matched with a"])
    }

    @Test(arguments: ["19.99", "0.07", "-3.3", "0", "1e9"])
    func decimalsAreMultiplesOfACent(value: String) throws {
        #expect(try JSONSchemaTests.violations(#"{"multipleOf":0.01}"#, value) == [])
        #expect(try JSONSchemaTests.violations(#"{"multipleOf":0.01}"#, "19.995").count == 1)
    }

    @Test func nestingHasABound() throws {
        let deep = String(repeating: #"{"not":"#, count: 70) + "{}" + String(repeating: "}", count: 70)
        let document = try JSONValue(parsing: deep)
        #expect(throws: JSONSchema.Fault.self) { try JSONSchema(document) }
        let value = String(repeating: "[", count: 70) + String(repeating: "]", count: 70)
        #expect(try !JSONSchemaTests.violations(##"{"items":{"$ref":"#"}}"##, value).isEmpty)
    }
}
