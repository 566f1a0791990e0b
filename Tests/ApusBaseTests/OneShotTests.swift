import ApusBase
import Testing

@Suite struct OneShotTests {
    @Test func theFirstValueStays() async {
        let word = OneShot<String>()
        #expect(word.value == nil)
        #expect(word.give("first"))
        #expect(!word.give("second"))
        #expect(word.value == "first")
        #expect(await word.given() == "first")
        #expect(await word.wait() == "first")
    }

    @Test func everybodyWhoWaitsIsTold() async {
        let number = OneShot<Int>()
        let sum = await withTaskGroup(of: Int.self) { group in
            for index in 0..<20 {
                group.addTask { index % 2 == 0 ? await number.given() : await number.wait() ?? 0 }
            }
            group.addTask {
                number.give(1)
                return 0
            }
            return await group.reduce(0, +)
        }
        #expect(sum == 20)
    }

    @Test func cancellingEndsOnlyTheWaitThatMayEnd() async {
        let number = OneShot<Int>()
        let leaving = Task { await number.wait() }
        let staying = Task { await number.given() }
        leaving.cancel()
        staying.cancel()
        #expect(await leaving.value == nil)
        number.give(7)
        #expect(await staying.value == 7)
        #expect(await number.wait() == 7)
    }
}
