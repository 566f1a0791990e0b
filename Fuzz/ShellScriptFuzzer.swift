// Sources: Sources/ApusPolicy/Shell/Shell[DPSW]*.swift Sources/ApusPolicy/Shell/BraceSequence.swift Fuzz/ShellGrammar.swift

/// Bytes are a script, or, behind a first byte of 255, the choices of a grammar whose every sentence is one.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzShellScript(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = fuzzInput(start, count)
    if bytes.first == 0xFF {
        var grammar = ShellGrammar(bytes.dropFirst())
        let text = grammar.script()
        do throws(ShellSyntaxError) { check(try ShellParser.parse(text), text) } catch {
            require(error.reason.contains("nested") || error.reason.contains("braces"), "\(error) for \(text)")
        }
        return 0
    }
    // As the text of a command is: always UTF-8.
    let text = String(decoding: bytes, as: UTF8.self)
    var steps = 0
    do throws(ShellSyntaxError) {
        check(try ShellParser.parse(text, steps: &steps), text)
    } catch {
        require(error.offset >= 0 && error.offset <= text.utf8.count, "the error lies outside the input: \(error)")
        require(!error.reason.isEmpty, "an error without words")
    }
    require(steps <= 64 * (text.utf8.count + 1), "\(steps) steps for \(text.utf8.count) bytes")
    return 0
}

private func check(_ script: ShellScript, _ text: String) {
    require((try? ShellParser.parse(text + "\n")) == script, "another script with a line break behind it")
    // Other shells may refuse what bash reads, and never read other commands in it.
    for dialect: ShellDialect in [.sh, .zsh, [.bash, .sh, .zsh]] {
        guard let other = try? ShellParser.parse(text, for: dialect) else { continue }
        require(other == script, "another script for \(dialect)")
    }
    for case .simple(let command) in script.statements.flatMap(\.pipelines).flatMap(\.commands) {
        for word in command.words.prefix(8) {
            require(word.range.upperBound <= text.utf8.count, "a word behind the end")
            guard let value = word.text, !value.utf8.contains(where: { $0 == 1 || $0 == 0x7F }) else { continue }
            checkQuoted(value)
        }
    }
}

/// What a word is known to be, written in single quotes, is read as that.
private func checkQuoted(_ value: String) {
    var quoted = "'"
    for character in value.unicodeScalars { quoted += character == "'" ? "'\\''" : String(character) }
    guard case .simple(let command)? = (try? ShellParser.parse("x " + quoted + "'"))?.statements.first?.first.commands.first else {
        // Quotes make it longer.
        require(value.utf8.count > ShellParser.maximumBytes / 8, "refused when quoted: \(value)")
        return
    }
    require(command.words.count == 2 && command.words[1].text == value, "\(value) became \(command.words)")
}
