package import ApusBase

/// One thing that the doctor looked at.
package struct DoctorFinding: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, CaseIterable {
        case fine
        /// Worth knowing; runs work nevertheless.
        case remark
        /// Would stop a run, or what runs commonly need.
        case wrong
    }

    /// A word for programs and for the eye; the same from version to version.
    package var subject: String
    package var state: State
    /// What was seen, one line, without secrets.
    package var summary: String
    /// What to do about it.
    package var remedy: String?

    package init(_ subject: String, _ state: State, _ summary: String, remedy: String? = nil) {
        self.subject = subject
        self.state = state
        self.summary = summary
        self.remedy = remedy
    }
}

/// Everything the doctor saw, in the order in which a run would need it.
package struct DoctorReport: Hashable, Sendable {
    package var findings: [DoctorFinding]

    package init(_ findings: [DoctorFinding]) {
        self.findings = findings
    }

    package var isFine: Bool { !findings.contains { $0.state == .wrong } }

    /// For people: a line a finding, its remedy below, and a closing sentence. Safe to show.
    package var text: String {
        var lines: [String] = []
        for finding in findings {
            let mark =
                switch finding.state {
                case .fine: "ok    "
                case .remark: "note  "
                case .wrong: "WRONG "
                }
            let subject = finding.subject.padded(to: 10)
            lines.append(mark + subject + Self.shown(finding.summary))
            if let remedy = finding.remedy { lines.append(String(repeating: " ", count: 16) + "-> " + Self.shown(remedy)) }
        }
        let count = findings.count { $0.state == .wrong }
        lines += ["", count == 0 ? "Nothing is wrong." : count == 1 ? "One thing is wrong." : "\(count) things are wrong."]
        return lines.joined(separator: "\n")
    }

    /// `ok`, and `checks` with `name`, `state`, `summary` and, where there is one, `remedy`.
    package var json: JSONValue {
        let checks = findings.map { finding -> JSONValue in
            var members: JSONObject = [
                "name": .string(finding.subject), "state": .string(finding.state.rawValue), "summary": .string(finding.summary),
            ]
            if let remedy = finding.remedy { members["remedy"] = .string(remedy) }
            return .object(members)
        }
        return ["ok": .bool(isFine), "checks": .array(checks)]
    }

    private static func shown(_ text: String) -> String { escapedForDisplay(text, keepingNewlines: false) }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
