import ApusBase
import ApusCore
import ApusModels
import ApusSettings

/// The model that a run here would use, and what else there is.
struct ModelExamination {
    private let configuration: DaemonConfiguration
    private let environment: [String: String]
    private let settings: Settings
    private let proxies: ProxySettings

    init(_ configuration: DaemonConfiguration, _ settings: Settings) {
        self.configuration = configuration
        environment = configuration.environment
        self.settings = settings
        proxies = ProxySettings(environment: environment)
    }

    func findings() async -> [DoctorFinding] {
        var findings = [await chosen()]
        findings.append(keys)
        findings += settings.modelEntries.compactMap(\.obstacle).map { DoctorFinding("model", .remark, $0) }
        findings.append(await localServer())
        findings += proxyFindings
        return findings
    }

    private func chosen() async -> DoctorFinding {
        let catalog = ModelCatalog(
            settings: settings, environment: environment, fallback: OfflinePlanner(), fallbackAnnouncement: OfflinePlanner.announcement)
        let outcome: Result<ModelSelection, ModelLookupError>
        do throws(ModelLookupError) { outcome = .success(try await catalog.selection(for: nil)) } catch { outcome = .failure(error) }
        await catalog.close()
        switch outcome {
        case .failure(let error):
            let sentence = error.description.firstLine
            let place = settings.model.map { "\"model\" of \($0.source.path)" + ($0.line.map { ":\($0)" } ?? "") }
            return DoctorFinding("model", .wrong, sentence, remedy: place.map { "\($0) names it: name another there, or one with -m." })
        case .success(let selection):
            let id = selection.description.id
            if id == OfflinePlanner.identifier, settings.model == nil {
                return DoctorFinding(
                    "model", .remark, "none is configured: the offline planner answers, which knows a fixed set of requests",
                    remedy: "Set ANTHROPIC_API_KEY or OPENAI_API_KEY, or add customModels to \(configuration.paths.apusHome)/settings.json."
                )
            }
            return DoctorFinding("model", .fine, "\(id): \(reason(selection))")
        }
    }

    private func reason(_ selection: ModelSelection) -> String {
        if let sentence = selection.announcement { return sentence }
        if let wanted = settings.model, wanted.value != "auto" {
            return "\"model\" of \(wanted.source.path)" + (wanted.line.map { ":\($0)" } ?? "")
        }
        if let entry = settings.modelEntries.first(where: { $0.obstacle == nil }) {
            return "the first usable of customModels in \(entry.source.path)"
        }
        let variable = ["ANTHROPIC_MODEL", "OPENAI_MODEL"].first { environment[$0] == selection.description.id }
        return variable.map { "named by \($0)" } ?? "chosen by default"
    }

    /// By name; a value never leaves the environment.
    private var keys: DoctorFinding {
        func state(_ name: String) -> String { (environment[name] ?? "").isEmpty ? "\(name) not set" : "\(name) set" }
        var parts: [String] = []
        for prefix in ["ANTHROPIC", "OPENAI"] {
            parts.append(state("\(prefix)_API_KEY"))
            if environment["\(prefix)_BASE_URL"]?.isEmpty == false { parts.append("\(prefix)_BASE_URL set") }
        }
        let custom = settings.modelEntries.count
        if custom > 0 { parts.append(custom == 1 ? "one custom model in the settings" : "\(custom) custom models in the settings") }
        return DoctorFinding("keys", .fine, parts.joined(separator: ", "))
    }

    private func localServer() async -> DoctorFinding {
        if ["1", "true", "yes"].contains(environment["APUS_NO_LOCAL_MODELS"] ?? "") {
            return DoctorFinding("local", .fine, "not looked for, because of APUS_NO_LOCAL_MODELS")
        }
        let http = HTTPStream()
        let server = await LocalServers(http: http).discover()
        await http.close()
        let ports = LocalServers.usualPorts.map(String.init).joined(separator: ", ")
        guard let server else { return DoctorFinding("local", .fine, "no model server on the ports \(ports) of this machine") }
        return DoctorFinding("local", .fine, "a model server on port \(server.port) has \(server.model); choose it with -m \(server.id)")
    }

    private var proxyFindings: [DoctorFinding] {
        let found = ["https", "http"].compactMap { scheme in proxies.summary(scheme: scheme).map { (scheme, $0) } }
        if found.isEmpty { return [DoctorFinding("proxy", .fine, "none")] }
        // One variable may serve both.
        let labels = Set(found.map(\.1.label))
        return labels.sorted().map { label in
            let schemes = found.filter { $0.1.label == label }.map(\.0).joined(separator: " and ")
            let isUsable = found.contains { $0.1.label == label && $0.1.isUsable }
            if isUsable { return DoctorFinding("proxy", .fine, "\(schemes) through \(label)") }
            return DoctorFinding(
                "proxy", .wrong, "\(label). Nothing can be reached by \(schemes).", remedy: "Mend the variable or unset it.")
        }
    }
}
