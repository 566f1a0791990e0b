import ApusCore

/// A skill that comes with Apus: its text, and nothing on disk.
package struct BuiltinSkill: Hashable, Sendable {
    package var name: String
    package var summary: String
    package var text: String

    package static let all = [apus, review, authoring]

    var skill: Skill {
        Skill(
            listed: ListedSkill(name: name, summary: summary, location: .builtin, path: "builtin:\(name)/SKILL.md", content: text),
            folder: nil)
    }

    private static let apus = BuiltinSkill(
        name: "apus-help",
        summary: "How Apus itself works: autonomy levels and refusals, settings files, models, trust, MCP servers, instructions, sessions. "
            + "For questions about Apus and for changing its configuration.",
        text: """
            # Apus, for whoever has to explain or configure it

            Check what you say against this machine: `apus --help`, `apus COMMAND --help`, `apus config explain` (which file set what), \
            `apus doctor` (what is missing), `apus models list`.

            ## What may run
            - Autonomy: read-only (no flag), `--auto low` (edits inside the project), `--auto medium` (builds, tests, installs, local git, \
            network), `--auto high` (nearly everything). `--skip-permissions-unsafe` checks nothing: only for throw-away machines.
            - A call above the level ends a headless run with exit code 1; `--on-denied continue` tells the model instead. Clients that can \
            answer are asked.
            - `apus policy explain 'COMMAND'` says which level a command needs, and why.
            - Settings `commandAllowlist`, `commandDenylist`, `commandBlocklist` change single commands. The wall around commands is the \
            kernel's: the lists do not lift it.

            ## Settings
            - `~/.apus/settings.json` (or `$APUS_HOME`), then `.apus/settings.json` of the project, then the machine's in `/etc/apus`. The \
            same below `.factory` is read too. Comments are allowed in JSON.
            - A project's settings, hooks, servers, skills and commands count only when trusted: look at them, then `apus trust`. A changed \
            file has to be trusted again. `--trust-project` trusts for one run.
            - Models of one's own: `customModels` with `model`, `provider` (anthropic, openai, generic-chat-completion-api), `baseUrl`, \
            `apiKey` (write `${NAME}` for a variable of the environment, never the key itself).

            ## Instructions, skills, commands
            - `AGENTS.md` of the project and of its folders, `AGENTS.md` in `~/.apus` for all projects.
            - Skills: `.apus/skills/NAME/SKILL.md`. Commands: `.apus/commands/NAME.md`, called with `/NAME words`.
            - `disabledSkills` in the settings switches single skills off, `--disable-builtin-skills` those of Apus.

            ## MCP servers
            `apus mcp add NAME COMMAND-OR-URL`, `apus mcp list`, `apus mcp remove NAME`; kept in `~/.apus/mcp.json`. Of a project: \
            `.apus/mcp.json`, when trusted.

            ## Sessions
            Every run is kept: `apus sessions list`, `apus sessions show ID`, `apus exec -s ID "go on"`, `--fork ID` for a copy. `apus \
            sessions --help` tells the rest.

            Never write a key, token or password into a file that is under version control. Say which file you changed, and how to undo it.
            """)

    private static let review = BuiltinSkill(
        name: "review-changes",
        summary: "Reviews a change before it is merged: the working tree, a branch or given commits. Finds defects, and proves them.",
        text: """
            # Review a change

            You look for what would hurt somebody, not for what you would have written differently. Change nothing.

            1. Find out what is to be reviewed: the arguments; else what is not committed (`git status --short`, `git diff HEAD`); else the \
            branch against its base (`git merge-base HEAD main`, then `git diff BASE...HEAD`). Say which it was.
            2. Read the intent: commit messages, the issue if one is named, instructions of the project (`AGENTS.md`).
            3. Read every changed file around its changes, not the diff alone, and the callers of what changed (Grep for the names).
            4. Look, in this order, for
               - wrong results: edge cases (empty, one, many, huge, negative, not UTF-8), errors that are swallowed, conditions turned \
            around, off by one, time zones, integer overflow;
               - lost or broken data: partial writes, migrations without a way back, changed formats that old readers meet;
               - concurrency: shared state without a lock, state used after a wait, cancellation, resources not given back;
               - security: input that reaches a shell, a query, a path or a page; secrets in logs; checks that can be walked around;
               - contracts: public names and formats changed without notice, documentation that is now wrong;
               - tests: what of the above would no test notice?
            5. Prove each finding: the input or sequence that fails, and the line where. Run a small check if you may. Drop what you cannot \
            make plausible; say so when you are not sure.

            Report, the worst first: `file:line`, what goes wrong for whom, how to see it, the smallest mend. Then what you looked at and \
            found sound, in two lines. If nothing is wrong, say that in one sentence: do not invent findings.
            """)

    private static let authoring = BuiltinSkill(
        name: "write-skill",
        summary: "Writes a new skill or slash command for Apus, or mends one: where it goes, its head, what makes it good.",
        text: """
            # Write a skill or a command

            A skill is a folder with a `SKILL.md`; the model sees its name and description all the time, and its text only when it loads it. \
            A command is one file; a person calls for it with `/name`.

            Where: for one project `.apus/skills/NAME/SKILL.md` and `.apus/commands/NAME.md`; for all projects the same below `~/.apus`. \
            Files of a project count only after `apus trust`.

            ```
            ---
            name: release-notes
            description: Writes release notes from merged changes. Use it when asked for release notes or a changelog entry.
            user-invocable: true
            disable-model-invocation: false
            ---
            Steps…
            ```

            - `name`: lower case letters, digits, hyphens. `description`: what it does and when to use it, in one or two sentences, with the \
            words people use when they want it; it decides whether the skill is found.
            - The text: numbered steps that can be checked, the commands of this project with their exact flags, what to do when a step \
            fails, what the result looks like. Nothing a good engineer knows anyway.
            - Keep it below two pages. Put long tables, examples and scripts beside it and name them by relative path: they are read when \
            needed.
            - No secrets. Nothing that only holds on one machine.
            - A command's `$ARGUMENTS` is replaced by what stands behind its name. A command whose first line is `#!…` is a program: its \
            output goes into the conversation; one of a project runs at the level high only.

            Before you write, look at what is there (LS of those folders, Read of a neighbour), so that names do not clash: the project's \
            beat the user's, those beat the ones of Apus. Afterwards read the file once more as somebody who knows nothing, and say how to \
            try it: a prompt that should make the model load it, or `/name`.
            """)
}
