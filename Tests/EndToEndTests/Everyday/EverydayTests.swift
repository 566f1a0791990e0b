#if os(Linux)
    import ApusBase
    import ApusTestServer
    import Foundation
    import Testing

    /// Useful work is not broken: forty commands and more of every tier, run by the real executable inside the wall of that tier.
    @Suite(.timeLimit(.minutes(10))) struct EverydayTests {
        private func run(
            _ commands: [EverydayCommand], _ arguments: String..., ownPrograms: Bool = false,
            furnish: (Stage) async throws -> Void = { _ in }
        ) async throws {
            let possible = commands.filter(\.isPossible)
            #expect(possible.count >= 40, "only \(possible.count) of \(commands.count) commands have their program on this machine")
            try await withStage(.anthropic, Stage.script(possible)) { stage in
                try await stage.home.makeProject()
                try await furnish(stage)
                try await stage.run(possible, arguments, environment: ownPrograms ? Self.withPrograms(stage) : [:])
            }
        }

        @Test func readingAtTheDefaultTier() async throws {
            try await run(Self.reading)
        }

        static let reading: [EverydayCommand] = [
            EverydayCommand("pwd", "/work"), EverydayCommand("ls -la", "README.md"), EverydayCommand("cat README.md", "hello world"),
            EverydayCommand("head -n 2 src/main.py | cat -n", "1\timport sys"), EverydayCommand("tail -n 3 log.txt", "line 20"),
            EverydayCommand("wc -l src/*.py", "total"), EverydayCommand("grep -rn 'def ' src", "src/calc.py:1:def add"),
            EverydayCommand("grep -c line log.txt", "20"), EverydayCommand("find . -name '*.py' -type f | sort", "./src/calc.py"),
            EverydayCommand("find src -maxdepth 1 -name 'm*' -print", "src/main.py"),
            EverydayCommand("sort words.txt | uniq -c | sort -rn | head -1", "2 pear"), EverydayCommand("cut -d, -f2 data.csv", "4"),
            EverydayCommand("tr a-z A-Z < words.txt", "PEAR"), EverydayCommand("awk -F, '{sum += $2} END {print sum}' data.csv", "7"),
            EverydayCommand("sed -n '2,4p' log.txt", "line 4"), EverydayCommand("sed 's/pear/plum/' words.txt", "plum"),
            EverydayCommand("diff -u a.txt b.txt || true", "-two"), EverydayCommand("cmp a.txt a.txt && echo same", "same"),
            EverydayCommand("stat -c %s a.txt", "8"), EverydayCommand("du -sh .", "."), EverydayCommand("df -h . | tail -1", "%"),
            EverydayCommand("git status --short", "M b.txt"), EverydayCommand("git diff", "+changed"),
            EverydayCommand("git diff HEAD~1 --stat", "README.md"), EverydayCommand("git log --oneline -5", "second"),
            EverydayCommand("git log --format='%an %s' | head -1", "Test second"), EverydayCommand("git show --stat HEAD", "README.md"),
            EverydayCommand("git branch -a", "* main"), EverydayCommand("git blame README.md", "hello world"),
            EverydayCommand("git ls-files | wc -l", "11"), EverydayCommand("git rev-parse --abbrev-ref HEAD", "main"),
            EverydayCommand("git grep -n hello", "README.md:3:hello world"), EverydayCommand("git stash list"),
            EverydayCommand("git describe --always"), EverydayCommand("git remote -v"),
            EverydayCommand(#"echo "$HOME""#, "/user"), EverydayCommand(#"printf '%s\n' one two"#, "two"),
            EverydayCommand("date -u +%Y", "20"), EverydayCommand("uname -s", "Linux"), EverydayCommand("id -u"),
            EverydayCommand(#"for f in src/*.py; do echo "$f"; wc -l < "$f"; done"#, "src/main.py"),
            EverydayCommand("if [ -f README.md ]; then echo yes; else echo no; fi", "yes"),
            EverydayCommand("test -d src && echo dir", "dir"),
            EverydayCommand("[[ $(git rev-parse --abbrev-ref HEAD) == main ]] && echo 'on main'", "on main"),
            EverydayCommand("cat <<'EOF'\nhello $x\nEOF", "hello $x"),
            EverydayCommand(#"x=$(wc -l < log.txt); echo "of $x lines, $((1 + 1)) are read""#, "of 20 lines, 2"),
            EverydayCommand("git --version", "git version"),
            EverydayCommand("readlink -f src", "/src"), EverydayCommand("sha256sum a.txt", "a.txt"),
            EverydayCommand("base64 a.txt", "b25l"), EverydayCommand("od -c a.txt | head -1", "o   n   e"),
            EverydayCommand("command -v git", "git"), EverydayCommand("seq 1 5 | paste -sd+", "1+2+3+4+5"),
            EverydayCommand("ls -R src", "calc.py"), EverydayCommand("ls | while read -r f; do echo \"- $f\"; done", "- words.txt"),
            EverydayCommand("case $(uname) in Linux) echo penguin ;; *) echo other ;; esac", "penguin"),
            EverydayCommand("comm -12 <(sort a.txt) <(sort b.txt) | wc -l", "0"), EverydayCommand("cat /etc/os-release | head -1"),
            EverydayCommand("git log --oneline 2>/dev/null | wc -l", "2"),
        ]

        @Test func tidyingAtLow() async throws {
            try await run(Array(Self.reading.prefix(24)) + Self.tidying, "--auto", "low", ownPrograms: true) { stage in
                // What a formatter does to a file, whatever its language: it rewrites it in place.
                for name in Self.formatters {
                    try Self.install(
                        name,
                        #"for f; do case $f in -*|check|format) ;; *) [ -d "$f" ] && f=$(ls "$f"/*.py | head -1); sed -i "s/ *$//; 1i # by $(basename "$0")" "$f" || exit 1; esac; done; echo formatted"#,
                        on: stage)
                }
                for name in Self.checkers {
                    try Self.install(name, #"cat src/*.py >/dev/null && echo "checked by $(basename "$0")""#, on: stage)
                }
            }
        }

        private static let formatters = ["prettier", "eslint", "black", "isort", "ruff", "swiftformat", "autopep8"]
        private static let checkers = ["flake8", "mypy", "pyright", "shellcheck", "yamllint", "swiftlint", "actionlint", "tsc"]

        static let tidying: [EverydayCommand] = [
            EverydayCommand("prettier --write src/main.py", "formatted"), EverydayCommand("head -1 src/main.py", "# by prettier"),
            EverydayCommand("eslint --fix src/calc.py", "formatted"), EverydayCommand("black src", "formatted"),
            EverydayCommand("isort src/calc.py", "formatted"), EverydayCommand("ruff format src", "formatted"),
            EverydayCommand("ruff check --fix src", "formatted"), EverydayCommand("head -2 src/calc.py", "# by ruff"),
            EverydayCommand("flake8 src", "checked by flake8"), EverydayCommand("mypy src", "checked by mypy"),
            EverydayCommand("pyright", "checked by pyright"), EverydayCommand("shellcheck run.sh", "checked"),
            EverydayCommand("yamllint .", "checked"), EverydayCommand("swiftlint", "checked"), EverydayCommand("actionlint", "checked"),
            EverydayCommand("tsc --noEmit", "checked by tsc"), EverydayCommand("cd src && black main.py", "formatted"),
            EverydayCommand("cd src && ls", "calc.py"),
            EverydayCommand("export NODE_ENV=test; echo $NODE_ENV", "test"), EverydayCommand("ulimit -n"),
            EverydayCommand("git diff --stat | tail -1", "changed"), EverydayCommand("black src && flake8 src", "checked by flake8"),
        ]

        @Test func developingAtMedium() async throws {
            try await run(Self.developing, "--auto", "medium")
        }

        static let developing: [EverydayCommand] = [
            EverydayCommand("touch new.txt && ls new.txt", "new.txt"), EverydayCommand("mkdir -p build/a/b && ls build", "a"),
            EverydayCommand("cp a.txt copy.txt && cat copy.txt", "two"), EverydayCommand("mv copy.txt moved.txt && ls moved.txt", "moved"),
            EverydayCommand("ln -s a.txt link && readlink link", "a.txt"),
            EverydayCommand("echo 'echo run by hand' > run.sh; chmod +x run.sh; ls -l run.sh", "x"),
            EverydayCommand("echo one > o.txt && echo two >> o.txt && wc -l o.txt", "2"), EverydayCommand("echo x | tee t.txt", "x"),
            EverydayCommand("sed -i 's/one/uno/' a.txt && cat a.txt", "uno"),
            EverydayCommand("cat > here.txt <<EOF\nhome is $HOME\nEOF\ncat here.txt", "home is /"),
            EverydayCommand("tar czf src.tgz src && tar tzf src.tgz", "src/calc.py"),
            EverydayCommand("mkdir -p x && tar xzf src.tgz -C x && ls x/src", "calc.py"),
            EverydayCommand("gzip -k words.txt && ls words.txt.gz", "gz"),
            EverydayCommand("t=$(mktemp) && echo temporary > \"$t\" && cat \"$t\" && rm \"$t\"", "temporary"),
            EverydayCommand("d=$(mktemp -d) && echo y > \"$d/f\" && ls \"$d\"", "f"),
            EverydayCommand("echo kept > /tmp/kept.txt && cat /tmp/kept.txt", "kept"),
            EverydayCommand("git add -A && git status --short | head -1", "M"),
            EverydayCommand("git commit -q -m 'by hand' && git log --oneline -1", "by hand"),
            EverydayCommand("git checkout -q -b feature && git rev-parse --abbrev-ref HEAD", "feature"),
            EverydayCommand("echo f > feature.txt && git add feature.txt && git commit -q -m feature && git log --oneline | wc -l", "4"),
            EverydayCommand("git switch main", ""), EverydayCommand("git merge -q feature && ls feature.txt", "feature.txt"),
            EverydayCommand("git stash push -q --include-untracked || true; git stash pop || true"),
            EverydayCommand("echo s >> words.txt && git stash push -q && git stash pop -q && tail -1 words.txt", "s"),
            EverydayCommand("git tag v1 && git tag -l", "v1"), EverydayCommand("git branch side && git branch", "side"),
            EverydayCommand("git commit -q -am side && git revert --no-edit HEAD && git log --oneline -1", "Revert"),
            EverydayCommand("git rebase -q side || git rebase --abort"),
            EverydayCommand("git cherry-pick feature || git cherry-pick --abort || git cherry-pick --skip || true"),
            EverydayCommand("git worktree add -q build/tree side && ls build/tree/README.md", "README.md"),
            EverydayCommand("git mv b.txt c.txt && git status --short | grep c.txt", "b.txt -> c.txt"),
            EverydayCommand("git init -q inner && ls -d inner/.git", ".git"),
            EverydayCommand("make", "sort", needs: "make"), EverydayCommand("make test", "passed", needs: "make"),
            EverydayCommand("make -C . -j2 test 2>&1 | tail -1", "", needs: "make"),
            EverydayCommand("python3 src/main.py", "hello", needs: "python3"),
            EverydayCommand("python3 -c 'print(6 * 7)'", "42", needs: "python3"),
            EverydayCommand("python3 -c \"open('py.txt', 'w').write('by python')\" && cat py.txt", "by python", needs: "python3"),
            EverydayCommand("python3 -m unittest -q 2>&1 || true", "", needs: "python3"),
            EverydayCommand("rm here.txt && ls here.txt 2>/dev/null || echo gone", "gone"),
            EverydayCommand("(sleep 0; echo later) & wait", "later"),
            EverydayCommand("ls *.txt | xargs -n1 basename | sort | head -1", "a.txt"),
            EverydayCommand("diff -u a.txt words.txt > d.patch || true; ls d.patch", "d.patch"),
            EverydayCommand("set -e; for n in 1 2 3; do echo \"$n\" > \"n$n.txt\"; done; cat n?.txt | paste -sd+", "1+2+3"),
            EverydayCommand("echo $(( $(cat n1.txt) + 41 ))", "42"), EverydayCommand("export DEMO=1; echo $DEMO", "1"),
            EverydayCommand("yes | head -2", "y"),
            EverydayCommand("cc main.c -o main.out && ./main.out && echo compiled", "compiled", needs: "cc"),
            EverydayCommand("truncate -s 0 t.txt && stat -c %s t.txt", "0"), EverydayCommand("mkfifo pipe.tmp && rm pipe.tmp"),
        ]

        @Test func releasingAtHigh() async throws {
            try await run(Self.releasing + Array(Self.developing.prefix(16)), "--auto", "high") { stage in
                try stage.home.write("TOKEN=demo-value\n", to: ".env")
                try stage.home.write("echo from a script\n", to: "fresh.sh")
            }
        }

        static let releasing: [EverydayCommand] = [
            EverydayCommand("cat .env", "TOKEN"), EverydayCommand("bash fresh.sh", "from a script"),
            EverydayCommand("eval 'echo evaluated'", "evaluated"),
            EverydayCommand("echo 'echo piped' | bash", "piped"), EverydayCommand("bash <<'EOF'\necho documented\nEOF", "documented"),
            EverydayCommand("echo note > ~/notes.txt && cat ~/notes.txt", "note"),
            EverydayCommand("mkdir -p ~/.config/demo && echo 1 > ~/.config/demo/x && ls ~/.config/demo", "x"),
            EverydayCommand("mkdir -p build/deep && rm -rf build && ls build 2>/dev/null || echo removed", "removed"),
            EverydayCommand("touch x.tmp && find . -name '*.tmp' -delete && ls x.tmp 2>/dev/null || echo swept", "swept"),
            EverydayCommand("touch y.tmp && find . -name '*.tmp' -exec rm {} + && ls y.tmp 2>/dev/null || echo swept", "swept"),
            EverydayCommand("git checkout -- b.txt && git status --short b.txt | wc -l", "0"),
            EverydayCommand("echo z >> a.txt && git reset -q --hard && tail -1 a.txt", "two"),
            EverydayCommand("touch stray.txt && git clean -fdxq -e .env -e fresh.sh && ls stray.txt 2>/dev/null || echo clean", "clean"),
            EverydayCommand("git branch gone && git branch -D gone", "Deleted"),
            EverydayCommand(
                "git init -q --bare ../user/remote.git && git push -q ../user/remote.git main && git ls-remote ../user/remote.git",
                "refs/heads/main"),
            EverydayCommand("git push -q --force ../user/remote.git HEAD~1:refs/heads/main && git ls-remote ../user/remote.git | wc -l"),
            EverydayCommand(
                "git push -q ../user/remote.git --delete main && git ls-remote ../user/remote.git | grep -c heads || echo deleted",
                "deleted"),
            EverydayCommand("chmod -R u+rwX src && echo opened", "opened"),
            EverydayCommand("sleep 30 & kill -9 $!; wait; echo killed", "killed"),
            EverydayCommand("X=hidden sh -c 'echo $X'", "hidden"),
            EverydayCommand("export PATH=$PATH:/opt/demo; echo ${PATH##*:}", "/opt/demo"),
            EverydayCommand("alias demo='echo aliased'; echo defined", "defined"),
            EverydayCommand("f() { echo \"called $1\"; }; f me", "called me"),
            EverydayCommand("p=ls; $p README.md", "README.md"), EverydayCommand("./fresh.sh 2>/dev/null || sh ./fresh.sh", "from a script"),
            EverydayCommand("python3 - <<'EOF'\nprint('read from a document')\nEOF", "read from a document", needs: "python3"),
            EverydayCommand("tmp=$(mktemp); echo 'echo downloaded' > $tmp; sh $tmp", "downloaded"),
            EverydayCommand("git config --global demo.key value && git config demo.key", "value"),
            EverydayCommand("env | grep -c ^HOME=", "1"),
        ]

        private static func install(_ name: String, _ body: String, on stage: Stage) throws {
            let path = "\(stage.home.root)/bin/\(name)"
            try FileManager.default.createDirectory(atPath: "\(stage.home.root)/bin", withIntermediateDirectories: true)
            try "#!/bin/sh\n\(body)\n".write(toFile: path, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }

        private static func withPrograms(_ stage: Stage) -> [String: String] {
            ["PATH": "\(stage.home.root)/bin:\(stage.home.environment["PATH"] ?? "")"]
        }
    }
#endif
