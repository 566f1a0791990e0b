import ApusBase

@testable import DroidWire

/// Makes values of every wire type, so that one property can be asked of all of them.
struct Arbitrary {
    var generator: SeededGenerator
    let optionals: Optionals
    /// Whether texts have only what every reader of the value accepts, or anything that a string may hold.
    let isPlain: Bool
    /// Optional members that are never there: `AddUserMessageParams.role`.
    var omitted: Set<String> = []
    /// Optional members that are always there.
    var needed: Set<String> = []
    private var depth = 0
    private var records: [String] = []

    enum Optionals { case all, none, some }

    init(seed: UInt64, optionals: Optionals, isPlain: Bool = false) {
        generator = SeededGenerator(seed: seed)
        self.optionals = optionals
        self.isPlain = isPlain
    }

    mutating func make<V: DroidValue>(_ type: V.Type) -> V {
        depth += 1
        defer { depth -= 1 }
        if let made = type as? any ArbitrarilyMade.Type { return made.arbitrary(&self) as! V }
        if let record = type as? any DroidRecord.Type { return self.record(record) as! V }
        if let enumeration = type as? any DroidEnumeration.Type { return self.word(enumeration) as! V }
        fatalError("there is no way to make a \(type)")
    }

    private mutating func record<R: DroidRecord>(_ type: R.Type) -> R {
        var record = R(blank: DroidBlank())
        records.append("\(R.self)")
        defer { records.removeLast() }
        record.members(&self)
        return record
    }

    private mutating func word<E: DroidEnumeration>(_ type: E.Type) -> E { E.known.randomElement(using: &generator)! }

    mutating func isPresent() -> Bool {
        switch optionals {
        case .all: depth < 12
        case .none: false
        case .some: depth < 12 && Bool.random(using: &generator)
        }
    }

    mutating func count() -> Int { depth > 8 ? 0 : Int.random(in: optionals == .all ? 1...2 : 0...2, using: &generator) }
    mutating func pick<T>(_ choices: [T]) -> T { choices.randomElement(using: &generator)! }
}

extension Arbitrary: DroidMembers {
    typealias Fault = Never

    mutating func required<V: DroidValue>(_ key: StaticString, _ value: inout V) { value = member(key) }
    mutating func optional<V: DroidValue>(_ key: StaticString, _ value: inout V?) {
        let name = "\(records.last ?? "").\(key)"
        if needed.contains(name) || isPresent() && !omitted.contains(name) { value = member(key) }
    }
    mutating func defaulted<V: DroidValue>(_ key: StaticString, _ value: inout V) { value = member(key) }
    mutating func nullable<V: DroidValue>(_ key: StaticString, _ value: inout V?) { if isPresent() { value = member(key) } }
    mutating func constant(_ key: StaticString, _ value: StaticString) {}

    mutating func others(_ members: inout JSONObject) {
        if !isPlain, isPresent() { members["x-unnamed"] = .random(using: &generator, depth: 2) }
    }

    /// Other readers look into some texts.
    private mutating func member<V: DroidValue>(_ key: StaticString) -> V {
        let name = key.description.lowercased()
        if isPlain, V.self == String.self {
            if name == "data" { return "aGVsbG8=" as! V }
        }
        if isPlain, V.self == Int.self || V.self == Double.self {
            return V.self == Int.self ? Int.random(in: 1...900, using: &generator) as! V : 12.0 as! V
        }
        return make(V.self)
    }
}

/// A type that is neither a record nor an enumeration, and says itself what its values are.
protocol ArbitrarilyMade { static func arbitrary(_ maker: inout Arbitrary) -> Self }

extension String: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> String {
        maker.isPlain ? "https://example.com/\(Int.random(in: 0..<1000, using: &maker.generator))" : .random(using: &maker.generator)
    }
}

extension Bool: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> Bool { .random(using: &maker.generator) }
}

extension Int: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> Int {
        Int(truncatingIfNeeded: maker.generator.next()) >> Int.random(in: 0..<64, using: &maker.generator)
    }
}

extension Double: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> Double {
        maker.pick([0, 1, 12, 0.25, -3.5, 1_795_248_047_235, 1e300, 0x1p53, 0x1p60])
    }
}

extension JSONValue: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> JSONValue { maker.isPlain ? "any" : .random(using: &maker.generator, depth: 3) }
}

extension JSONObject: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> JSONObject { ["a": .arbitrary(&maker)] }
}

extension Array: ArbitrarilyMade where Element: DroidValue {
    static func arbitrary(_ maker: inout Arbitrary) -> [Element] { (0..<maker.count()).map { _ in maker.make(Element.self) } }
}

extension DroidMap: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidMap {
        DroidMap((0..<maker.count()).map { ("key-\($0)", maker.make(Value.self)) })
    }
}

extension DroidNullable: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidNullable {
        !maker.isPlain && Bool.random(using: &maker.generator) ? .null : .value(maker.make(Value.self))
    }
}

extension DroidEither: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidEither {
        Bool.random(using: &maker.generator) ? .first(maker.make(First.self)) : .second(maker.make(Second.self))
    }
}

extension DroidFalse: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidFalse { DroidFalse() }
}

extension DroidPending: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidPending {
        DroidPending(maker.make(Request.self), requestId: maker.make(String.self))
    }
}
