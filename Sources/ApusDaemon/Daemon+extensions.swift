import ApusBase
import ApusCore
import ApusExtensions
import ApusProcess
import ApusSettings
import ApusTools

extension Daemon {
    /// Skills and commands of this machine; those of a project as far as its files are trusted.
    static func extensions(_ configuration: DaemonConfiguration) -> Extensions {
        Extensions(
            apusHome: configuration.paths.apusHome, factoryHome: configuration.paths.factoryHome, builtin: BuiltinSkill.all,
            trust: {
                let trust = Daemon.trust(configuration)
                return ExtensionTrust { trust.accepts($0, $1) }
            }, announce: configuration.announce)
    }

    /// `nil` when no search engine is configured, or one that cannot be used, which is announced. Its key becomes a value that is shown
    /// nowhere.
    static func webSearch(_ settings: Settings, _ configuration: DaemonConfiguration) -> WebSearchSetting? {
        guard let entry = settings.webSearch else { return nil }
        guard let provider = WebSearchSetting.Provider(rawValue: entry.provider) else {
            let known = WebSearchSetting.Provider.allCases.map(\.rawValue).joined(separator: ", ")
            configuration.announce(
                "\(entry.place): webSearch knows no provider \"\(entry.provider)\", only \(known). There is no WebSearch.")
            return nil
        }
        let key = entry.key(in: configuration.environment, orFrom: provider.keyVariable)
        if key == nil, let variable = provider.keyVariable {
            configuration.announce(
                "\(entry.place): webSearch has no key: set apiKey, or \(variable) in the environment. There is no WebSearch.")
            return nil
        }
        if let key { configuration.secrets.add([key.reveal()]) }
        guard
            let setting = WebSearchSetting(
                provider: provider, url: entry.url, key: key?.reveal(), allowsPrivateNetwork: entry.allowsPrivateNetwork)
        else {
            configuration.announce("\(entry.place): webSearch needs a url for \(provider.rawValue). There is no WebSearch.")
            return nil
        }
        return setting
    }
}
