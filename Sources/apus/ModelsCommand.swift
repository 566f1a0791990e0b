import ApusBase
import ApusDaemon
import ApusSettings
import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `apus models`: what could answer.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "Lists the models that can be used here.", subcommands: [ListCommand.self],
        defaultSubcommand: ListCommand.self)

    struct ListCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists models with limits, efforts and prices, where each comes from and which is the default.")

        @Flag(help: "One JSON array.")
        var json = false

        @OptionGroup var place: ConfigCommand.PlaceOptions

        func run() async throws {
            let list: ModelList
            do throws(SettingsFault) {
                list = try await ModelList(place.configuration())
            } catch {
                Terminal.diagnostics(error.description)
                _exit(1)
            }
            Terminal.output(json ? list.json.serialized() + "\n" : list.text)
            if let trouble = list.trouble { Terminal.diagnostics(trouble) }
        }
    }
}
