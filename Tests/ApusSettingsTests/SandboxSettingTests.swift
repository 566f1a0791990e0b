import ApusBase
import Testing

@testable import ApusSettings

@Suite struct SandboxSettingTests {
    private func read(_ values: JSONValue...) -> SandboxSetting { SandboxSetting(values.map { ($0, "s.json:1") }) }

    @Test func everyFileCountsAndEachNarrows() {
        let setting = read(
            ["filesystem": ["denyRead": ["~/a"], "allowWrite": ["/x"]]],
            ["required": true, "denyWrite": ["b"], "filesystem": ["denyRead": ["/c"], "allowWrite": ["/y"]], "enabled": true])
        #expect(setting.isRequired)
        #expect(setting.denyRead == ["~/a", "/c"])
        #expect(setting.denyWrite == ["b"])
        #expect(setting.allowWrite == [["/x"], ["/y"]])
        #expect(setting.refusal == nil && setting.warnings == [])
    }

    @Test(arguments: ["required" as JSONValue, ["required": true]])
    func itCanBeRequired(value: JSONValue) { #expect(read(value).isRequired) }

    @Test func namesOfHostsAreRefusedAndAnEmptyListMeansNoNetwork() {
        #expect(
            read(["network": ["allowedDomains": ["example.org"]]]).refusal
                == "s.json:1: sandbox.network.allowedDomains cannot be kept yet: commands have a network or none. "
                + "Use an empty list for none, or remove it; nothing was run.")
        #expect(read(["network": ["allowedDomains": []]]).hasNoNetwork)
    }

    @Test(arguments: [
        7 as JSONValue, "on", ["required": "yes"], ["filesystem": []], ["filesystem": ["denyRead": "x"]], ["denyWrite": [7]],
        ["network": true],
    ])
    func whatCannotBeUnderstoodStopsTheRun(value: JSONValue) { #expect(read(value).refusal?.hasPrefix("s.json:1: sandbox") == true) }

    @Test func theWallCannotBeSwitchedOff() {
        let setting = read(["enabled": false, "mode": "whole-process", "other": 1])
        #expect(setting.refusal == nil)
        #expect(setting.warnings.count == 3)
    }
}
