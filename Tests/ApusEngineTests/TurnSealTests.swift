import ApusBase
import ApusEngine
import Testing

@Suite struct TurnSealTests {
    @Test func aTurnThatIsAboutToEndIsCancelledByNobody() async {
        let seal = TurnSeal()
        #expect(await !seal.close())
        #expect(seal.cancel() == nil)
        #expect(await !seal.close())
    }

    @Test func whoCancelsFirstDecidesAndIsWaitedFor() async throws {
        let seal = TurnSeal()
        let told = try #require(seal.cancel())
        #expect(seal.cancel() == nil)
        async let end = seal.close()
        told.give(true)
        #expect(await end)
    }
}
