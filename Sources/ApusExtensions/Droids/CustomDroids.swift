import ApusBase
package import ApusCore
import ApusWorkspace
import Synchronization

/// Custom droids (`droid-exec.md` §5.9): Markdown files in `droids`, whose body is a system prompt; of the project, then of the user, then the
/// built-in ones.
///
/// A file grants nothing: it names a model of the settings and narrows the tools that its parent has, so that a project's need no trust.
package struct CustomDroids: SubagentCatalogue {
    private let places: ExtensionPlaces
    private let tools: DroidTools
    private let builtin: [SubagentProfile]
    private let trust: @Sendable () -> ExtensionTrust
    private let told: Told

    /// Files of a project, and files of the user, that are looked at.
    static let maximumDroids = 200
    static let maximumDescription = 500

    /// What was complained about already: files are read with every turn.
    private final class Told: Sendable {
        private let sentences = Mutex<Set<String>>([])
        private let announce: @Sendable (String) -> Void

        init(_ announce: @escaping @Sendable (String) -> Void) { self.announce = announce }

        func tell(_ sentence: String) {
            let isNew = sentences.withLock { $0.count < 1_000 && $0.insert(sentence).inserted }
            if isNew { announce(sentence) }
        }
    }

    /// - Parameters:
    ///   - definitions: Every tool of ours that a droid may name.
    ///   - trust: Asked anew for each list that has files of a project in it.
    ///   - announce: Hears of each file that is not loaded, once.
    package init(
        apusHome: String, factoryHome: String, definitions: [ToolDefinition],
        trust: @escaping @Sendable () -> ExtensionTrust = { .everything }, announce: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.trust = trust
        places = ExtensionPlaces(apusHome: apusHome, factoryHome: factoryHome)
        tools = DroidTools(definitions: definitions)
        builtin = BuiltinDroids.all(tools)
        told = Told(announce)
    }

    package func subagents(for workingDirectory: String) async -> SubagentList {
        let list = await BlockingWork.files.run { _ in
            var found: [SubagentProfile] = []
            var problems: [String] = []
            // Those of a project that nobody has trusted yet take no other one's name.
            var untrusted: [SubagentProfile] = []
            // Each for itself: a project with many leaves the user's in their place.
            var looked: [ListedSkill.Location: Int] = [:]
            let trust = ExtensionTrust.onceNeeded(trust)
            reading: for place in places.droids(for: workingDirectory) {
                let names = ExtensionFile.names(in: place.folder, beneath: place.boundary) { problems.append($0) }
                for file in names where file.hasSuffix(".md") {
                    if looked[place.location, default: 0] == Self.maximumDroids {
                        problems.append(
                            "There are more droids in \(place.folder) than are looked at (\(Self.maximumDroids)); the rest is not used.")
                        continue reading
                    }
                    looked[place.location, default: 0] += 1
                    do throws(DroidHead.Fault) {
                        let (droid, isTrusted) = try droid(file, in: place, trust)
                        if !isTrusted {
                            untrusted.append(droid)
                        } else if let other = found.first(where: { $0.name == droid.name }) {
                            // A weaker place gives way without a word.
                            if other.path?.hasPrefix(place.folder + "/") == true {
                                throw DroidHead.Fault("the name \"\(droid.name)\" is taken by \(other.path ?? "")")
                            }
                        } else {
                            found.append(droid)
                        }
                    } catch {
                        problems.append("The droid \(place.folder)/\(file) is not loaded: \(error.sentence).")
                    }
                }
            }
            found += builtin.filter { own in !found.contains { $0.name == own.name } }
            for droid in untrusted {
                if found.contains(where: { $0.name == droid.name }) {
                    problems.append(
                        "The droid \(droid.path ?? "") is not loaded: it is not trusted, and another one has the name \"\(droid.name)\".")
                } else {
                    found.append(droid)
                }
            }
            return SubagentList(found.sorted { $0.name < $1.name }, problems: problems)
        }
        for problem in list.problems { told.tell(problem) }
        return list
    }

    private func droid(
        _ name: String, in place: ExtensionPlaces.Place, _ trust: ExtensionTrust
    ) throws(DroidHead.Fault) -> (SubagentProfile, isTrusted: Bool) {
        let file: ExtensionFile
        do throws(ExtensionFile.Fault) {
            guard let found = try ExtensionFile.read(name, in: place.folder, beneath: place.boundary, endings: [".md"]) else {
                throw ExtensionFile.Fault(name, "it is gone")
            }
            file = found
        } catch {
            let sentence = error.sentence
            throw DroidHead.Fault(sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence)
        }
        let head = try DroidHead(file.text)
        guard let name = try head.text("name") else { throw DroidHead.Fault("its head has no \"name\"") }
        guard Self.isValid(name) else {
            throw DroidHead.Fault("\"\(name.prefix(80))\" is no name: use 1 to 64 lower-case letters, digits, \"_\" or \"-\"")
        }
        let description = try head.text("description") ?? ""
        if description.unicodeScalars.count > Self.maximumDescription {
            throw DroidHead.Fault("its \"description\" has more than \(Self.maximumDescription) characters")
        }
        var effort: ReasoningEffort?
        if let word = try head.text("reasoningEffort") {
            guard let known = ReasoningEffort(rawValue: word) else {
                throw DroidHead.Fault("\"\(word.prefix(80))\" is no \"reasoningEffort\"")
            }
            effort = known
        }
        let model = try head.text("model").flatMap { $0 == "inherit" ? nil : $0 }
        let selection = try tools.selection(tools: head.list("tools"), servers: head.list("mcpServers"))
        if head.body.allSatisfy(\.isWhitespace) { throw DroidHead.Fault("it has no text behind its head: that is the system prompt") }
        let profile = SubagentProfile(
            name: name, summary: description, prompt: head.body, model: model, effort: effort, tools: selection,
            location: place.location == .project ? .project : .personal, path: file.path)
        return (profile, place.location != .project || trust.accepts(file))
    }

    private static func isValid(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

extension ExtensionPlaces {
    /// The strongest first.
    func droids(for workingDirectory: String) -> [Place] {
        places(for: workingDirectory, names: [".apus/droids", ".factory/droids"])
            + [apusHome, factoryHome].map { Place(folder: $0 + "/droids", location: .personal, boundary: "/") }
    }
}
