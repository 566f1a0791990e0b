import ApusBase
import ApusCore
import ApusSettings
import ApusWorkspace

/// Skills that are off: `disabledSkills` in the settings of the user and of the project. A project may switch one off without being trusted.
struct SkillSwitches: Sendable {
    let apusHome: String
    let factoryHome: String

    func disabled(for workingDirectory: String) -> Set<String> {
        let root = Project.containing(workingDirectory)?.root ?? workingDirectory
        let files = [apusHome, factoryHome].map { ($0, "/") } + [".apus", ".factory"].map { (root + "/" + $0, root) }
        var names: Set<String> = []
        for (folder, boundary) in files {
            // Settings that cannot be read are complained about where they are used.
            guard let file = try? ExtensionFile.read("settings.json", in: folder, beneath: boundary),
                let settings = try? JSONWithComments.parse(Array(file.text.utf8))
            else { continue }
            names.formUnion(settings["disabledSkills"]?.arrayValue?.compactMap(\.stringValue) ?? [])
        }
        return names
    }

    /// Changes the file of ours only, and in it nothing else: comments and white space stay.
    func set(_ name: String, isDisabled: Bool, inProject workingDirectory: String?) throws(ExtensionError) {
        let root = workingDirectory.map { Project.containing($0)?.root ?? $0 }
        let folder = root.map { $0 + "/.apus" } ?? apusHome
        do {
            let path = try SafePath.resolve("settings.json", against: folder)
            if let root, !path.isInside(root) { throw ExtensionError("\(path.path) lies outside of the project") }
            var (bytes, settings): ([UInt8], JSONObject) = ([], [:])
            var expectation = WriteExpectation.nothing
            if path.kind == .file {
                let file = try path.openForReading()
                expectation = .object(file.status)
                bytes = try file.readAll(limit: ByteLimit.configurationFileBytes)
                if !bytes.allSatisfy({ $0 <= 0x20 }) { settings = try Self.members(of: bytes, path.path) }
            }
            var names = settings["disabledSkills"]?.arrayValue?.compactMap(\.stringValue) ?? []
            names.removeAll { $0 == name }
            if isDisabled { names.append(name) }
            settings["disabledSkills"] = names.isEmpty ? nil : .array(names.map { .string($0) })
            _ = try path.write(JSONWithComments.rewritten(bytes, as: .object(settings)), expecting: expectation)
        } catch let error as ExtensionError {
            throw error
        } catch {
            throw ExtensionError("The settings in \(folder) could not be changed: \(error)")
        }
    }

    private static func members(of bytes: [UInt8], _ path: String) throws(ExtensionError) -> JSONObject {
        let document: JSONValue
        do throws(JSONWithComments.Fault) {
            document = try JSONWithComments.parse(bytes)
        } catch {
            throw ExtensionError("\(path) is no JSON (\(error)): mend it first")
        }
        guard let object = document.objectValue else { throw ExtensionError("\(path) holds no object: mend it first") }
        return object
    }
}
