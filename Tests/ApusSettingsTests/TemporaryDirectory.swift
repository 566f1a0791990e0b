#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A directory of its own for one test; what the test wrote into it goes with it.
final class TemporaryDirectory {
    let path: String
    private var files: [String] = []
    private var directories: [String] = []

    init() {
        var template = Array("/tmp/apus-settings-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    }

    deinit {
        for file in files { unlink(file) }
        for directory in directories.reversed() { rmdir(directory) }
        rmdir(path)
    }

    @discardableResult
    func write(_ text: String, to name: String) -> String {
        var directory = path
        let parts = name.split(separator: "/")
        for part in parts.dropLast() {
            directory += "/" + part
            if mkdir(directory, 0o700) == 0 { directories.append(directory) }
        }
        let file = directory + "/" + parts.last!
        let stream = fopen(file, "w")!
        fputs(text, stream)
        fclose(stream)
        files.append(file)
        return file
    }
}
