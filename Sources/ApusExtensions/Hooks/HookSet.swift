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
    /// What is to be looked at before these commands run.
    private(set) var scripts: [HookScripts] = []
    private var guarded: Set<String> = []

    package static let none = HookSet()

    init() {}

    package init(refusing reason: String) { refusal = reason }

    /// Whether a command stands where scripts are that must be as they were trusted.
    func guards(_ command: HookCommand) -> Bool { guarded.contains(command.line) }

    /// - Parameters:
    ///   - document: of the next weaker place.
    ///   - scripts: those beside it, where they need trust.
    mutating func add(_ document: HookDocument, scripts: HookScripts? = nil) {
        warnings += document.warnings
        if let scripts, !document.isEmpty {
            self.scripts.append(scripts)
            guarded.formUnion(document.groups.values.joined().flatMap(\.commands).map(\.line))
        }
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
