import ApusBase
import ApusCore
import ApusProcess
import ApusTools
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A working directory with the tools in it, and a session's memory of files between calls.
final class Bench {
    let path: String
    private let tools: BuiltinTools
    private(set) var files: [String: FileMark] = [:]
    private(set) var todos: [Todo] = []
    let shown = Shown()
    /// What calls may reach.
    var confinement: Confinement?
    var processes: [BackgroundProcess] = []
    private var calls = 0

    /// `programs` are shell scripts, by name, and then all that commands find by name.
    init(processes: ProcessTable? = nil, programs: [String: String]? = nil) {
        path = String(cString: realpath("/tmp", nil)) + "/apus-test-" + randomToken(length: 12)
        precondition(mkdir(path, 0o700) == 0 && mkdir(path + "/tmp", 0o700) == 0 && mkdir(path + "/ws", 0o755) == 0)
        if let programs {
            precondition(mkdir(path + "/bin", 0o755) == 0)
            for (name, script) in programs {
                let file = fopen(path + "/bin/" + name, "w")!
                fputs("#!/bin/sh\n" + script, file)
                fclose(file)
                chmod(path + "/bin/" + name, 0o755)
            }
        }
        let search = programs == nil ? "/usr/local/bin:/usr/bin:/bin" : path + "/bin"
        let environment = ["PATH": search, "HOME": path, "SHELL": "/bin/sh"]
        tools = BuiltinTools(
            processes: processes, environment: environment, temporaryDirectory: path + "/tmp", processFolder: path + "/processes")
    }

    deinit { _ = system("chmod -R u+rwx '\(path)'; rm -rf '\(path)'") }

    /// A name in the working directory.
    func callAsFunction(_ name: String) -> String { path + "/ws/" + name }

    func tool(_ name: String) -> any Tool { tools.tool(named: name)! }

    func context() -> ToolContext {
        calls += 1
        let shown = shown
        return ToolContext(
            session: "s", call: CallID("call-\(calls)"), workingDirectory: path + "/ws", files: files, todos: todos,
            confinement: confinement, processes: processes, showOutput: { shown.append($0) })
    }

    /// As the engine does it: declare, then run; keeps the marks.
    func run(_ name: String, _ input: JSONValue) async -> ToolResult {
        let context = context()
        let tool = tool(name)
        do { _ = try tool.access(for: input, in: context) } catch { return ToolResult(.failed, error.sentence) }
        return await finish(await tool.run(input, in: context))
    }

    /// What a call would make of files, asked as the engine does it.
    func changes(_ name: String, _ input: JSONValue) async throws -> [FileChange]? {
        let context = context()
        let tool = tool(name)
        _ = try tool.access(for: input, in: context)
        return await tool.changes(by: input, in: context)
    }

    func finish(_ result: ToolResult) async -> ToolResult {
        for mark in result.files { files[mark.path] = mark }
        if let new = result.todos { todos = new }
        return result
    }

    func text(_ name: String, _ input: JSONValue) async -> String { await run(name, input).text }

    func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o644) {
        var place = path + "/ws"
        for part in name.split(separator: "/").dropLast() {
            place += "/" + part
            mkdir(place, 0o755)
        }
        let file = fopen(self(name), "w")!
        _ = bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
        fclose(file)
        chmod(self(name), mode)
    }

    func write(_ name: String, _ text: String) { write(name, Array(text.utf8)) }

    func bytes(_ name: String) -> [UInt8]? { contents(self(name)) }

    func string(_ name: String) -> String? { bytes(name).map { String(decoding: $0, as: UTF8.self) } }
}

/// Everything in a folder; nothing when there is none.
func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var found: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if name != ".", name != ".." { found.append(name) }
    }
    return found.sorted()
}

/// Whether a process has this command line; words are compared as the kernel keeps them.
func isRunning(_ command: String) -> Bool {
    let wanted = Array(command.replacing(" ", with: "\0").utf8)
    return names(in: "/proc").contains { name in
        guard Int32(name) != nil, let line = contents("/proc/\(name)/cmdline") else { return false }
        return line.firstRange(of: wanted) != nil
    }
}

final class Shown: Sendable {
    private let pieces = Mutex<[String]>([])
    var text: String { pieces.withLock { $0.joined() } }
    func append(_ piece: String) { pieces.withLock { $0.append(piece) } }
}

func contents(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        if count == 0 { return all }
        all += buffer[..<count]
    }
}

extension Bench {
    /// Makes or replaces a link.
    func link(_ name: String, to target: String) -> Bool {
        unlink(self(name))
        return symlink(target, self(name)) == 0
    }
}

extension Bench {
    /// What is in a folder; nothing when there is none.
    func names(in name: String) -> [String] {
        guard let stream = opendir(self(name)) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let found = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if found != ".", found != ".." { names.append(found) }
        }
        return names
    }
}
