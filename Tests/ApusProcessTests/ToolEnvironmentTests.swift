import Testing

@testable import ApusProcess

@Suite struct ToolEnvironmentTests {
    @Test func environmentIsBuiltFromWhatIsAllowed() {
        let inherited = [
            "PATH": "/usr/bin:/bin", "HOME": "/home/a", "LC_TIME": "C", "CARGO_HOME": "/c", "PWD": "/elsewhere", "OLDPWD": "/before",
            "PAGER": "less",
            "GIT_EDITOR": "vi", "OPENAI_API_KEY": "sk-1", "LD_PRELOAD": "/x.so", "UNHEARD_OF": "1",
        ]
        #expect(
            ToolEnvironment.make(from: inherited, workingDirectory: "/w") == [
                "PATH": "/usr/bin:/bin", "HOME": "/home/a", "LC_TIME": "C", "CARGO_HOME": "/c", "PWD": "/w", "PAGER": "cat",
                "GIT_PAGER": "cat",
                "GIT_EDITOR": "true", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0",
            ])
    }

    @Test(arguments: [
        "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TERM", "TZ", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "CI",
        "RUSTUP_HOME",
        "GOPATH", "GOROOT", "JAVA_HOME", "NVM_DIR", "VIRTUAL_ENV", "PYENV_ROOT", "DEVELOPER_DIR", "CONDA_PREFIX",
    ])
    func nameOnTheListPasses(name: String) {
        #expect(ToolEnvironment.make(from: [name: "v"], workingDirectory: "/w")[name] == "v")
    }

    @Test(arguments: [
        "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "DYLD_INSERT_LIBRARIES", "BASH_ENV", "ENV", "IFS", "PROMPT_COMMAND", "PYTHONSTARTUP",
        "PYTHONPATH", "PYTHONWARNINGS", "GIT_SSH_COMMAND", "GIT_EXTERNAL_DIFF", "GIT_CONFIG_COUNT", "NODE_OPTIONS", "PERL5OPT", "RUBYOPT",
        "JAVA_TOOL_OPTIONS", "SHELLOPTS", "PS4", "EDITOR", "SSH_AUTH_SOCK", "XDG_RUNTIME_DIR", "BASH_FUNC_ls%%", "LC_ALL%%", "", "A=B",
        "APUS_KEEPER",
        // Secrets, by name alone.
        "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "GITHUB_TOKEN", "GH_TOKEN", "NPM_TOKEN",
        "DB_PASSWORD",
        "PGPASSWORD", "MY_SECRET", "SECRETS", "client_secret", "GOOGLE_APPLICATION_CREDENTIALS", "STRIPE_KEY", "LC_TOKEN", "LC_API_KEY",
        "AZURE_PAT",
        "HTTP_AUTH", "SESSION_COOKIE", "APIKEY", "XAPIKEY", "KEY", "SSH_PRIVATE_KEY_PATH", "GPG_PASSPHRASE", "SENTRY_DSN",
    ])
    func dangerousOrSecretNameNeverPassesEvenWhenAskedFor(name: String) {
        let environment = ToolEnvironment.make(from: [name: "canary"], workingDirectory: "/w", alsoAllowing: [name])
        #expect(!environment.values.contains("canary"))
    }

    @Test func furtherNamesPassOnlyWhenAskedFor() {
        let inherited = ["MONKEY": "1", "TURKEY_DIR": "2", "OTHER": "3"]
        let environment = ToolEnvironment.make(from: inherited, workingDirectory: "/w", alsoAllowing: ["MONKEY", "TURKEY_DIR", "ABSENT"])
        #expect(environment.filter { inherited.keys.contains($0.key) } == ["MONKEY": "1", "TURKEY_DIR": "2"])
    }

    @Test(arguments: [
        ("/usr/bin:/bin", "/usr/bin:/bin"), (".:/usr/bin:", "/usr/bin"), ("bin:./x:/a::/b", "/a:/b"), ("", "/usr/local/bin:/usr/bin:/bin"),
        (".", "/usr/local/bin:/usr/bin:/bin"),
    ])
    func pathKeepsAbsoluteEntriesOnly(path: String, expected: String) {
        #expect(ToolEnvironment.make(from: ["PATH": path], workingDirectory: "/w")["PATH"] == expected)
    }

    @Test func valueWithANulByteIsDropped() {
        #expect(ToolEnvironment.make(from: ["HOME": "/a\0b"], workingDirectory: "/w")["HOME"] == nil)
    }
}
