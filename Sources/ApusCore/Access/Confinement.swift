/// What a call may reach while it runs, whatever was decided about it: the tier of its session as places and means.
///
/// One value serves the kernel's wall around commands and the path checks of the tools in our own process, so that both obey the
/// same policy. Paths are absolute with links resolved; where they nest, the longer one counts.
package struct Confinement: Hashable, Sendable {
    package enum Network: String, Hashable, Sendable {
        /// No socket of any kind but pairs.
        case none
        case open
    }

    package var level: AutonomyLevel
    /// Folders and files that may be changed. Everything else can only be read.
    package var writable: [String]
    /// Not to be changed although inside something writable.
    package var protected: [String]
    /// Not to be read or changed, wherever they are.
    package var hidden: [String]
    /// A private folder that stands in for the temporary directories of the machine; it is writable under its own name, too.
    package var temporary: String?
    /// Stays in sight, to be read, inside what the wall replaces: temporary directories, `/run`, `/dev`.
    package var visible: [String]
    /// What is seen in place of a file or a folder, by the path of that: another one of the same kind, readable only. Nothing runs where
    /// that cannot be done.
    package var standIns: [String: String] = [:]
    package var network: Network
    /// Unix sockets that may be connected to.
    package var sockets: [String]
    /// Processes of one command at a time.
    package var maximumProcesses: Int
    /// Bytes one command may add to the disk.
    package var maximumWrittenBytes: Int
    /// Nothing runs when a layer of the wall is missing.
    package var isRequired: Bool

    package init(
        level: AutonomyLevel, writable: [String] = [], protected: [String] = [], hidden: [String] = [],
        temporary: String? = nil, visible: [String] = [], network: Network = .none, sockets: [String] = [], maximumProcesses: Int,
        maximumWrittenBytes: Int, isRequired: Bool = false
    ) {
        self.level = level
        self.writable = writable
        self.protected = protected
        self.hidden = hidden
        self.temporary = temporary
        self.visible = visible
        self.network = network
        self.sockets = sockets
        self.maximumProcesses = maximumProcesses
        self.maximumWrittenBytes = maximumWrittenBytes
        self.isRequired = isRequired
    }
}
