/// What it means to set a variable of the environment, by its name (`droid-exec.md` §3.5.4, `security.md` S9).
enum EnvironmentNames {
    enum Danger { case none, unknown, build, high }

    /// - Parameters:
    ///   - value: as far as it is known.
    ///   - isPassedOn: another program gets it; a variable that only this shell has is harmless for its name's sake.
    static func danger(_ name: String, value: String?, isPassedOn: Bool) -> Danger {
        if let value, quietValues[name]?.contains(value) ?? false { return .none }
        if harmless.contains(name) || name.hasPrefix("LC_") { return .none }
        if dangerous.contains(name) || prefixes.contains(where: { name.hasPrefix($0) }) || suffixes.contains(where: { name.hasSuffix($0) })
        {
            return .high
        }
        if name.contains(where: { !($0.isLetter || $0.isNumber || $0 == "_") || !$0.isASCII }) { return .high }
        if builds.contains(name) || name.hasPrefix("CARGO_TARGET_") { return .build }
        return isPassedOn ? .unknown : .none
    }

    /// Values that do nothing, of names that can do much.
    private static let quietValues: [String: Set<String>] = [
        "PAGER": ["cat", ""], "GIT_PAGER": ["cat", ""], "MANPAGER": ["cat", ""], "SYSTEMD_PAGER": ["cat", ""], "BAT_PAGER": ["", "cat"],
        "GIT_EDITOR": ["true", ":", "cat"], "EDITOR": ["true", ":", "cat"], "GH_PAGER": ["cat", ""], "AWS_PAGER": ["", "cat"],
        "GIT_SEQUENCE_EDITOR": ["true", ":"], "VISUAL": ["true", ":"], "LESS": ["", "-R", "-FRX", "FRX", "-F", "-X"],
    ]

    private static let harmless: Set<String> = [
        "LANG", "LANGUAGE", "TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES", "TZ", "CI",
        "DEBUG", "VERBOSE", "NODE_ENV", "RAILS_ENV", "RACK_ENV", "APP_ENV", "MIX_ENV", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL",
        "GIT_AUTHOR_DATE", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_DATE", "GIT_TERMINAL_PROMPT",
        "GIT_OPTIONAL_LOCKS", "GIT_MERGE_AUTOEDIT", "GIT_LITERAL_PATHSPECS", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE",
        "PYTHONHASHSEED", "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONFAULTHANDLER", "RUST_BACKTRACE", "RUST_LOG", "RUST_TEST_THREADS",
        "CARGO_TERM_COLOR", "GOOS", "GOARCH", "CGO_ENABLED", "PORT", "LOG_LEVEL", "DEBIAN_FRONTEND", "SOURCE_DATE_EPOCH", "COUNT",
        "NPM_CONFIG_COLOR", "npm_config_yes", "HUSKY", "DISABLE_TELEMETRY", "NEXT_TELEMETRY_DISABLED", "DO_NOT_TRACK",
        "PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_INPUT", "HOMEBREW_NO_AUTO_UPDATE", "JEST_WORKERS", "APUS_RECORD", "POSIXLY_CORRECT",
    ]

