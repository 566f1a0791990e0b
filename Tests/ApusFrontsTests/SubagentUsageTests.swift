import ApusBase
import ApusCore
import ApusTesting
import Testing

@testable import ApusFronts

/// Totals of a run that had subagents.
@Suite struct SubagentUsageTests {
    /// Knows models "cheap" and "dear" with a price, and "free" without one.
    private struct Models: ModelSource {
        func provider(for model: String?) async throws(ModelLookupError) -> any ModelProvider {
            switch model {
            case "cheap": Priced(price: ModelPrice(input: 1, output: 2, cacheRead: 0, cacheCreation: 0))
            case "dear": Priced(price: ModelPrice(input: 10, output: 20, cacheRead: 0, cacheCreation: 0))
            case "free": Priced(price: nil)
            default: throw ModelLookupError(model: model ?? "", description: "unknown")
            }
        }
    }

    private struct Priced: ModelProvider {
        let description: ModelDescription

        init(price: ModelPrice?) {
            var description = ModelDescription(id: "m", displayName: "M", dialect: "scripted", contextTokens: nil)
            description.price = price
            self.description = description
        }

        func respond(to request: ModelRequest, receive: (ModelEvent) async -> Void) async throws(ModelError) {
            throw ModelError(.invalidRequest, "nobody asks")
        }
    }

    private func run(_ turn: TurnID, _ usage: Usage?, model: String? = "cheap") -> ChildRun {
        ChildRun(
            session: "k", turn: turn, call: "c", kind: "worker", summary: "", isBackground: false, startedAt: 1,
            end: usage.map { ChildRun.End(reason: .completed, at: 2, usage: $0, model: model) })
    }

    private func result(_ usage: Usage = Usage(inputTokens: 100, outputTokens: 10), cost: Double? = 0.5) -> ExecResult {
        var result = OutputTests.success()
        (result.usage, result.cost) = (usage, cost)
        return result
    }

    private func total(
        _ heard: [ChildRun], known: [ChildRun] = [], before: [ChildRun] = [], to start: ExecResult
    ) async -> ExecResult {
        var result = start
        await SubagentUsage(heard: heard, known: known, before: before).add(to: &result, Models())
        return result
    }

    @Test func withoutSubagentsNothingChanges() async {
        #expect(await total([], to: result()) == result())
        #expect(await total([run("t1", nil)], to: result()) == result(), "one that goes on has no tokens yet")
        #expect(await total([run("t1", .zero)], to: result()) == result(), "nor one whose provider said nothing")
    }

    @Test func eachRunCountsOnceAtThePriceOfItsModel() async {
        let (one, two) = (Usage(inputTokens: 1_000_000, outputTokens: 0), Usage(inputTokens: 0, outputTokens: 1_000_000))
        // The second stands in for the first in the session's list: one subagent, taken up again.
        let all = await total(
            [run("t1", one), run("t2", two, model: "dear")], known: [run("t2", two, model: "dear"), run("old", one)],
            before: [run("old", one)], to: result())
        #expect(all.usage == Usage(inputTokens: 1_000_100, outputTokens: 1_000_010))
        #expect(all.subagentUsage == one + two)
        #expect(all.cost == 0.5 + 1 + 20)
    }

    @Test func thoseOfTheBackgroundAreFoundInTheList() async {
        let usage = Usage(inputTokens: 5, outputTokens: 6)
        let all = await total([run("t1", nil)], known: [run("t1", usage)], before: [run("old", nil)], to: result())
        #expect(all.subagentUsage == usage)
    }

    @Test(arguments: ["free", "gone", nil] as [String?]) func aCostThatIsNotKnownIsNotGuessed(model: String?) async {
        let usage = Usage(inputTokens: 5, outputTokens: 6)
        let all = await total([run("t1", usage), run("t2", usage, model: model)], to: result())
        #expect(all.usage == Usage(inputTokens: 110, outputTokens: 22) && all.cost == nil)
        let own = await total([run("t1", usage)], to: result(cost: nil))
        #expect(own.cost == nil, "nor that of the run itself")
    }

    @Test func aRunThatOnlyHadOthersWorkCostsWhatTheyCost() async {
        let all = await total([run("t1", Usage(inputTokens: 2_000_000, outputTokens: 0))], to: result(.zero, cost: nil))
        #expect(all.cost == 2)
    }

    @Test func thePartOfSubagentsIsToldBesideTheTotal() {
        var result = OutputTests.success("final")
        result.subagentUsage = Usage(inputTokens: 7, outputTokens: 3)
        var json = JSONOutput()
        let part =
            "\"subagent_usage\":{\"input_tokens\":7,\"output_tokens\":3,\"cache_read_input_tokens\":0,\"cache_creation_input_tokens\":0}"
        #expect(OutputTests.text(json.end(result, at: 1)).contains("},\(part),\"model\":"))
        var stream = StreamJSONOutput()
        _ = stream.begin(OutputTests.preamble)
        #expect(OutputTests.text(stream.end(result, at: 1)).hasSuffix("},\(part)}\n"))
    }
}
