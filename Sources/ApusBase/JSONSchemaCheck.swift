/// One value against one schema. The schema was read before: what is malformed cannot occur.
struct JSONSchemaCheck {
    let document: JSONValue
    private(set) var violations: [JSONSchema.Violation] = []
    /// References can multiply: two forms of two forms of two forms ….
    private var budget: Int

    init(document: JSONValue, budget: Int = JSONSchema.maximumSteps) {
        self.document = document
        self.budget = budget
    }

    mutating func check(_ value: JSONValue, _ schema: JSONValue, at place: String, depth: Int) {
        if violations.count >= JSONSchema.maximumViolations { return }
        budget -= 1
        if budget < 0 { return add(place, "takes too many steps to be checked") }
        if depth > JSONSchema.maximumDepth { return add(place, "is nested too deep to be checked") }
        if let allows = schema.boolValue {
            if !allows { add(place, "is not allowed") }
            return
        }
        if let reference = schema["$ref"]?.stringValue, let target = JSONSchemaWords.target(of: reference, in: document) {
            check(value, target, at: place, depth: depth + 1)
        }
        if !checkType(value, schema, at: place) { return }
        checkChoice(value, schema, at: place)
        checkNumber(value, schema, at: place)
        checkText(value, schema, at: place)
        checkArray(value, schema, at: place, depth)
        checkObject(value, schema, at: place, depth)
        checkCombined(value, schema, at: place, depth)
    }

    private mutating func add(_ place: String, _ problem: String) {
        violations.append(JSONSchema.Violation(place: place, problem: problem))
    }

    // MARK: any value

    /// False when the type is wrong: then everything else about the value is beside the point.
    private mutating func checkType(_ value: JSONValue, _ schema: JSONValue, at place: String) -> Bool {
        guard let type = schema["type"] else { return true }
        let names = type.stringValue.map { [$0] } ?? type.arrayValue?.compactMap(\.stringValue) ?? []
        if names.contains(where: { Self.isOf($0, value) }) { return true }
        add(place, "must be \(names.joined(separator: " or ")), not \(Self.typeName(value))")
        return false
    }