    private static let dangerous: Set<String> = [
        "PATH", "IFS", "ENV", "BASH_ENV", "SHELLOPTS", "BASHOPTS", "PROMPT_COMMAND", "PS0", "PS1", "PS2", "PS3", "PS4", "CDPATH",
        "GLOBIGNORE", "FPATH", "ZDOTDIR", "HISTFILE", "EDITOR", "VISUAL", "BROWSER", "PAGER", "LESSOPEN", "LESSCLOSE", "LESS", "LESSKEY",
        "LESSKEYIN", "GCONV_PATH", "LOCPATH", "NLSPATH", "HOSTALIASES", "RESOLV_HOST_CONF", "TMPPREFIX", "HOME", "SHELL", "USER",
        "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_HOME", "XDG_DATA_DIRS", "XDG_RUNTIME_DIR", "NODE_OPTIONS", "NODE_PATH",
        "NODE_EXTRA_CA_CERTS", "NODE_REPL_EXTERNAL_MODULE", "RUBYOPT", "RUBYLIB", "RUBYSHELL", "GEM_HOME", "GEM_PATH", "BUNDLE_GEMFILE",
        "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH", "JAVA_OPTS", "LUA_INIT", "LUA_PATH", "LUA_CPATH", "PHPRC",
        "PHP_INI_SCAN_DIR", "R_PROFILE", "R_ENVIRON", "R_PROFILE_USER", "OPENSSL_CONF", "OPENSSL_MODULES", "SSL_CERT_FILE", "SSL_CERT_DIR",
        "WGETRC", "CURL_HOME", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "DOTNET_STARTUP_HOOKS", "COREHOST_TRACE", "TAR_OPTIONS",
        "GREP_OPTIONS", "GZIP", "UNZIP", "ZIPOPT", "SSH_ASKPASS", "SUDO_ASKPASS", "SSH_AUTH_SOCK", "DOCKER_HOST", "DOCKER_CONFIG",
        "KUBECONFIG", "DBUS_SESSION_BUS_ADDRESS", "TERMINFO", "TERMINFO_DIRS", "TERMCAP", "INPUTRC", "MAILCAPS", "INFOPATH", "MANPATH",
        "MANOPT", "MANROFFOPT", "RIPGREP_CONFIG_PATH", "ACKRC", "ACK_OPTIONS", "AWKPATH", "AWKLIBPATH", "JQ_LIBRARY_PATH",
        "FZF_DEFAULT_OPTS",
        "FZF_DEFAULT_COMMAND", "BAT_CONFIG_PATH", "BAT_PAGER", "GH_TOKEN", "GITHUB_TOKEN", "OPTIND", "BASH_LOADABLES_PATH", "BASH_COMPAT",
        "EXECIGNORE", "FIGNORE", "FCEDIT", "HISTCONTROL", "MAIL", "MAILPATH", "MALLOC_TRACE", "NETRC", "CARGO_HOME", "RUSTUP_HOME",
        "GOPATH",
        "GOROOT", "GOBIN", "GOENV", "GOPROXY", "GONOSUMDB", "GOINSECURE", "GOTOOLCHAIN", "TMUX", "PERL_MB_OPT", "PERL_MM_OPT", "PERLLIB",
        "APUS_HOME", "APUS_KEEPER", "APUS_TRUST_PROJECT", "ERL_FLAGS", "ELIXIR_ERL_OPTIONS", "_", "FUNCNEST", "POSIX_PEDANTIC",
    ]

    private static let prefixes = [
        "LD_", "DYLD_", "GIT_", "PYTHON", "PERL5", "BASH_FUNC_", "npm_config_", "NPM_CONFIG_", "PIP_", "UV_", "YARN_", "BUNDLE_", "SSH_",
        "LUA_INIT_",
        "DOCKER_", "COMPOSE_", "AWS_", "GOOGLE_", "AZURE_", "KUBE", "BASH_", "ZSH_", "Malloc", "GLIBC_", "XDG_", "APUS_", "DROID_",
        "FACTORY_", "PAGER", "CARGO_REGISTR",
        "LESS", "HOMEBREW_",
    ]
    private static let suffixes = ["PAGER", "EDITOR", "BROWSER", "ASKPASS", "PRELOAD", "_PROXY", "_proxy", "_SHELL", "_COMMAND"]

    /// What a build takes its programs and options from: no worse than the build itself.
    private static let builds: Set<String> = [
        "CC", "CXX", "AR", "LD", "AS", "CPP", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "MAKEFLAGS", "RUSTFLAGS", "GOFLAGS",
        "MAVEN_OPTS",
        "GRADLE_OPTS", "JAVA_HOME", "TMPDIR", "PKG_CONFIG_PATH", "CMAKE_PREFIX_PATH", "RUSTC_WRAPPER", "RUSTC", "TOOLCHAINS", "SDKROOT",
        "DEVELOPER_DIR", "VIRTUAL_ENV", "CMAKE_BUILD_TYPE", "MAKEFILES",
    ]
}
