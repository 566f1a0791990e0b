/// One operation that can be repeated. `scripts/bench` counts its instructions.
///
/// A new one gets a file with an extension of this type and a place in ``all``; nothing else changes.
struct Benchmark: Sendable {
    let name: String
    let summary: String
    /// Runs the operation that many times and returns something that depends on every run, so that none is optimised away.
    let run: @Sendable (Int) async -> Int

    static let all: [Benchmark] = [.parse, .write, .fragments, .skim, .reduce, .append, .commit]
}
