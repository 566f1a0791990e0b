#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why a command did not run. Nothing of it was started when one of these is thrown.
package enum SpawnError: Error, Hashable, Sendable {
    /// No keeper at any of the places looked at.
    case keeperNotFound(looked: [String])
    /// The keeper exists and could not be started.
    case keeperFailed(path: String, errno: Int32)
    /// The request cannot be put into a process: a sentence that names the part.
    case invalidRequest(String)
    /// The system refused a resource of our own, such as descriptors or a thread.
    case resources(call: String, errno: Int32)
    /// The keeper tried and this step failed.
    case failed(step: Step, subject: String, errno: Int32)
    /// Processes are only run on Linux so far.
    case unsupportedPlatform

    /// The steps between a started keeper and a running program, in order.
    package enum Step: String, Hashable, Sendable, CaseIterable {
        case request, policy, prepare, fork, session, descriptors, directory, wall, exec, log
    }
}

extension SpawnError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .keeperNotFound(let looked):
            "No apus-keeper at \(looked.joined(separator: " or ")). It is installed beside apus; APUS_KEEPER names another place."
        case .keeperFailed(let path, let code):
            "The keeper \(path) could not be started: \(Self.text(code))."
        case .invalidRequest(let sentence):
            sentence
        case .resources(let call, let code):
            "The system refused \(call): \(Self.text(code))."
        case .failed(let step, let subject, let code):
            Self.sentence(step, subject, code)
        case .unsupportedPlatform:
            "Commands can be run on Linux only."
        }
    }

    private static func sentence(_ step: Step, _ subject: String, _ code: Int32) -> String {
        switch step {
        case .exec where code == ENOENT && !subject.contains("/"):
            return "No program named \"\(subject)\" in PATH."
        case .exec where code == ENOENT:
            return "No program at \(subject), or the interpreter its first line names is missing."
        case .exec where code == EACCES:
            return "\(subject) may not be executed: \(text(code))."
        case .exec where code == E2BIG:
            return "The arguments and environment for \(subject) are larger than the system takes. Pass large input in a file."
        case .exec where code == ENOEXEC:
            return "\(subject) is not a program: a script needs a first line that names its interpreter."
        case .exec:
            return "\(subject) could not be executed: \(text(code))."
        case .directory:
            return "The working directory \(subject) could not be entered: \(text(code))."
        case .request where code == EPROTO:
            return "The keeper beside apus belongs to another version of it. Install both from one build."
        case .policy:
            return "This keeper does not know how the command is to end."
        case .log:
            return "The log of \(subject) could not be made: \(text(code))."
        case .wall:
            return "The wall around \(subject) could not be put up (\(text(code))), so nothing was run. "
                + "apus doctor names the missing layer; the setting sandbox.required asks for all of them."
        case .request, .prepare, .fork, .session, .descriptors:
            return "The keeper could not start \(subject): \(text(code)) (step: \(step.rawValue))."
        }
    }

    private static func text(_ code: Int32) -> String {
        String(cString: strerror(code))
    }
}
