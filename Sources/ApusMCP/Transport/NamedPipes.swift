#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Two named pipes in a private folder: how a program under a keeper, which has no input and one output, gets an input and keeps its
/// output apart from its complaints. Whoever makes them removes them.
struct NamedPipes: Sendable {
    let folder: String
    var input: String { folder + "/in" }
    var output: String { folder + "/out" }

    /// - Parameter parent: an existing directory.
    init(in parent: String) throws(MCPFault) {
        var template = Array("\(parent)/apus-mcp-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw .notStarted("no folder can be made in \(parent): \(String(cString: strerror(errno)))")
        }
        let made = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        folder = made
        guard mkfifo(input, 0o600) == 0, mkfifo(output, 0o600) == 0 else {
            let reason = String(cString: strerror(errno))
            remove()
            throw .notStarted("no pipe can be made in \(made): \(reason)")
        }
    }

    /// Our ends, which the caller owns. Opened both ways, so that neither waits for the program to open its own: that it has ended is
    /// told by its keeper.
    func open() throws(MCPFault) -> (toProgram: Int32, fromProgram: Int32) {
        let flags = O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW
        let toProgram = Self.open(input, flags)
        guard toProgram >= 0 else { throw .notStarted("\(input): \(String(cString: strerror(errno)))") }
        let fromProgram = Self.open(output, flags)
        guard fromProgram >= 0 else {
            let reason = String(cString: strerror(errno))
            _ = Self.close(toProgram)
            throw .notStarted("\(output): \(reason)")
        }
        return (toProgram, fromProgram)
    }

    /// The words of a shell that becomes the program with its input and output in place: `command`, then the pipes, then the program
    /// and its arguments.
    static let script = #"in=$1 out=$2; shift 2; exec "$@" <"$in" >"$out""#

    func remove() {
        unlink(input)
        unlink(output)
        rmdir(folder)
    }

    // Named apart from our own `open`.
    #if canImport(Glibc)
        private static func open(_ path: String, _ flags: Int32) -> Int32 { Glibc.open(path, flags) }
        private static func close(_ descriptor: Int32) -> Int32 { Glibc.close(descriptor) }
    #elseif canImport(Musl)
        private static func open(_ path: String, _ flags: Int32) -> Int32 { Musl.open(path, flags) }
        private static func close(_ descriptor: Int32) -> Int32 { Musl.close(descriptor) }
    #else
        private static func open(_ path: String, _ flags: Int32) -> Int32 { Darwin.open(path, flags) }
        private static func close(_ descriptor: Int32) -> Int32 { Darwin.close(descriptor) }
    #endif
}
