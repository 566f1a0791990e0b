package import ApusCore

/// What commands and file tools of one level may reach, as data (`settled.md` 7). Paths without a leading slash are below the home.
package struct ConfinementTier: Hashable, Sendable {
    package var level: AutonomyLevel
    package var network: Confinement.Network
    /// The project may be changed.
    package var writesProject: Bool
    /// Folders of the home that may be changed, where they exist.
    package var writableHome: [String]
    /// The same, and made for a command where they are missing.
    package var madeHome: [String]
    /// Secrets of people, apart from our own, cannot be read.
    package var hidesSecrets: Bool
    /// What decides about what runs later cannot be changed: hooks and settings of git and of agents.
    package var protectsDeciders: Bool
    /// Git's own folders cannot be changed at all: below the level for git's work nothing there is anybody's business, and a file that is
    /// missing or planted there decides where git looks for its settings.
    package var protectsRepository: Bool { level <= .low }

    /// One row for each level that has a wall; `nil` for the one that has none.
    package static func of(_ level: AutonomyLevel) -> ConfinementTier? { all.first { $0.level == level } }

    package static let all = [
        ConfinementTier(
            level: .off, network: .none, writesProject: false, writableHome: [], madeHome: [], hidesSecrets: true, protectsDeciders: true),
        ConfinementTier(
            level: .low, network: .none, writesProject: true, writableHome: [], madeHome: [], hidesSecrets: true, protectsDeciders: true),
        ConfinementTier(
            level: .medium, network: .open, writesProject: true, writableHome: packageFolders, madeHome: commonPackageFolders,
            hidesSecrets: true, protectsDeciders: true),
        ConfinementTier(
            level: .high, network: .open, writesProject: true, writableHome: [""], madeHome: [], hidesSecrets: false,
            protectsDeciders: false),
    ]

    /// Install roots and caches that programs make by themselves at the first use.
    private static let commonPackageFolders = [".local", ".cache", ".npm", ".cargo", "go", ".swiftpm"]

    private static let packageFolders = [
        ".rustup", ".npm-global", ".nvm", ".node-gyp", ".yarn", ".pnpm-store", ".bun", ".deno", ".volta", ".pyenv", ".virtualenvs", ".venv",
        "venv", ".conda", "miniconda3", "anaconda3", ".rbenv", ".rvm", ".gem", ".bundle", ".m2", ".gradle", ".ivy2", ".sbt", ".android",
        ".nuget", ".dotnet", ".composer", ".pub-cache", ".mix", ".hex", ".stack", ".cabal", ".ghcup", ".opam", ".cocoapods", ".sdkman",
        ".terraform.d/plugin-cache",
    ]

    /// Credentials and private data.
    package static let secrets = [
        ".ssh", ".aws", ".azure", ".gnupg", ".kube", ".docker", ".netrc", ".npmrc", ".pypirc", ".git-credentials", ".vault-token",
        ".pgpass", ".my.cnf", ".mylogin.cnf", ".s3cfg", ".boto", ".oci", ".config/git/credentials", ".m2/settings.xml",
        ".terraformrc", ".terraform.d/credentials.tfrc.json", ".password-store", ".config/gcloud", ".config/gh", ".config/glab-cli",
        ".config/hub", ".config/op", ".config/rclone", ".config/doctl", ".config/heroku", ".config/github-copilot", ".config/sops",
        ".cargo/credentials", ".cargo/credentials.toml", ".gem/credentials", ".composer/auth.json", ".config/composer/auth.json",
        ".m2/settings-security.xml", ".local/share/keyrings", ".factory", ".claude/.credentials.json", ".codex/auth.json",
        ".gemini/oauth_creds.json", ".bash_history", ".zsh_history", ".node_repl_history", ".sqlite_history",
        ".local/share/fish/fish_history", ".python_history", ".psql_history", ".mysql_history", ".mozilla",
        ".thunderbird", ".config/google-chrome", ".config/chromium", ".config/BraveSoftware", ".config/microsoft-edge", ".bitcoin",
        ".ethereum", ".electrum", "/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/sudoers", "/etc/sudoers.d",
        "/etc/ssl/private", "/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_ecdsa_key", "/etc/ssh/ssh_host_ed25519_key",
    ]

    /// Ours: settings of the machine and of other products may hold the keys of models.
    package static let keys = [
        ".factory/settings.json", ".factory/settings.local.json", ".factory/mcp.json", ".factory/hooks.json", ".factory/auth.json",
        ".factory/auth.v2.file", ".factory/sessions", "/etc/apus", "/etc/factory",
    ]

    /// Inside hidden places, and no secret: what ssh needs to use an agent, and the user's skills and commands.
    package static let harmless = [
        ".factory/skills", ".factory/commands",
        ".ssh/known_hosts", ".ssh/known_hosts2", ".ssh/config", ".ssh/id_rsa.pub", ".ssh/id_ecdsa.pub", ".ssh/id_ed25519.pub",
    ]

    /// Of Apus's own home: skills and commands the agent is to use, and the logs of background processes.
    package static let ownHarmless = ["skills", "commands", "processes"]

    /// Run by a shell or a program by itself, outside of any wall.
    package static let startFiles = [
        ".bash_profile", ".bash_login", ".profile", ".bashrc", ".bash_logout", ".bash_aliases", ".zshenv", ".zprofile", ".zshrc", ".zlogin",
        ".zlogout", ".inputrc", ".gitconfig", ".envrc", ".vimrc", ".exrc", ".xprofile", ".xsessionrc", ".pam_environment", ".config/git",
        ".config/fish", ".config/systemd", ".config/autostart", ".config/environment.d", ".local/bin", "bin",
    ]
}
