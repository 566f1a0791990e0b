/// The table of rules, by program.
package struct CommandCatalog: Sendable {
    /// Rules of one kind, as `docs/permissions.md` prints them.
    package struct Group: Sendable {
        package var title: String
        package var rules: [CommandRule]
    }

    package static let standard = CommandCatalog()

    package let groups: [Group]
    package let rules: [CommandRule]
    private let byProgram: [String: [Int]]
    private let byID: [String: Int]

    private init() {
        groups = [
            Group(title: "Showing", rules: CommandRule.show), Group(title: "Printing and waiting", rules: CommandRule.echo),
            Group(title: "Information", rules: CommandRule.info), Group(title: "Listing and searching", rules: CommandRule.search),
            Group(title: "git", rules: CommandRule.git), Group(title: "Services and hosting", rules: CommandRule.services),
            Group(title: "Versions and packages", rules: CommandRule.versions),
            Group(title: "Formatters and checks", rules: CommandRule.low),
            Group(title: "Everyday work", rules: CommandRule.medium), Group(title: "Wrappers and languages", rules: CommandRule.wrappers),
            Group(title: "What cannot be taken back", rules: CommandRule.high), Group(title: "Lists", rules: CommandRule.denied),
            Group(title: "The shell itself", rules: CommandRule.structures),
        ]
        rules = groups.flatMap(\.rules)
        var byProgram: [String: [Int]] = [:]
        var byID: [String: Int] = [:]
        for (index, rule) in rules.enumerated() {
            byID[rule.id] = index
            for program in rule.programs { byProgram[program, default: []].append(index) }
        }
        self.byProgram = byProgram
        self.byID = byID
    }

    func rules(for program: String) -> [CommandRule] { (byProgram[program] ?? []).map { rules[$0] } }

    func knows(_ program: String) -> Bool { byProgram[program] != nil }

    package func rule(_ id: String) -> CommandRule {
        guard let index = byID[id] else { preconditionFailure("no rule is named \(id)") }
        return rules[index]
    }
}
