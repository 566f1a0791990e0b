struct UsageError: Error, CustomStringConvertible {
    var description: String
}

struct Arguments {
    var script = ""
    var port = 0
    var requests: String?

    init(_ words: some Sequence<String>) throws(UsageError) {
        var words = words.makeIterator()
        while let word = words.next() {
            switch word {
            case "--port":
                guard let text = words.next(), let port = Int(text), (0...65_535).contains(port) else {
                    throw UsageError(description: "--port needs a number from 0 to 65535")
                }
                self.port = port
            case "--requests":
                guard let path = words.next() else { throw UsageError(description: "--requests needs a file") }
                requests = path
            case let path where !path.hasPrefix("-") && script.isEmpty: script = path
            default:
                throw UsageError(
                    description: "unexpected \"\(word)\"; usage: apus-scripted-provider SCRIPT.json [--port N] [--requests FILE]")
            }
        }
        if script.isEmpty { throw UsageError(description: "usage: apus-scripted-provider SCRIPT.json [--port N] [--requests FILE]") }
    }
}
