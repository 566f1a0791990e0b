/// The environment a command gets: built up from a list of what it needs, never cut down from what we have.
///
/// A name passes when it is on the allow-list (or was asked for by the caller) and is neither dangerous nor secret; danger and
/// secrecy always win. Dangerous names make a program load or run something that its command line does not show; secret names hold
/// credentials that a command, and through its output the model, has no need of. Names are compared as written: on Unix `path` is
/// not `PATH`.
package enum ToolEnvironment {
    /// Builds the environment of a command.
    ///
    /// - Parameters:
    ///   - inherited: the environment of this process.
    ///   - workingDirectory: the absolute directory the command starts in; becomes `PWD`.
    ///   - names: further names of `inherited` to let through, from settings.
    /// - Returns: what is allowed of `inherited`; `PATH` without entries that are not absolute, since those would let a workspace decide
    ///   which program a name means; and the values that keep git and pagers from waiting for a person.
    package static func make(
        from inherited: [String: String],
        workingDirectory: String,
        alsoAllowing names: Set<String> = []
    ) -> [String: String] {
        var environment = inherited.filter { name, value in
            (isListed(name) || names.contains(name)) && !isDangerous(name) && !isSecret(name) && !value.utf8.contains(0)
        }
        environment["PATH"] = absoluteEntries(of: inherited["PATH"] ?? "")
        environment["PWD"] = workingDirectory
        environment.merge(quiet) { _, ours in ours }
        return environment
    }

    /// On the list of names that pass without being asked for.
    static func isListed(_ name: String) -> Bool {
        allowed.contains(name) || name.hasPrefix("LC_")
    }

    /// Makes a program run or load what its command line does not show.
    static func isDangerous(_ name: String) -> Bool {
        dangerous.contains(name) || dangerousPrefixes.contains { name.hasPrefix($0) } || !isPlain(name)
    }

    /// Looks like the name of a credential, in any case.
    package static func isSecret(_ name: String) -> Bool {
        let words = name.uppercased().split(separator: "_", omittingEmptySubsequences: true)
        return words.contains { secretWords.contains(String($0)) } || secretParts.contains { name.uppercased().contains($0) }
    }

    /// Letters, digits and `_`: bash keeps exported functions under names that are not.
    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: byte == UInt8(ascii: "_")
                }
            }
    }

    private static func absoluteEntries(of path: String) -> String {
        let entries = path.split(separator: ":").filter { $0.hasPrefix("/") }
        return entries.isEmpty ? "/usr/local/bin:/usr/bin:/bin" : entries.joined(separator: ":")
    }

    private static let quiet = [
        "GIT_TERMINAL_PROMPT": "0",
        // Reading commands would else write the index, and run a hook for it.
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_EDITOR": "true",
        "PAGER": "cat",
        "GIT_PAGER": "cat",
    ]

    /// `XDG_RUNTIME_DIR` and `SSH_AUTH_SOCK` are left out on purpose: they lead to sockets through which others act for the user.
    private static let allowed: Set<String> = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TERM", "COLORTERM", "NO_COLOR", "COLUMNS", "LINES", "TZ",
        "TMPDIR", "CI", "HOSTNAME",
        "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_DIRS",
        "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "GOPATH", "GOROOT", "GOBIN", "GOCACHE", "GOMODCACHE", "GOTOOLCHAIN",
        "JAVA_HOME", "MAVEN_HOME", "M2_HOME", "GRADLE_HOME", "GRADLE_USER_HOME", "KOTLIN_HOME", "SDKMAN_DIR", "ANDROID_HOME",
        "ANDROID_SDK_ROOT", "NVM_DIR", "NVM_BIN", "FNM_DIR", "VOLTA_HOME", "PNPM_HOME", "BUN_INSTALL", "DENO_DIR", "VIRTUAL_ENV",
        "PYENV_ROOT", "PYENV_VERSION", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "POETRY_HOME", "PIPX_HOME", "UV_CACHE_DIR", "RBENV_ROOT",
        "RBENV_VERSION", "GEM_HOME", "GEM_PATH", "DEVELOPER_DIR", "SDKROOT", "TOOLCHAINS", "SWIFTLY_HOME_DIR", "SWIFTLY_BIN_DIR",
        "DOTNET_ROOT", "COMPOSER_HOME", "MIX_HOME", "HEX_HOME", "ASDF_DIR", "ASDF_DATA_DIR", "MISE_DATA_DIR", "OPAMROOT",
        "GHCUP_INSTALL_BASE_PREFIX", "STACK_ROOT", "NIX_PROFILES", "NIX_PATH", "NIX_SSL_CERT_FILE", "SSL_CERT_FILE", "SSL_CERT_DIR",
    ]

    private static let dangerous: Set<String> = [
        "BASH_ENV", "ENV", "IFS", "CDPATH", "GLOBIGNORE", "SHELLOPTS", "BASHOPTS", "PROMPT_COMMAND", "PS0", "PS1", "PS2", "PS4", "ZDOTDIR",
        "FPATH", "HISTFILE", "EDITOR", "VISUAL", "BROWSER", "LESSOPEN", "LESSCLOSE", "MANPAGER", "GCONV_PATH", "LOCPATH", "NLSPATH",
        "HOSTALIASES", "RESOLV_HOST_CONF", "TMPPREFIX", "PYTHONSTARTUP", "PYTHONPATH", "PYTHONHOME", "PYTHONINSPECT", "PYTHONWARNINGS",
        "PYTHONBREAKPOINT", "PYTHONUSERBASE", "NODE_OPTIONS", "NODE_PATH", "NODE_EXTRA_CA_CERTS", "PERL5OPT", "PERL5LIB", "PERLLIB",
        "PERL5DB", "RUBYOPT", "RUBYLIB", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH", "MAVEN_OPTS", "GRADLE_OPTS",
        "RUSTFLAGS", "RUSTC", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER", "GOFLAGS", "CC", "CXX", "AR", "LD",
        "MAKEFLAGS", "MAKEFILES", "SSH_ASKPASS", "SUDO_ASKPASS", "SSH_AUTH_SOCK", "DOCKER_HOST", "DBUS_SESSION_BUS_ADDRESS", "TERMINFO",
        "TERMCAP", "LUA_INIT", "PHPRC", "PHP_INI_SCAN_DIR", "R_PROFILE", "R_ENVIRON", "OPENSSL_CONF", "OPENSSL_MODULES", "WGETRC",
        "CURL_HOME", "DOTNET_STARTUP_HOOKS", "COREHOST_TRACE", "TAR_OPTIONS", "GREP_OPTIONS", "XDG_RUNTIME_DIR", "APUS_KEEPER",
    ]

    /// Git alone has dozens of names that run a program; what a command needs of them is set in `quiet`.
    private static let dangerousPrefixes = ["LD_", "DYLD_", "GIT_", "BASH_FUNC_", "LUA_INIT_", "npm_config_", "NPM_CONFIG_", "MallocStack"]

    private static let secretWords: Set<String> = [
        "KEY", "KEYS", "TOKEN", "TOKENS", "PASS", "PASSWD", "PASSPHRASE", "PWDS", "PAT", "CREDENTIAL", "CREDENTIALS", "CREDS", "AUTH",
        "COOKIE",
        "JWT", "BEARER", "DSN",
    ]

    private static let secretParts = ["SECRET", "PASSWORD", "APIKEY", "TOKEN", "CREDENTIAL", "PRIVATE_KEY"]
}
