import ApusBase

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A folder for one test, removed with everything in it when the test is over.
final class TemporaryFolder {
    let path: String

    init() {
        let base = String(cString: realpath("/tmp", nil))
        path = base + "/apus-test-" + randomToken(length: 12)
        precondition(mkdir(path, 0o700) == 0)
    }

    deinit { removeTree(path) }

    func callAsFunction(_ name: String) -> String { path + "/" + name }

    @discardableResult
    func folder(_ name: String) -> String {
        var place = path
        for part in name.split(separator: "/") {
            place += "/" + part
            mkdir(place, 0o755)
        }
        return place
    }

    @discardableResult
    func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o644) -> String {
        if let slash = name.lastIndex(of: "/") { folder(String(name[..<slash])) }
        let file = open(self(name), O_WRONLY | O_CREAT | O_TRUNC, mode)
        precondition(file >= 0)
        var done = 0
        while done < bytes.count { done += bytes[done...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) } }
        fchmod(file, mode)
        close(file)
        return self(name)
    }

    @discardableResult
    func write(_ name: String, _ text: String, mode: mode_t = 0o644) -> String { write(name, Array(text.utf8), mode: mode) }

    func link(_ name: String, to target: String) { precondition(symlink(target, self(name)) == 0) }

    func bytes(_ name: String) -> [UInt8]? { contents(self(name)) }

    func text(_ name: String) -> String? { bytes(name).map { String(decoding: $0, as: UTF8.self) } }

    func mode(_ name: String) -> UInt32 {
        var status = stat()
        stat(self(name), &status)
        return status.st_mode & 0o7777
    }

    var names: [String] { listing(path) }
}

func contents(_ path: String) -> [UInt8]? {
    let file = open(path, O_RDONLY)
    if file < 0 { return nil }
    defer { close(file) }
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(file, &buffer, buffer.count)
        if count <= 0 { return all }
        all += buffer[..<count]
    }
}

func listing(_ path: String) -> [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}

func removeTree(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR {
        chmod(path, 0o700)
        for name in listing(path) { removeTree(path + "/" + name) }
        rmdir(path)
    } else {
        unlink(path)
    }
}

/// Runs a program found in `/usr/bin` or `/bin` and gives back what it printed.
@discardableResult
func runProgram(_ arguments: [String], in folder: String, input: String = "", environment: [String] = []) -> String {
    let inputPath = folder + "/../.apus-in-" + randomToken(length: 8)
    let outputPath = inputPath + ".out"
    let file = open(inputPath, O_WRONLY | O_CREAT, 0o600)
    _ = Array(input.utf8).withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
    close(file)
    defer {
        unlink(inputPath)
        unlink(outputPath)
    }
    let quoted = arguments.map { "'" + $0 + "'" }.joined(separator: " ")
    let line = "cd '\(folder)' && env \(environment.joined(separator: " ")) \(quoted) < '\(inputPath)' > '\(outputPath)' 2>/dev/null"
    _ = system(line)
    return String(decoding: contents(outputPath) ?? [], as: UTF8.self)
}
