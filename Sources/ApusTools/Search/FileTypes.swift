/// What `type` of Grep means: which names belong to a language.
enum FileTypes {
    static let patterns: [String: [String]] = [
        "c": ["*.c", "*.h"], "cpp": ["*.cpp", "*.cc", "*.cxx", "*.hpp", "*.hh", "*.hxx", "*.h", "*.inl"], "cs": ["*.cs"],
        "cmake": ["CMakeLists.txt", "*.cmake"], "css": ["*.css", "*.scss", "*.sass", "*.less"], "csv": ["*.csv"], "dart": ["*.dart"],
        "docker": ["Dockerfile*", "*.dockerfile"], "elixir": ["*.ex", "*.exs"], "go": ["*.go"], "haskell": ["*.hs"],
        "html": ["*.html", "*.htm"], "java": ["*.java"], "js": ["*.js", "*.jsx", "*.mjs", "*.cjs"], "json": ["*.json", "*.jsonl"],
        "kotlin": ["*.kt", "*.kts"], "lua": ["*.lua"], "make": ["Makefile", "makefile", "GNUmakefile", "*.mk"],
        "md": ["*.md", "*.markdown", "*.mdx"],
        "objc": ["*.m", "*.mm", "*.h"], "perl": ["*.pl", "*.pm"], "php": ["*.php"], "proto": ["*.proto"], "py": ["*.py", "*.pyi"],
        "r": ["*.r", "*.R"],
        "ruby": ["*.rb", "Gemfile", "Rakefile"], "rust": ["*.rs"], "scala": ["*.scala"], "sh": ["*.sh", "*.bash", "*.zsh"],
        "sql": ["*.sql"],
        "swift": ["*.swift"], "toml": ["*.toml"], "ts": ["*.ts", "*.tsx", "*.mts", "*.cts"], "txt": ["*.txt"], "vue": ["*.vue"],
        "xml": ["*.xml", "*.xsd", "*.xsl"], "yaml": ["*.yaml", "*.yml"], "zig": ["*.zig"],
    ]

    static let synonyms = [
        "python": "py", "javascript": "js", "typescript": "ts", "tsx": "ts", "jsx": "js", "c++": "cpp", "csharp": "cs", "markdown": "md",
        "rs": "rust",
        "rb": "ruby", "shell": "sh", "bash": "sh", "yml": "yaml", "golang": "go", "kt": "kotlin", "makefile": "make",
        "dockerfile": "docker",
    ]

    static func patterns(for type: String) -> [String]? {
        let name = type.lowercased()
        return patterns[synonyms[name] ?? name]
    }
}
