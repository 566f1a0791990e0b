/// What a process that serves is told on its command line.
package struct ServeSetting: Sendable {
    /// At least one.
    package var ports: [PortRequest]
    /// Of Apus.
    package var version: String
    /// Told each port that this process was started for, and its address, once connections are accepted there.
    package var ready: @Sendable (PortRequest, _ url: String, _ port: Int) -> Void

    /// Where clients of the droid protocol look first (`droid.md` §2.4).
    package static let usualPort = 37_643

    package init(_ ports: [PortRequest], version: String, ready: @escaping @Sendable (PortRequest, _ url: String, _ port: Int) -> Void) {
        self.ports = ports
        self.version = version
        self.ready = ready
    }

    /// What it is refused with before anything is opened.
    package var refusal: String? {
        for port in ports { if let refusal = port.refusal { return refusal } }
        return nil
    }
}
