import Testing

@testable import ApusProcess

@Suite struct CommandShellTests {
    @Test(arguments: ["", "bash", "relative/bash", "/bin/zsh", "/bin/sh", "/no/such/bash"])
    func onlyABashOfTheUserIsTheirOwn(shell: String) {
        let found = CommandShell.find(for: ["SHELL": shell])
        #expect(found == CommandShell.find(for: [:]))
        #expect(found.arguments == ["-c"])
    }

    @Test func theUsersOwnBashReadsTheirProfile() {
        let some = CommandShell.find(for: [:])
        guard some.path.hasSuffix("/bash") else { return }
        let own = CommandShell.find(for: ["SHELL": some.path])
        #expect(own == CommandShell(path: some.path, isLogin: true))
        #expect(own.arguments == ["-lc"])
    }
}
