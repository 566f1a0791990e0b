import ApusFronts

extension PortRequest {
    /// The line by which programs find out where the server is (`qwen-serve.md` §1.2); `nil` for the droid protocol, which has none.
    package func startLine(port: Int) -> String? {
        let typed: String
        let about: (program: String, more: String)
        switch kind {
        case .droid: return nil
        case .qwen(let setting):
            typed = setting.hostname
            about = ("qwen serve", " (mode=http-bridge\(setting.workspace.map { ", workspace=\($0)" } ?? ""))")
        case .opta:
            typed = host
            about = ("opta daemon", "")
        }
        var host = typed.contains(":") && !typed.hasPrefix("[") ? "[\(typed)]" : typed
        // A zone stands in a URL as RFC 6874 has it.
        if host.hasPrefix("[") { host = host.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%25") }
        let scheme = certificatePath == nil ? "http" : "https"
        return "\(about.program) listening on \(scheme)://\(host):\(port)\(about.more)"
    }
}