    private static func isOf(_ name: String, _ value: JSONValue) -> Bool {
        switch (name, value) {
        case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object), ("integer", .integer),
            ("number", .integer), ("number", .double):
            true
        case ("integer", .double(let number)): number.rounded() == number
        default: false
        }
    }

    private static func typeName(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    private mutating func checkChoice(_ value: JSONValue, _ schema: JSONValue, at place: String) {
        if let choices = schema["enum"]?.arrayValue, !choices.contains(where: { Self.isEqual($0, value) }) {
            add(place, "must be one of \(choices.map { $0.serialized() }.joined(separator: ", "))")
        }
        if let constant = schema["const"], !Self.isEqual(constant, value) { add(place, "must be \(constant.serialized())") }
    }

    /// As the draft compares: 1 and 1.0 are the same number, and members have no order.
    private static func isEqual(_ one: JSONValue, _ other: JSONValue) -> Bool { comparable(one) == comparable(other) }

    /// Equal, and with equal hashes, for what the draft calls equal.
    private static func comparable(_ value: JSONValue) -> JSONValue {
        switch value {
        case .double(let number): Int64(exactly: number).map { .integer($0) } ?? value
        case .array(let elements): .array(elements.map(comparable))
        case .object(let object): .object(JSONObject(object.map { ($0.key, comparable($0.value)) }.sorted { $0.0 < $1.0 }))
        case .null, .bool, .integer, .string: value
        }
    }

    private mutating func checkNumber(_ value: JSONValue, _ schema: JSONValue, at place: String) {
        guard let number = value.doubleValue else { return }
        if let limit = schema["minimum"]?.doubleValue, number < limit { add(place, "must be at least \(Self.shown(limit))") }
        if let limit = schema["maximum"]?.doubleValue, number > limit { add(place, "must be at most \(Self.shown(limit))") }
        if let limit = schema["exclusiveMinimum"]?.doubleValue, number <= limit { add(place, "must be above \(Self.shown(limit))") }
        if let limit = schema["exclusiveMaximum"]?.doubleValue, number >= limit { add(place, "must be below \(Self.shown(limit))") }
        if let step = schema["multipleOf"]?.doubleValue {
            let quotient = number / step
            // 19.99 is a multiple of 0.01, although neither can be written exactly.
            if abs(quotient - quotient.rounded()) > abs(quotient) * 1e-12 { add(place, "must be a multiple of \(Self.shown(step))") }
        }
    }

    private static func shown(_ number: Double) -> String { Int64(exactly: number).map(String.init) ?? "\(number)" }

    private mutating func checkText(_ value: JSONValue, _ schema: JSONValue, at place: String) {
        guard let text = value.stringValue else { return }
        checkCount(text.unicodeScalars.count, schema, ("minLength", "maxLength"), "characters", at: place)
        guard let pattern = schema["pattern"]?.stringValue else { return }
        if text.utf8.count > JSONSchema.maximumPatternBytes {
            add(place, "is too long to be matched with \(pattern)")
        } else if !Self.matches(text, pattern) {
            add(place, "must match \(pattern)")
        }
    }

    private static func matches(_ text: String, _ pattern: String) -> Bool {
        // The pattern compiled when the schema was read.
        guard let regex = try? Regex(pattern) else { return false }
        return text.contains(regex)
    }

    private mutating func checkCount(
        _ count: Int, _ schema: JSONValue, _ keywords: (least: String, most: String), _ unit: String, at place: String
    ) {
        if let least = schema[keywords.least]?.integerValue, count < least { add(place, "must have at least \(least) \(unit)") }
        if let most = schema[keywords.most]?.integerValue, count > most { add(place, "must have at most \(most) \(unit)") }
    }

    // MARK: arrays and objects

    private mutating func checkArray(_ value: JSONValue, _ schema: JSONValue, at place: String, _ depth: Int) {
        guard let elements = value.arrayValue else { return }
        checkCount(elements.count, schema, ("minItems", "maxItems"), "items", at: place)
        let prefix = schema["prefixItems"]?.arrayValue ?? []
        for (index, element) in elements.enumerated() {
            if index < prefix.count {
                check(element, prefix[index], at: "\(place)/\(index)", depth: depth + 1)
            } else if let items = schema["items"] {
                check(element, items, at: "\(place)/\(index)", depth: depth + 1)
            }
        }
        if schema["uniqueItems"]?.boolValue == true {
            if Set(elements.map(Self.comparable)).count < elements.count { add(place, "must not have the same item twice") }
        }
        if let wanted = schema["contains"] {
            var count = 0
            for element in elements where fits(element, wanted, depth) { count += 1 }
            let least = schema["minContains"]?.integerValue ?? 1
            if count < least { add(place, "must contain at least \(least) items of a kind that it has \(count) of") }
            if let most = schema["maxContains"]?.integerValue, count > most {
                add(place, "must contain at most \(most) items of a kind that it has \(count) of")
            }
        }
    }

    private mutating func checkObject(_ value: JSONValue, _ schema: JSONValue, at place: String, _ depth: Int) {
        guard let members = value.objectValue else { return }
        for name in schema["required"]?.arrayValue?.compactMap(\.stringValue) ?? [] where members[name] == nil {
            add(place, "must have the member \"\(name)\"")
        }
        checkCount(members.count, schema, ("minProperties", "maxProperties"), "members", at: place)
        for (name, member) in members {
            let here = place + JSONSchemaWords.step(name)
            if let names = schema["propertyNames"] { check(.string(name), names, at: here, depth: depth + 1) }
            var isNamed = false
            if let property = schema["properties"]?[name] {
                isNamed = true
                check(member, property, at: here, depth: depth + 1)
            }
            if let patterns = schema["patternProperties"]?.objectValue {
                for (pattern, property) in patterns where Self.matches(name, pattern) {
                    isNamed = true
                    check(member, property, at: here, depth: depth + 1)
                }
            }
            guard !isNamed, let additional = schema["additionalProperties"] else { continue }
            if additional.boolValue == false {
                add(here, "is not a member that is allowed")
            } else {
                check(member, additional, at: here, depth: depth + 1)
            }
        }
        for (name, dependent) in schema["dependentSchemas"]?.objectValue ?? JSONObject() where members[name] != nil {
            check(value, dependent, at: place, depth: depth + 1)
        }
        for (name, needed) in schema["dependentRequired"]?.objectValue ?? JSONObject() where members[name] != nil {
            for other in needed.arrayValue?.compactMap(\.stringValue) ?? [] where members[other] == nil {
                add(place, "must have the member \"\(other)\" beside \"\(name)\"")
            }
        }
    }

    // MARK: several schemas

    private mutating func checkCombined(_ value: JSONValue, _ schema: JSONValue, at place: String, _ depth: Int) {
        for part in schema["allOf"]?.arrayValue ?? [] { check(value, part, at: place, depth: depth + 1) }
        if let parts = schema["anyOf"]?.arrayValue, fitting(value, parts, depth) == 0 {
            add(place, "fits none of the \(parts.count) allowed forms")
        }
        if let parts = schema["oneOf"]?.arrayValue {
            let count = fitting(value, parts, depth)
            if count != 1 { add(place, "must fit exactly one of \(parts.count) forms, and fits \(count)") }
        }
        if let part = schema["not"], fits(value, part, depth) { add(place, "has a form that is not allowed") }
        if let condition = schema["if"] {
            let branch = fits(value, condition, depth) ? "then" : "else"
            if let part = schema[branch] { check(value, part, at: place, depth: depth + 1) }
        }
    }

    private mutating func fitting(_ value: JSONValue, _ schemas: [JSONValue], _ depth: Int) -> Int {
        var count = 0
        for schema in schemas where fits(value, schema, depth) { count += 1 }
        return count
    }

    private mutating func fits(_ value: JSONValue, _ schema: JSONValue, _ depth: Int) -> Bool {
        var trial = JSONSchemaCheck(document: document, budget: budget)
        trial.check(value, schema, at: "", depth: depth + 1)
        budget = trial.budget
        return trial.violations.isEmpty
    }
}
