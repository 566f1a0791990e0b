import ApusBase
import ApusCore
import ApusSettings
import Foundation
import Testing

@testable import ApusMCP

/// `mcp-registry.json`, and what of the other files can be asked for.
@Suite struct MCPRegistryFileTests: ~Copyable {
    private let home = Home()

    private func write(_ text: String, to name: String) throws {
        try FileManager.default.createDirectory(atPath: home.paths.apusHome, withIntermediateDirectories: true)
        try text.write(toFile: home.paths.apusHome + "/" + name, atomically: false, encoding: .utf8)
    }

    private var file: MCPRegistryFile { MCPRegistryFile(path: home.paths.apusHome + "/mcp-registry.json") }

    @Test func whereNothingIsListedNothingIsOffered() throws {
        #expect(try file.read() == [])
        try write(" \n", to: "mcp-registry.json")
        #expect(try file.read() == [])
    }

    @Test func everyTransportIsRead() throws {
        try write(
            """
            {
              // What our team uses.
              "servers": [
                {"name": "notes", "description": "Keeps notes", "type": "stdio", "command": "notes", "args": ["-v"], "note": "n", "logoUrl": "l"},
                {"name": "web", "description": "", "type": "http", "url": "https://mcp.test", "later": {}},
                {"name": "old", "description": "o", "type": "sse", "url": "https://old.test", "note": ""},
              ],
            }
            """, to: "mcp-registry.json")
        #expect(
            try file.read() == [
                MCPOfferedServer(
                    name: "notes", summary: "Keeps notes", transport: .stdio(command: "notes", arguments: ["-v"]), note: "n", logo: "l"),
                MCPOfferedServer(name: "web", summary: "", transport: .http(url: "https://mcp.test")),
                MCPOfferedServer(name: "old", summary: "o", transport: .sse(url: "https://old.test")),
            ])
    }

    @Test(arguments: [
        ("{ broken", "cannot be read: line 1, column 3"), ("[]", "has no list \"servers\""), (#"{"servers": {}}"#, "has no list"),
        (#"{"servers": [{"name": "a", "description": "b", "type": "http", "url": "u"}, {}]}"#, "servers[1] needs"),
        (#"{"servers": [{"name": "", "description": "b", "type": "http", "url": "u"}]}"#, "servers[0] needs"),
        (#"{"servers": [{"name": "a", "description": "b", "type": "stdio", "command": "c", "args": [1]}]}"#, "servers[0] needs"),
        (#"{"servers": [{"name": "a", "description": "b", "type": "pigeon", "url": "u"}]}"#, "servers[0] needs"),
    ])
    func whatIsWrongIsSaidWithItsPlace(text: String, words: String) throws {
        try write(text, to: "mcp-registry.json")
        do throws(MCPServersError) {
            _ = try file.read()
            Issue.record("it was read")
        } catch {
            #expect(error.description.hasPrefix(file.path) && error.description.contains(words), "\(error)")
        }
    }

    @Test func serversAreToldAsTheyAreWrittenWithTheSwitchesOverThem() throws {
        try write(
            #"{"mcpServers": {"own": {"url": "${URL}", "headers": {"A": "${TOKEN}"}}, "compat": {"disabled": true}, "nobody": {"disabled": true}}}"#,
            to: "mcp.json")
        try FileManager.default.createDirectory(atPath: home.paths.factoryHome, withIntermediateDirectories: true)
        try #"{"mcpServers": {"compat": {"command": "x", "disabled": false}, "own": {"url": "http://weaker.test"}}}"#
            .write(toFile: home.paths.factoryHome + "/mcp.json", atomically: false, encoding: .utf8)
        let named = home.path + "/run.json"
        try #"{"mcpServers": {"run": {"url": "http://run.test"}}}"#.write(toFile: named, atomically: false, encoding: .utf8)
        let files = MCPConfigurationFiles(paths: home.paths, named: named, environment: ["URL": "http://secret.test", "TOKEN": "t"])
        #expect(
            files.configured() == [
                MCPConfiguredServer(name: "compat", configuration: ["command": "x", "disabled": true], source: .user, isDisabled: true),
                MCPConfiguredServer(
                    name: "own", configuration: ["url": "${URL}", "headers": ["A": "${TOKEN}"]], source: .user, isDisabled: false),
            ])
    }
}
