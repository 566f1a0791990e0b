import ApusBase
import ApusWorkspace

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file of a skill or a command. Never a pipe, a device or a link to something of another kind, and never more than
/// ``ByteLimit/skillBytes`` of it.
struct ExtensionFile {
    /// Of one folder that are looked at, the first by name.
    static let maximumEntries = 500
    /// Names of one folder that are read to find those. What lies behind them in a folder of more is in nobody's order.
    private static let maximumNames = 20_000

    /// As it was asked for, its folder's links resolved or not.
    let place: String
    /// Absolute, links resolved.
    let path: String
    let bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Why a file that is there cannot be used: a sentence that names it.
    struct Fault: Error, Hashable {
        var sentence: String

        init(_ place: String, _ reason: String) {
            sentence = "\(escapedForDisplay(place, keepingNewlines: false)) is not used: \(reason)."
        }

        init(_ place: String, _ fault: PathFault) {
            let shown = escapedForDisplay(place, keepingNewlines: false)
            sentence = "\(shown) is not used. \(escapedForDisplay(fault.description, keepingNewlines: false))"
        }
    }

    /// `nil` when there is none.
    ///
    /// - Parameter endings: A link must lead to a name with one of these endings, so that a link called `SKILL.md` shows nobody's
    ///   passwords; empty for no such rule.
    static func read(
        _ name: String, in folder: String, beneath boundary: String, endings: [String] = []
    ) throws(Fault) -> ExtensionFile? {
        let place = folder == "/" ? "/" + name : folder + "/" + name
        let safe: SafePath
        do throws(PathFault) { safe = try SafePath.resolve(name, against: folder) } catch { throw Fault(place, error) }
        guard let kind = safe.kind else { return nil }
        if !safe.isInside(boundary) { throw Fault(place, "a link leads out of the project") }
        if kind != .file { throw Fault(place, .notAFile(place, kind)) }
        if safe.path != place, !endings.isEmpty, !endings.contains(where: { safe.name.lowercased().hasSuffix($0) }) {
            throw Fault(place, "it is a link to a file of another kind")
        }
        do throws(PathFault) {
            let bytes = try safe.openForReading().readAll(limit: ByteLimit.skillBytes)
            return ExtensionFile(place: place, path: safe.path, bytes: bytes)
        } catch {
            if case .notFound = error { return nil }
            throw Fault(place, error)
        }
    }

    /// The names in a folder, sorted, without hidden ones.
    ///
    /// - Parameter complain: Gets a sentence when there are more than ``maximumEntries``.
    static func names(in folder: String, beneath boundary: String, complain: (String) -> Void = { _ in }) -> [String] {
        // A folder that is not there has none.
        guard let safe = try? SafePath.resolve(folder, against: "/"), safe.kind == .directory, safe.isInside(boundary),
            let stream = opendir(safe.path)
        else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count < maximumNames, let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if !name.hasPrefix(".") { names.append(name) }
        }
        names.sort()
        guard names.count > maximumEntries else { return names }
        complain(
            "\(escapedForDisplay(folder, keepingNewlines: false)) has more entries than are looked at: the first \(maximumEntries) by name; "
                + "the rest is not used.")
        return Array(names.prefix(maximumEntries))
    }
}
