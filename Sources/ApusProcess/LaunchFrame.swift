import CSandbox

/// The bytes of a launch request (`KeeperProtocol.h`).
///
/// Throws `invalidRequest` for what no process can be given: NUL bytes, a relative working directory, an environment name with
/// `=`, or more than `APUS_LAUNCH_LIMIT` bytes in all. Whether the program takes it is for the kernel to say.
///
/// `logFolder` goes with `APUS_POLICY_BACKGROUND` and with nothing else.
func launchFrame(
    _ request: ProcessRequest, policy: Int = APUS_POLICY_DIE_WITH_OWNER, logFolder: String? = nil, keepsErrorsApart: Bool = false
) throws(SpawnError) -> [UInt8] {
    #if os(macOS)
        let request = request.underSeatbelt
    #endif
    guard !request.executable.isEmpty else { throw .invalidRequest("The command names no program.") }
    guard request.workingDirectory.hasPrefix("/") else {
        throw .invalidRequest("The working directory \"\(request.workingDirectory)\" is not an absolute path.")
    }
    var body: [UInt8] = []
    try append(request.executable, as: "the program's name", to: &body)
    try append(request.workingDirectory, as: "the working directory", to: &body)
    try append(request.executable, as: "the program's name", to: &body)
    for (index, argument) in request.arguments.enumerated() {
        try append(argument, as: "argument \(index + 1) of \(request.executable)", to: &body)
    }
    for (name, value) in request.environment.sorted(by: { $0.key < $1.key }) {
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "=")) else {
            throw .invalidRequest("The environment name \"\(name)\" is empty or contains \"=\".")
        }
        try append("\(name)=\(value)", as: "the environment variable \(name)", to: &body)
    }
    if let logFolder { try append(logFolder, as: "the folder for the log", to: &body) }
    let wall = try wallFrame(request.confinement, leavingOut: request.leftOut)
    body += wall
    guard body.count <= Int(APUS_LAUNCH_LIMIT) else {
        let size = "take \(body.count) bytes; \(APUS_LAUNCH_LIMIT) is the limit"
        throw .invalidRequest("The arguments and environment of \(request.executable) \(size). Pass large input in a file.")
    }
    let header = apus_launch_header(
        magic: UInt32(APUS_KEEPER_MAGIC),
        length: UInt32(body.count),
        policy: UInt32(policy),
        grace_ms: request.terminationGrace.graceMilliseconds,
        argument_count: UInt32(request.arguments.count + 1),
        environment_count: UInt32(request.environment.count),
        wall_length: UInt32(wall.count),
        flags: keepsErrorsApart ? UInt32(APUS_LAUNCH_APART) : 0
    )
    return withUnsafeBytes(of: header) { Array($0) } + body
}

/// The bytes of one order.
func orderFrame(_ kind: Int, grace: Duration? = nil) -> [UInt8] {
    let order = apus_order(kind: UInt32(kind), grace_ms: grace?.graceMilliseconds ?? UInt32(APUS_LAUNCH_GRACE))
    return withUnsafeBytes(of: order) { Array($0) }
}

private func append(_ string: String, as part: String, to body: inout [UInt8]) throws(SpawnError) {
    let bytes = Array(string.utf8)
    guard !bytes.contains(0) else { throw .invalidRequest("A NUL byte in \(part): no process can be given one.") }
    guard bytes.count <= Int(APUS_LAUNCH_LIMIT) else {
        throw .invalidRequest("\(part) takes \(bytes.count) bytes; \(APUS_LAUNCH_LIMIT) is the limit for a whole command.")
    }
    withUnsafeBytes(of: UInt32(bytes.count)) { body.append(contentsOf: $0) }
    body.append(contentsOf: bytes)
    body.append(0)
}

extension Duration {
    /// Whole milliseconds, rounded up so that a wait never ends early; negative durations count as none.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        guard seconds < Int64.max / 2000 else { return Int64.max / 2 }
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }

    /// A grace as the keeper takes it, at most an hour.
    var graceMilliseconds: UInt32 {
        UInt32(min(milliseconds, 3_600_000))
    }
}
