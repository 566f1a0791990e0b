import ApusBase
import ApusCore

/// How a turn is to be run, by the one table of modes.
enum OptaMode: String, CaseIterable {
    case chat, `do`, plan, review, research
}

/// A prompt as a client asks for it, over HTTP or on a socket (§2.4 #7, §3.6).
struct OptaTurn: Sendable {
    enum Format: String, CaseIterable {
        case markdown, text, json
    }

    /// Of the original's own ways to work; accepted and without effect.
    private enum AutonomyMode: String, CaseIterable {
        case execution, ceo
    }

    var client: String
    var writer: String
    var content: String
    var mode: OptaMode
    /// What the client has seen of the session, when it wants to be refused if there is more.
    var lastSeen: Int64?
    var model: String?
    private var isDangerous = false
    private var isAuto = false
    private var makesNoCommits = false
    private var format: Format?

    /// - Parameter fallback: For where the mode may be left out.
    init(_ form: inout OptaForm, mode fallback: OptaMode? = nil) {
        client = form.requiredName("clientId")
        writer = form.requiredName("writerId")
        content = form.required("content")
        mode = form.choice("mode", OptaMode.self, isRequired: fallback == nil) ?? fallback ?? .chat
        // Accepted as the protocol says; nothing here would read it.
        _ = form.member("metadata")
        guard let value = form["overrides"] else { return }
        var overrides = OptaForm(value, at: [.key("overrides")])
        model = overrides.optional("model").flatMap { $0.isEmpty ? nil : $0 }
        _ = overrides.optional("provider")
        isDangerous = overrides.flag("dangerous")
        isAuto = overrides.flag("auto")
        makesNoCommits = overrides.flag("noCommit")
        _ = overrides.flag("noCheckpoints")
        format = overrides.choice("format", Format.self)
        _ = overrides.choice("autonomyMode", AutonomyMode.self)
        _ = overrides.integer("autonomyLevel", in: 1...5)
        for issue in overrides.issues { form.add(issue) }
    }

    /// - Parameter limit: Nothing above it runs unasked, whatever was asked for.
    func overrides(upTo limit: AutonomyLevel) -> TurnOverrides {
        let level: AutonomyLevel
        var interaction = InteractionMode.auto
        switch mode {
        case _ where isDangerous: level = .high
        case _ where isAuto: level = .medium
        case .do: level = .medium
        case .chat: level = .off
        case .plan, .review, .research: (level, interaction) = (.off, .spec)
        }
        return TurnOverrides(model: model, autonomy: min(level, limit), interaction: interaction, instruction: instruction)
    }

    private var instruction: String? {
        var sentences: [String] = []
        switch mode {
        case .review: sentences.append("This is a review: end with what is wrong, where, and how bad it is, instead of a plan.")
        case .research: sentences.append("This is research: end with what you have found and where, instead of a plan.")
        case .chat, .do, .plan: break
        }
        switch format {
        case .json: sentences.append("Answer with one JSON value and nothing else: no prose, no code fence.")
        case .text: sentences.append("Answer in plain text, without Markdown.")
        case .markdown, nil: break
        }
        if makesNoCommits { sentences.append("Make no commits.") }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }
}
