import ApusBase
import ApusCore
import ApusSettings
import Foundation
import Testing

@testable import ApusMCP

/// What settings and files say of servers.
@Suite struct MCPRulesTests {
    private func policy(_ values: JSONValue...) -> ServerPolicy {
        var warnings: [String] = []
        return ServerPolicy(values, &warnings)
    }

    @Test func aServerThatThePolicyDoesNotNameIsNotConnectedTo() async throws {
        try await HTTPFixture.with({ plainServer($0) }) { fixture in
            let rules = MCPRules(policy: policy(["enabled": true, "allowlist": ["*.test"]]))
            try await withPool(rules: rules) { pool in
                await pool.connect([server(fixture.url)], to: session)
                let status = try #require(await pool.status(of: session).first)
                #expect(status.phase == .failed)
                #expect(status.error == "The MCP server \"one\" is not among those that the setting mcpPolicy allows.")
            }
            #expect(fixture.requests.isEmpty)
        }
    }

    @Test func aPolicyNamesHostsAndCommands() {
        let rules = MCPRules(
            policy: policy([
                "enabled": true,
                "allowlist": ["*.good.test", "uvx mcp-server-time", ["hostname": "one.test"], ["command": "node", "args": ["a.js"]]],
            ]))
        func allows(_ transport: MCPServerConfiguration.Transport) -> Bool {
            rules.obstacle(MCPServerConfiguration(name: "x", transport: transport)) == nil
        }
        func http(_ url: String) -> Bool { allows(.http(url: url, headers: [])) }
        func command(_ words: String...) -> Bool {
            allows(.stdio(command: words[0], arguments: Array(words.dropFirst()), environment: [:]))
        }
        #expect(http("https://a.good.test/mcp") && http("https://ONE.test:8443/mcp"))
        #expect(
            !http("https://good.test.evil.test/mcp") && !http("https://a.good.test@evil.test/") && !http("https://evil.test/a.good.test"))
        #expect(command("uvx", "mcp-server-time") && command("node", "a.js", "--x"))
        #expect(!command("uvx", "other") && !command("uvx") && !command("node", "b.js") && !command("/tmp/node", "a.js"))
    }

    @Test func anEnabledPolicyWithoutEntriesAllowsNothingAndADisabledOneEverything() {
        #expect(!policy(["enabled": true]).allows(address: "https://a.test"))
        #expect(!policy(["enabled": true, "allowlist": .array([])]).allows(command: "x", arguments: []))
        #expect(policy(["enabled": false, "allowlist": .array([])]).allows(address: "https://a.test"))
        // A second file narrows.
        let both = policy(["enabled": true, "allowlist": ["*.test"]], ["enabled": true, "allowlist": ["a.test"]])
        #expect(both.allows(address: "https://a.test") && !both.allows(address: "https://b.test"))
    }

    @Test(arguments: [
        (ServerClaim.reads, AutonomyLevel.high, ServerClaim.destroys), (.reads, .medium, .adds), (.destroys, .low, .destroys),
        (.adds, .off, .adds), (.adds, .high, .destroys),
    ])
    func aSettingOnlyRaisesWhatAToolNeeds(claim: ServerClaim, level: AutonomyLevel, result: ServerClaim) {
        #expect(claim.raised(to: level) == result)
        #expect(claim.raised(to: nil) == claim)
    }

    @Test func aFileForOneRunIsStrongerThanTheUsersOwn() async throws {
        let home = Home()
        try FileManager.default.createDirectory(atPath: home.paths.apusHome, withIntermediateDirectories: true)
        let named = home.path + "/run.json"
        try #"{"mcpServers":{"one":{"url":"http://own.test"},"two":{"url":"http://two.test"}}}"#
            .write(toFile: home.paths.apusHome + "/mcp.json", atomically: false, encoding: .utf8)
        try #"{"mcpServers":{"one":{"url":"http://run.test","connectTimeout":5,"type":"sse"}}}"#
            .write(toFile: named, atomically: false, encoding: .utf8)
        let files = MCPConfigurationFiles(paths: home.paths, named: named, environment: [:])
        let found = files.read()
        #expect(found.map(\.source) == [.session, .user])
        #expect(found.first?.entry.transport == .sse(url: "http://run.test", headers: []))
        #expect(found.first?.entry.connectLimit == .milliseconds(5))
        #expect(MCPConfigurationFiles.complaint(about: named, environment: [:]) == nil)
        #expect(MCPConfigurationFiles.complaint(about: home.path + "/none", environment: [:])?.hasPrefix("There is no file") == true)
        try #"{"mcpServers":{"x":{"type":"carrier pigeon"}}}"#.write(toFile: named, atomically: false, encoding: .utf8)
        #expect(MCPConfigurationFiles.complaint(about: named, environment: [:])?.contains("carrier pigeon") == true)
    }
}
