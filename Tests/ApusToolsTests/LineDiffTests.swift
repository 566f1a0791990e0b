import Testing

@testable import ApusTools

@Suite struct LineDiffTests {
    /// Applying a diff to the old text has to give the new one, for random texts.
    @Test(arguments: 0..<40)
    func aDiffLeadsFromTheOldToTheNewText(seed: Int) {
        var state = UInt64(seed) &* 2_654_435_761 &+ 1
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        let old = (0..<random(60)).map { _ in "\(random(6))\n" } + (random(2) == 0 ? ["tail"] : [])
        var new = old
        for _ in 0..<random(12) {
            if new.isEmpty || random(2) == 0 {
                new.insert("n\(random(3))\n", at: random(new.count + 1))
            } else {
                new.remove(at: random(new.count))
            }
        }
        if let index = new.dropLast().firstIndex(of: "tail") { new[index] = "tail\n" }
        let diff = LineDiff.unified(old: Array(old.joined().utf8), new: Array(new.joined().utf8), path: "p")
        #expect(LineDiffTests.apply(diff, to: old.joined()) == new.joined())
    }

    @Test func textsThatDifferEverywhereStayCheap() {
        let old = (0..<5_000).map { "a\($0)\n" }.joined()
        let new = (0..<5_000).map { "b\($0)\n" }.joined()
        let diff = LineDiff.unified(old: Array(old.utf8), new: Array(new.utf8), path: "p")
        #expect(LineDiffTests.apply(diff, to: old) == new)
    }

    @Test func equalTextsHaveNoDiff() { #expect(LineDiff.unified(old: [1], new: [1], path: "p") == "") }

    private static func apply(_ diff: String, to text: String) -> String {
        let old = LineDiff.lines(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
        var result: [String] = []
        var next = 0
        for line in diff.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2) {
            if line.hasPrefix("@@ -") {
                let numbers = line.dropFirst(4).split(separator: " ")[0].split(separator: ",").compactMap { Int($0) }
                let start = numbers[1] == 0 ? numbers[0] : numbers[0] - 1
                result += old[next..<start]
                next = start
            } else if line.hasPrefix(" ") {
                result.append(old[next])
                next += 1
            } else if line.hasPrefix("-") {
                next += 1
            } else if line.hasPrefix("+") {
                result.append(line.dropFirst() + "\n")
            } else if line.hasPrefix("\\"), diff.contains("+" + (result.last ?? "") + "\\") {
                result[result.count - 1].removeLast(result[result.count - 1].hasSuffix("\n") ? 1 : 0)
            }
        }
        return (result + old[next...]).joined()
    }
}
