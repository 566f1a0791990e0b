package import ApusCore
package import ApusWorkspace

/// Where approved plans are kept, one Markdown file each: `YYYY-MM-DD-<slug>.md`, the date in UTC (`droid-exec.md` §6.1).
///
/// A file that is there is never written over: a plan of the same name on the same day gets a number behind it. Missing folders are made;
/// nothing is followed that becomes a link once the folder was looked up.
package struct PlanFolder: Sendable {
    /// Plans of one name on one day.
    static let maximumNamesakes = 100
    /// Bytes of a slug, far below what file systems take.
    static let maximumSlugBytes = 60

    private let setting: String
    private let home: String
    private let clock: any TimeSource

    /// - Parameters:
    ///   - setting: Absolute, below the user's home with a `~/` in front, or relative to the working directory of a session.
    ///   - home: What `~` stands for.
    package init(_ setting: String, home: String, clock: any TimeSource) {
        self.setting = setting
        self.home = home
        self.clock = clock
    }

    /// Writes exactly the bytes of the plan, and returns where.
    package func save(_ plan: Plan, in workingDirectory: String) throws(PathFault) -> String {
        let place = setting == "~" ? home : setting.hasPrefix("~/") ? home + setting.dropFirst(1) : setting
        let folder = try SafePath.resolve(place, against: workingDirectory)
        if let kind = folder.kind, kind != .directory { throw .notADirectory(folder.path) }
        let name = PlanFolder.date(clock.now) + "-" + PlanFolder.slug(of: plan)
        let bytes = Array(plan.text.utf8)
        for number in 1...PlanFolder.maximumNamesakes {
            let file = folder.child(name + (number == 1 ? "" : "-\(number)") + ".md")
            do throws(PathFault) {
                try file.write(bytes, expecting: .nothing)
                return file.path
            } catch {
                // Taken, also by a link that leads nowhere. Whatever else has changed is no clash.
                guard case .changed(file.path, _) = error else { throw error }
            }
        }
        throw .exists(folder.child(name + "-\(PlanFolder.maximumNamesakes).md").path)
    }

    /// Of the title, or of the plan's first heading; `plan` where neither has a letter or a digit.
    static func slug(of plan: Plan) -> String {
        var slug = ""
        for character in (plan.title ?? heading(of: plan.text) ?? "").lowercased() {
            let isWord = character.isLetter || character.isNumber
            let next = isWord ? String(character) : slug.isEmpty || slug.hasSuffix("-") ? "" : "-"
            if slug.utf8.count + next.utf8.count > maximumSlugBytes { break }
            slug += next
        }
        if slug.hasSuffix("-") { slug.removeLast() }
        return slug.isEmpty ? "plan" : slug
    }

    private static func heading(of text: String) -> String? {
        for line in text.split(whereSeparator: \.isNewline) {
            let marks = line.prefix { $0 == "#" }
            let rest = line.dropFirst(marks.count)
            if (1...6).contains(marks.count), rest.first?.isWhitespace == true { return String(rest) }
        }
        return nil
    }

    private static func date(_ time: Timestamp) -> String {
        let (year, month, day) = civil(daysSince1970: Int((Double(time) / 86_400_000).rounded(.down)))
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(padded(month))-\(padded(day))"
    }

    /// The calendar of today carried back and forth: eras of 400 years, which have 146,097 days each, and years that begin in March.
    private static func civil(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}
