package import ApusCore

/// Which answers fit a question. An answer that is not offered is not taken.
package enum ApprovalOptions {
    /// - Parameter limit: No answer raises a session above it.
    package static func offered(for request: AccessRequest, required: AutonomyLevel?, upTo limit: AutonomyLevel) -> [ApprovalChoice] {
        if case .plan = request.action { return ApprovalChoice.choices(aboutPlansUpTo: limit) }
        guard let required else { return [.proceedOnce, .proceedEdited, .cancel] }
        var choices: [ApprovalChoice] = [.proceedOnce, .proceedAlways]
        if !request.action.writtenPaths.isEmpty { choices.append(.proceedAlwaysFile) }
        choices.append(.proceedAlwaysTool)
        if request.server != nil { choices.append(.proceedAlwaysServer) }
        // Staying behind when the run is over is no matter of the same words again.
        if request.action.commandText != nil, !request.outlivesRun { choices.append(.proceedAlwaysCommand) }
        if required <= limit { choices.append(.autoRun) }
        let levels: [(AutonomyLevel, ApprovalChoice)] = [(.low, .autoRunLow), (.medium, .autoRunMedium), (.high, .autoRunHigh)]
        choices += levels.filter { $0.0 >= required && $0.0 <= limit }.map(\.1)
        return choices + [.proceedEdited, .cancel]
    }
}
