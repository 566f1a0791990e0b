import ApusBase
package import ApusCore
import ApusSettings

/// The hooks of one session, the strongest settings' first, as they were when they were looked up.
package struct HookSet: Sendable {
    private var groups: [HookEvent: [HookGroup]] = [:]
    /// One sentence each.
    package private(set) var warnings: [String] = []
    private var count = 0
    /// The machine's own are not known, and no prompt is taken without them.
    package private(set) var refusal: String?

    package static let none = HookSet()

    init() {}

    package init(refusing reason: String) { refusal = reason }

    /// - Parameter document: of the next weaker place.
    mutating func add(_ document: HookDocument) {
        warnings += document.warnings
        for event in HookEvent.allCases {
            for group in document.groups[event] ?? [] {
                guard count + group.commands.count <= ByteLimit.maximumHooks else {
                    let sentence = "There are more than \(ByteLimit.maximumHooks) hooks; those of the weakest settings are left out."
                    if !warnings.contains(sentence) { warnings.append(sentence) }
                    continue
                }
                count += group.commands.count
                groups[event, default: []].append(group)
            }
        }
    }

    mutating func warn(_ sentence: String) { warnings.append(sentence) }

    /// Every command once, wherever it stands; `nil` when none is for this.
    package func plan(for occasion: HookOccasion, in context: HookContext) -> HookPlan? {
        if refusal != nil {
            guard case .userPromptSubmit = occasion else { return nil }
            return HookPlan(occasion: occasion, context: context, commands: [HookCommand("the hooks of this machine")])
        }
        let fitting = (groups[occasion.event] ?? []).filter { $0.isFor(occasion) }
        var commands: [HookCommand] = []
        for command in fitting.flatMap(\.commands) where !commands.contains(where: { $0.line == command.line }) { commands.append(command) }
        guard !commands.isEmpty else { return nil }
        let matchers = Set(fitting.map(\.matcher))
        return HookPlan(
            occasion: occasion, context: context, matcher: matchers.count == 1 ? fitting.first?.matcher : nil, commands: commands)
    }
}
