import ApusBase
import Testing

@Suite struct IdentifierTests {
    private enum ThingTag {}

    @Test func anIdIsItsText() {
        let id: Identifier<ThingTag> = "b"
        #expect(id == Identifier("b"))
        #expect("\(id)" == "b")
        #expect([id, "a"].sorted().map(\.rawValue) == ["a", "b"])
        #expect([id: 1]["b"] == 1)
    }
}

@Suite struct RandomTextTests {
    @Test func aUUIDIsVersionFourInLowerCase() throws {
        var seen: Set<String> = []
        for _ in 0..<1000 {
            let text = randomUUIDText()
            #expect(try /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/.wholeMatch(in: text) != nil)
            seen.insert(text)
        }
        #expect(seen.count == 1000)
    }

    @Test func everyFreeBitOfAUUIDVaries() {
        var (any, all): (UInt8, UInt8) = (0, 0xF)
        var generator = SeededGenerator(seed: 1)
        var columns: [Int: Set<Character>] = [:]
        for _ in 0..<500 {
            for (index, character) in randomUUIDText(using: &generator).enumerated() { columns[index, default: []].insert(character) }
        }
        for (index, characters) in columns {
            switch index {
            case 8, 13, 18, 23: #expect(characters == ["-"])
            case 14: #expect(characters == ["4"])
            case 19: #expect(characters == ["8", "9", "a", "b"])
            default:
                #expect(characters.count == 16)
                for character in characters { any |= UInt8(character.hexDigitValue!); all &= UInt8(character.hexDigitValue!) }
            }
        }
        #expect((any, all) == (0xF, 0))
    }

    @Test(arguments: [0, 1, 10, 43, 1000])
    func aTokenHasItsLengthAndOnlyLettersAndDigits(length: Int) {
        let token = randomToken(length: length)
        #expect(token.utf8.count == length)
        #expect(token.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
    }

    @Test func tokensUseTheWholeAlphabet() {
        var generator = SeededGenerator(seed: 2)
        #expect(Set(randomToken(length: 5000, using: &generator)).count == 62)
        #expect(randomToken(length: -1, using: &generator) == "")
    }
}
