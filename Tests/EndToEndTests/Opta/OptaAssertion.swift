import Testing

/// The numbers of the conformance checklist (`opta-v3.md` §7.2) that a test shows. `docs/protocols/opta.md` has a row for each of them,
/// which ``OptaChecklistTests`` holds to what stands here.
struct OptaAssertion: TestTrait {
    let numbers: [Int]
}

extension Trait where Self == OptaAssertion {
    static func opta(_ numbers: Int...) -> Self { OptaAssertion(numbers: numbers) }
}
