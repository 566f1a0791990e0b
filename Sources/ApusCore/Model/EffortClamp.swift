/// Brings a wished effort into what a model can be asked for (`droid-exec.md` R-IO-06: clamp and warn).
package enum EffortClamp {
    /// From least to most; `off` and `none` are the same wish, `dynamic` leaves it to the model.
    private static let ladder: [ReasoningEffort] = [.minimal, .low, .medium, .high, .xhigh, .max]

    /// - Returns: what to ask for, `nil` for nothing at all, and a sentence for stderr when that is not what was wished. Above the
    ///   model's highest effort means its highest, below its lowest its lowest, a gap the next lower. A model of which nothing is known
    ///   is asked for exactly what was wished.
    package static func clamped(
        _ effort: ReasoningEffort, for model: ModelDescription
    ) -> (effort: ReasoningEffort?, warning: String?) {
        let known = model.efforts
        if known.isEmpty || known.contains(effort) || isOff(effort) && known.contains(where: isOff) { return (effort, nil) }
        guard let lowest = ladder.first(where: known.contains) else {
            return (nil, "\(model.displayName) does not reason: the effort \"\(effort.rawValue)\" is ignored.")
        }
        if effort == .dynamic {
            return (nil, "\(model.displayName) has no effort \"dynamic\": its own default is used. \(choices(known))")
        }
        let rank = ladder.firstIndex(of: effort) ?? 0
        let nearest = ladder[...rank].last(where: known.contains) ?? lowest
        return (nearest, "\(model.displayName) has no effort \"\(effort.rawValue)\": using \"\(nearest.rawValue)\". \(choices(known))")
    }

    private static func isOff(_ effort: ReasoningEffort) -> Bool { effort == .off || effort == .none }

    private static func choices(_ known: [ReasoningEffort]) -> String {
        "It has: \(known.map(\.rawValue).joined(separator: ", "))."
    }
}
