import ApusBase
import ApusTestServer
import Foundation

/// What happens in one session that clients of three protocols share, made from a seed.
struct SharedSchedule: Sendable {
    enum Front: Int, CaseIterable, Sendable { case droid, qwen, opta }
    enum Kind: String, CaseIterable, Sendable {
        /// Words alone.
        case say
        /// A file is read, which nobody has to allow.
        case read
        /// A command that somebody has to allow.
        case ask
        /// Words that come in two parts.
        case half
    }

    /// Where a round stands when the daemon goes.
    enum Pause: CaseIterable, Sendable { case ended, asked, half }

    struct Round: Sendable {
        var number: Int
        var front: Front
        var kind: Kind
        var pause: Pause
        var decider: Front
        var allows: Bool
        /// A second prompt, which waits behind the first.
        var second: Front?
    }

    let seed: UInt64
    let rounds: [Round]
    /// One for each round, for the second part of what comes in two.
    let gates: [Gate]

    init(seed: UInt64) {
        self.seed = seed
        var random = SplitMix(seed: seed)
        let fronts = Front.allCases.shuffled(using: &random)
        let deciders = Front.allCases.shuffled(using: &random)
        rounds = (0..<fronts.count).map { number in
            let pause = Pause.allCases.randomElement(using: &random) ?? .ended
            let kind: Kind =
                switch pause {
                case .ended: Kind.allCases.randomElement(using: &random) ?? .say
                case .asked: .ask
                case .half: .half
                }
            // A bare no of a droid client to what another one asked counts for nothing (`engine.md` §5).
            let mayRefuse = deciders[number] != .droid || fronts[number] == .droid
            let allows = !mayRefuse || Int.random(in: 0..<3, using: &random) > 0
            return Round(
                number: number, front: fronts[number], kind: kind, pause: pause, decider: deciders[number], allows: allows,
                second: Int.random(in: 0..<3, using: &random) == 0 ? Front.allCases.randomElement(using: &random) : nil)
        }
        gates = rounds.map { _ in Gate() }
    }

    /// What is asked in a round. The marker stands in prompts and nowhere else.
    func prompt(_ round: Round, isSecond: Bool = false) -> String {
        "Marker \(seed)-\(round.number)-\((isSecond ? Kind.say : round.kind).rawValue)\(isSecond ? "-second" : "") end."
    }

    static func half(_ round: Round, _ seed: UInt64) -> String { "The first half of \(seed).\(round.number)" }

    /// What the model says: by the last prompt of the conversation, and by how many tools have answered since.
    static func script(_ schedules: [SharedSchedule]) -> Script {
        let gates = Dictionary(uniqueKeysWithValues: schedules.map { ($0.seed, $0.gates) })
        return Script.always(.computed { reply(to: $0.bodyText, gates) })
    }

    private static func reply(to body: String, _ gates: [UInt64: [Gate]]) -> Reply {
        guard let start = body.range(of: "Marker ", options: .backwards),
            let match = body[start.lowerBound...].firstMatch(of: #/Marker (\d+)-(\d+)-(say|read|ask|half)(-second)? end\./#),
            let seed = UInt64(match.1), let round = Int(match.2), let kind = Kind(rawValue: String(match.3))
        else { return .failure(status: 400, message: "no marker") }
        let answered = body[match.range.upperBound...].contains("\"tool_result\"")
        let name = "\(seed).\(round)"
        let call = "call-\(seed)-\(round)"
        switch kind {
        case .say: return .text("Some words ", .piece("of \(name)\(match.4.map(String.init) ?? "")."))
        case .read where !answered: return .toolCall("Read", ["file_path": "shared.txt"], id: call)
        case .ask where !answered: return .command("touch made-\(name) && echo made \(name)", id: call)
        case .read, .ask: return .text("It is done: ", .piece("\(name)."))
        case .half:
            guard let gate = gates[seed]?[round] else { return .failure(status: 400, message: "no gate") }
            return .stream(
                StreamedReply([.text([.piece("The first half "), .piece("of \(name)"), .wait(gate), .piece(" and the second.")])]))
        }
    }
}
