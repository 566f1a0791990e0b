import ArgumentParser

/// A port that may be left out, as it was typed. What is no port is kept: the parser would take it for none at all.
enum PortWord: ExpressibleByArgument, CustomStringConvertible {
    case usual(Int)
    case typed(String)

    init?(argument: String) { self = .typed(argument) }

    var isTyped: Bool {
        switch self {
        case .usual: false
        case .typed: true
        }
    }

    /// `nil` for what is no port.
    var number: Int? {
        switch self {
        case .usual(let port): port
        case .typed(let text): Int(text).flatMap { 0...65_535 ~= $0 ? $0 : nil }
        }
    }

    var description: String {
        switch self {
        case .usual(let port): "\(port)"
        case .typed(let text): text
        }
    }
}
