import ApusFronts

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What `apus serve` was told, as it was typed (`qwen-serve.md` §1.1), and what follows from it.
package struct QwenOptions: Sendable {
    package var hostname = "127.0.0.1"
    package var port = "4170"
    package var token: String?
    package var maximumSessions = "20"
    package var maximumConnections = "256"
    package var isBridge = true
    package var workspace: String?
    package var requiresAuth = false
    package var ringSize: String?
    package var permissionMilliseconds = "300000"
    package var isNonBlocking = false
    package var certificatePath: String?
    package var keyPath: String?
    package var allowsPlain = false

    /// Where clients of the qwen protocol look first.
    package static let usualPort = 4_170
    package static let tokenVariable = "QWEN_SERVER_TOKEN"

    package init() {}

    /// Why the server does not start: a whole sentence, without the program's name.
    package struct BootError: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
        init(_ description: String) { self.description = description }
    }

    /// - Parameter needsCredential: whether a caller without one is refused even where there is no token: the keys of a daemon are.
    package func request(environment: [String: String], needsCredential: Bool = false) throws(BootError) -> PortRequest {
        var setting = QwenSetting()
        let address = try Self.address(hostname)
        setting.hostname = hostname
        setting.isLoopback = BindRule.isLoopback(address)
        setting.token = Self.trimmed(token) ?? Self.trimmed(environment[Self.tokenVariable])
        setting.isOpen = setting.token == nil && !needsCredential
        setting.requiresAuth = requiresAuth
        setting.maximumSessions = try Self.cap(maximumSessions, of: "--max-sessions")
        setting.ringSize = try ringSize.map { text throws(BootError) in try Self.number(text, of: "--event-ring-size", from: 1) }
        let milliseconds = try Self.number(permissionMilliseconds, of: "--permission-response-timeout-ms", from: 0)
        setting.permissionDeadline = milliseconds == 0 ? nil : .milliseconds(milliseconds)
        setting.isNonBlocking = isNonBlocking
        setting.workspace = try workspace.map { path throws(BootError) in try Self.directory(path) }
        let number = try Self.number(port, of: "--port", from: 0, to: 65_535)
        if setting.isOpen {
            let place = "\(hostname):\(number)"
            if !setting.isLoopback {
                throw BootError(
                    "Refusing to bind \(place) without a bearer token. Set \(Self.tokenVariable) or pass --token.")
            }
            if requiresAuth {
                throw BootError(
                    "Refusing to start with --require-auth without a bearer token. Set \(Self.tokenVariable) or pass --token.")
            }
        }
        var request = PortRequest(.qwen(setting), host: address, port: number)
        request.certificatePath = certificatePath
        request.keyPath = keyPath
        request.allowsPlain = allowsPlain
        request.maximumConnections = try Self.cap(maximumConnections, of: "--max-connections") ?? .max
        if let refusal = request.refusal { throw BootError(refusal) }
        return request
    }

    /// What a person should know although the server starts.
    package func warnings(environment: [String: String]) -> [String] {
        var warnings: [String] = []
        if token != nil { warnings.append("--token can be read in the list of processes. Set \(Self.tokenVariable) instead.") }
        if !isBridge { warnings.append("--no-http-bridge has no effect: http-bridge is the only mode.") }
        if Self.trimmed(token) == nil, Self.trimmed(environment[Self.tokenVariable]) == nil {
            warnings.append("bearer auth disabled (loopback default). Set \(Self.tokenVariable) to enable.")
        }
        return warnings
    }

    // MARK: - Values

    /// `nil` for nothing but white space.
    static func trimmed(_ text: String?) -> String? {
        guard let text else { return nil }
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return nil }
        return String(text[first...last])
    }

    /// The address to bind, without the brackets of an IPv6 one.
    private static func address(_ typed: String) throws(BootError) -> String {
        let advice = "Give an address or a name alone, and the port with --port."
        if typed.hasPrefix("[") {
            let inner = String(typed.dropFirst().dropLast())
            guard typed.hasSuffix("]"), isIPv6(inner) else { throw BootError("--hostname \"\(typed)\" is no address. \(advice)") }
            return inner
        }
        if typed.contains(":"), !isIPv6(typed) { throw BootError("--hostname \"\(typed)\" is no address. \(advice)") }
        let isPlain = typed.unicodeScalars.allSatisfy { $0.isASCII && $0.value > 0x20 && $0.value != 0x7F && $0 != "/" && $0 != "]" }
        guard isPlain, !typed.isEmpty else { throw BootError("--hostname \"\(typed)\" is no address. \(advice)") }
        return typed
    }

    /// With or without a zone.
    private static func isIPv6(_ text: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET6, String(text.prefix { $0 != "%" }), &address) == 1
    }

    private static func number(_ text: String, of option: String, from least: Int, to most: Int = 1 << 53) throws(BootError) -> Int {
        guard let number = Int(text), least...most ~= number else {
            let range = most == 1 << 53 ? "\(least) or more" : "\(least) to \(most)"
            throw BootError("\(option) is \"\(text)\". Use a whole number, \(range).")
        }
        return number
    }

    /// `nil` for no cap.
    private static func cap(_ text: String, of option: String) throws(BootError) -> Int? {
        guard let number = Double(text), number >= 0 else {
            throw BootError("\(option) is \"\(text)\". Use a number, 0 or more; 0 and Infinity mean no bound.")
        }
        return number == 0 || number >= Double(1 << 53) ? nil : max(Int(number), 1)
    }

    private static func directory(_ path: String) throws(BootError) -> String {
        guard path.hasPrefix("/") else { throw BootError("--workspace is \"\(path)\". Use an absolute path.") }
        guard let directory = ResolvedDirectory.of(path) else {
            throw BootError("--workspace is \"\(path)\", which is no folder that can be entered.")
        }
        return directory
    }
}
