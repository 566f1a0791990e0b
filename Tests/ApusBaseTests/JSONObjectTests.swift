import ApusBase
import Testing

@Suite struct JSONObjectTests {
    @Test func membersKeepTheirOrder() {
        let object: JSONObject = ["z": 1, "a": 2, "m": 3]
        #expect(object.keys == ["z", "a", "m"])
        #expect(object.map(\.key) == ["z", "a", "m"])
        #expect(object.map(\.value) == [1, 2, 3])
        #expect("\(object)" == #"{"z":1,"a":2,"m":3}"#)
        #expect(object != ["a": 2, "z": 1, "m": 3])
    }

    @Test func settingAnExistingKeyKeepsItsPlace() {
        var object: JSONObject = ["a": 1, "b": 2, "c": 3]
        object["b"] = 5
        object["d"] = 6
        object["a"] = .some(nil)
        #expect(object == ["a": nil, "b": 5, "c": 3, "d": 6])
    }

    @Test func settingNoValueRemoves() {
        var object: JSONObject = ["a": 1, "b": 2]
        object["a"] = Optional<JSONValue>.none
        object["x"] = Optional<JSONValue>.none
        #expect(object == ["b": 2])
        #expect(object["a"] == nil)
    }

    @Test func theLastOfSeveralMembersOfANameWins() {
        var object = JSONObject([("a", 1), ("b", 2), ("a", 3)])
        #expect(object.count == 3)
        #expect(object["a"] == 3)
        object["a"] = 4
        #expect("\(object)" == #"{"a":1,"b":2,"a":4}"#)
        object["a"] = Optional<JSONValue>.none
        #expect(object == ["b": 2])
    }

    @Test func anEmptyObjectIsEmpty() {
        let object = JSONObject()
        #expect(object.isEmpty)
        #expect(object.keys == [])
        #expect(object["a"] == nil)
    }

    /// Sizes on both sides of the index, and many random edits, against a plain list of pairs.
    @Test(arguments: 0..<40)
    func editsAgreeWithAPlainList(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var object = JSONObject()
        var model: [(String, JSONValue)] = []
        for step in 0..<400 {
            let key = "k\(Int.random(in: 0..<60, using: &generator))"
            if Int.random(in: 0..<3, using: &generator) == 0 {
                object[key] = Optional<JSONValue>.none
                model.removeAll { $0.0 == key }
            } else {
                let value = JSONValue.integer(Int64(step))
                object[key] = value
                if let place = model.firstIndex(where: { $0.0 == key }) { model[place].1 = value } else { model.append((key, value)) }
            }
            #expect(object == JSONObject(model))
            #expect(object[key] == model.last { $0.0 == key }?.1)
        }
        #expect(object.hashValue == JSONObject(model).hashValue)
    }
}
