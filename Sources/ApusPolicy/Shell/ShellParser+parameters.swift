extension ShellParser {
    /// `${…}`, behind the brace. The name tells what is more than a lookup: `!x` (indirect), `#x` (length), `x=` (assigns), `x@P`.
    mutating func bracedParameter(_ quoting: Quoting) throws(ShellSyntaxError) -> ShellWord.Piece {
        var prefix = ""
        if current == UInt8(ascii: "#"), next != UInt8(ascii: "}") {
            guard next.isShellName || next == UInt8(ascii: "@") || next == UInt8(ascii: "*") else { throw badParameter() }
            prefix = "#"
            try advance()
        } else if current == UInt8(ascii: "!"), next != UInt8(ascii: "}") {
            guard next.isShellName || next == UInt8(ascii: "@") || next == UInt8(ascii: "*") || next == UInt8(ascii: "#") else {
                throw badParameter()
            }
            prefix = "!"
            try advance()
        }
        let isName = current.isShellNameStart
        var name: String
        switch current {
        case UInt8(ascii: "@"), UInt8(ascii: "*"), UInt8(ascii: "#"), UInt8(ascii: "?"), UInt8(ascii: "-"), UInt8(ascii: "$"),
            UInt8(ascii: "!"):
            name = prefix + String(Unicode.Scalar(current))
            try advance()
        default:
            guard current.isShellName else { throw badParameter() }
            name = prefix + (try parameterName(isBraced: true))
        }
        var words: [ShellWord] = []
        if isName, current == UInt8(ascii: "[") {
            try refuse(in: .sh, "a subscript")
            try advance()
            let start = offset
            words.append(ShellWord(pieces: [.arithmetic(try arithmetic(.bracket, quoting: quoting))], range: start..<offset))
            try advance()
        }
        try parameterOperator(&name, &words, quoting)
        guard current == UInt8(ascii: "}") else { throw badParameter() }
        try advance()
        return .parameter(name: name, words: words)
    }

    private func badParameter() -> ShellSyntaxError {
        isAtEnd ? fault("a \"${\" that is not closed") : fault("a \"${…}\" that is not understood")
    }

    /// Up to the brace.
    private mutating func parameterOperator(
        _ name: inout String, _ words: inout [ShellWord], _ quoting: Quoting
    ) throws(ShellSyntaxError) {
        switch current {
        case UInt8(ascii: "}"): return
        case UInt8(ascii: "@"), UInt8(ascii: "*"):
            // `${!prefix@}` and `${!prefix*}` list names; `${x@Q}` transforms.
            name += String(Unicode.Scalar(current))
            try advance()
            if current == UInt8(ascii: "}") {
                if !name.hasPrefix("!") { throw badParameter() }
                return
            }
            guard name.last == "@", "UuLQEPAKak".utf8.contains(current) else { throw badParameter() }
            name += String(Unicode.Scalar(current))
            try advance()
            return
        case UInt8(ascii: ":"):
            try advance()
            guard
                current == UInt8(ascii: "-") || current == UInt8(ascii: "=") || current == UInt8(ascii: "?") || current == UInt8(ascii: "+")
            else {
                let start = offset
                words.append(ShellWord(pieces: [.arithmetic(try arithmetic(.brace, quoting: quoting))], range: start..<offset))
                return
            }
        case UInt8(ascii: "-"), UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "+"), UInt8(ascii: "#"), UInt8(ascii: "%"),
            UInt8(ascii: "/"), UInt8(ascii: "^"), UInt8(ascii: ","):
            break
        default: throw badParameter()
        }
        if current == UInt8(ascii: "=") { name += "=" }
        let sign = current
        try advance()
        let isDoubled =
            sign == UInt8(ascii: "#") || sign == UInt8(ascii: "%") || sign == UInt8(ascii: "/") || sign == UInt8(ascii: "^")
            || sign == UInt8(ascii: ",")
        if isDoubled, current == sign { try advance() }
        if quoting == .none {
            words.append(try word(.braced))
        } else {
            let start = offset
            let pieces = try quotedPieces(UInt8(ascii: "}"), quoting)
            words.append(ShellWord(pieces: [Self.quoted(pieces)], range: start..<offset))
        }
    }
}
