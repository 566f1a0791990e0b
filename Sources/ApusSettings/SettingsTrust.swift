import ApusBase

/// Which files of projects the user has looked at: settings, hooks, servers, and what else changes what an agent does.
///
/// A repository's settings may name servers that get the conversation and commands that need no permission, so a file counts only
/// with exactly the bytes that were trusted. A change of one byte, or another place, is another file.
package struct SettingsTrust: Sendable {
    /// Whether everything is trusted for this run (`--trust-project`).
    package var isUnconditional: Bool
    /// Digests by absolute path.
    package var digests: [String: String]
    private let digest: @Sendable ([UInt8]) -> String

    /// - Parameter digest: a cryptographic hash as text.
    package init(
        isUnconditional: Bool = false, digests: [String: String] = [:], digest: @escaping @Sendable ([UInt8]) -> String = { _ in "" }
    ) {
        self.isUnconditional = isUnconditional
        self.digests = digests
        self.digest = digest
    }

    /// Nothing is trusted.
    package static let none = SettingsTrust()

    /// Whether the environment trusts the project for this run: `APUS_TRUST_PROJECT=1`, `DROID_TRUST_PROJECT=1`.
    package static func isGiven(by environment: [String: String]) -> Bool {
        ["APUS_TRUST_PROJECT", "DROID_TRUST_PROJECT"].contains { environment[$0] == "1" || environment[$0]?.lowercased() == "true" }
    }

    /// Whether a file with these bytes counts. Whoever reads a file of a project that can name a program asks here first.
    package func accepts(_ path: String, _ bytes: [UInt8]) -> Bool {
        if isUnconditional { return true }
        guard let known = digests[path], !known.isEmpty else { return false }
        return known == digest(bytes)
    }

    /// Whether the file was trusted once, with whatever bytes.
    package func knows(_ path: String) -> Bool { digests[path].map { !$0.isEmpty } ?? false }

    /// What trusting does with one file. A file that is not there is forgotten.
    package enum Result: Hashable, Sendable {
        case trusted
        case absent
        /// It will not be read, trusted or not; why.
        case passedOver(String)
    }

    /// Trusts a file as it is now. A configuration that cannot be understood is an error: nobody can have looked at what it does.
    package mutating func trust(
        _ path: String, isConfiguration: Bool, beneath root: String?
    ) throws(TrustFileError) -> Result {
        digests[path] = nil
        let found: [UInt8]?
        do throws(ConfigurationFile.Fault) {
            found = try ConfigurationFile.read(path, beneath: root)
        } catch {
            if !isConfiguration || error == .elsewhere { return .passedOver(error.reason) }
            throw .unreadable(path: path, why: error.reason)
        }
        guard let bytes = found else { return .absent }
        if isConfiguration, let fault = Self.fault(in: bytes) { throw .malformed(path: path, why: fault) }
        digests[path] = digest(bytes)
        return .trusted
    }

    /// Why nobody can say what a configuration does; `nil` when somebody can.
    private static func fault(in bytes: [UInt8]) -> String? {
        if bytes.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) { return nil }
        do throws(JSONWithComments.Fault) {
            let value = try JSONWithComments.parse(bytes)
            return value.objectValue == nil ? "it holds \(value.kindForPeople) where an object is needed" : nil
        } catch {
            return error.description
        }
    }

    package enum Standing: Hashable, Sendable {
        case trusted, changed, gone, untrusted
        case passedOver(String)
    }

    /// How a file stands now.
    package func standing(of path: String, beneath root: String?) -> Standing {
        do throws(ConfigurationFile.Fault) {
            guard let bytes = try ConfigurationFile.read(path, beneath: root) else { return .gone }
            if !knows(path) { return .untrusted }
            return digests[path] == digest(bytes) ? .trusted : .changed
        } catch {
            return .passedOver(error.reason)
        }
    }

    package mutating func forget(_ paths: some Sequence<String>) {
        for path in paths { digests[path] = nil }
    }
}

package enum TrustFileError: Error, Hashable, Sendable, CustomStringConvertible {
    case unreadable(path: String, why: String)
    case unwritable(path: String, why: String)
    /// To be trusted, and not to be understood.
    case malformed(path: String, why: String)

    package var description: String {
        switch self {
        case .unreadable(let path, let why): "\(path) cannot be read: \(why)."
        case .malformed(let path, let why):
            "\(path) cannot be trusted as it is: \(why). Mend or remove it; nothing was trusted."
        case .unwritable(let path, let why): "\(path) cannot be written: \(why). Make its folder writable, or set APUS_HOME to another one."
        }
    }
}

/// `<APUS_HOME>/trust.json`: what ``SettingsTrust`` remembers between runs, 0600.
package struct TrustFile: Sendable {
    package let path: String

    package init(paths: CompatibilityPaths) {
        path = paths.apusHome + "/trust.json"
    }

    /// No file is an empty one. A file that cannot be understood is an error, so that it is not overwritten unseen.
    package func load() throws(TrustFileError) -> [String: String] {
        do throws(ConfigurationFile.Fault) {
            guard let bytes = try ConfigurationFile.read(path) else { return [:] }
            // What is not JSON is told below, by the same sentence as JSON of another form.
            guard let files = (try? JSONValue(parsing: bytes))?["files"]?.objectValue else {
                throw ConfigurationFile.Fault.unreadable("it is not a trust file; remove it and trust your projects again")
            }
            var digests: [String: String] = [:]
            for (path, digest) in files { digests[path] = digest.stringValue }
            return digests
        } catch {
            throw .unreadable(path: path, why: error.reason)
        }
    }

    /// Replaces the file in one step. Two processes that save at once: the later one stays.
    package func save(_ digests: [String: String]) throws(TrustFileError) {
        let files = digests.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
        let text = JSONValue.object(["files": .object(JSONObject(files))]).serialized() + "\n"
        do throws(ConfigurationFile.Fault) {
            try ConfigurationFile.replace(path, with: Array(text.utf8))
        } catch {
            throw .unwritable(path: path, why: error.reason)
        }
    }
}
