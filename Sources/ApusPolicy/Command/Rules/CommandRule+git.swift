/// git, by subcommand. Where the repository's configuration starts programs, none of these is read-only.
extension CommandRule {
    private static let reads = "droid-exec.md §3.6 RO git"
    private static let local = "droid-exec.md §3.6 M git local"
    private static let destroys = "droid-exec.md §3.5.9"
    private static let publishes = "droid-exec.md §3.6 H remote git/publish"
    private static let harmful = "security.md S9"
    private static let why = "reads the repository"

    private static let revisions =
        "-#  -abBcCdDefghiIkKlLmMnpPqQrRsStuUvwWxXyzZ:n:U:M?C?B?S:G:L:X? --oneline --stat? --shortstat --numstat --dirstat? --summary --name-only --name-status --patch --no-patch --patch-with-stat --raw --graph --decorate? --no-decorate --all --branches? --tags? --remotes? --glob= --exclude= --not --first-parent --merges --no-merges --reverse --follow --full-history --simplify-merges --topo-order --date-order --author-date-order --date= --relative-date --since= --after= --until= --before= --author= --committer= --grep= --all-match --invert-grep --regexp-ignore-case --extended-regexp --fixed-strings --perl-regexp --max-count= --skip= --format= --pretty? --abbrev-commit --no-abbrev-commit --abbrev? --cached --staged --merge-base --color? --no-color --color-words? --word-diff? --word-diff-regex= --unified= --ignore-all-space --ignore-space-change --ignore-space-at-eol --ignore-blank-lines --find-renames? --find-copies? --no-renames --diff-filter= --exit-code --quiet --check --full-index --binary --relative? --text --function-context --minimal --patience --histogram --diff-algorithm= --no-ext-diff --no-textconv --submodule? --no-prefix --src-prefix= --dst-prefix= --left-right --cherry-pick --cherry-mark --cherry --count --left-only --right-only --boundary --ancestry-path? --notes? --no-notes --walk-reflogs --source --pickaxe-regex --pickaxe-all --inter-hunk-context= --compact-summary --combined-all-paths --cc --show-pulls --parents --children --objects --no-walk? --do-walk --mailmap --use-mailmap --no-mailmap --clear-decorations --decorate-refs= --email --numbered --summary --group= --end-of-options --root --no-commit-id --no-expand-tabs --expand-tabs? --encoding= --timestamp --header --bisect --stdin --show-linear-break? --range-diff= --base --ours --theirs"

    static let git: [CommandRule] = [
        .globals(
            "git.globals", "git",
            "-C:P --no-pager --no-replace-objects --literal-pathspecs --glob-pathspecs --no-optional-locks --no-advice --git-dir= --work-tree= --namespace= --bare",
            "git --no-pager log"),
        .use("git.help", "git", .medium, operands: .none, "git without a subcommand", local, "git --no-pager"),
        .globalOption(
            "git.config-option", "git", "-c: --config-env=", .high, "sets configuration for one call, and configuration names programs",
            harmful,
            "git -c core.pager=./x log"),
        .globalOption(
            "git.program-path", "git", "--exec-path? --super-prefix= --attr-source=", .high, "makes git take its programs from elsewhere",
            harmful, "git --exec-path=. log"),
        .globalOption(
            "git.paginate", "git", "-p --paginate", .medium, "starts the configured pager", harmful, "git -p log"),
        .globalOption(
            "git.other-repository", "git", "--git-dir= --work-tree= --namespace= --bare", .medium,
            "another repository, whose configuration is not known", harmful, "git --git-dir=x/.git log"),
        .option(
            "git.output",
            "git: log, diff, show, blame, whatchanged, rev-list, reflog, shortlog, format-patch, stash show, stash list, diff-tree, diff-index, diff-files, range-diff, archive, grep",
            "--output=", .medium, writes: .value, "writes its output to a file", reads, "git diff --output=changes.txt"),
        .option(
            "git.external",
            "git: log, diff, show, blame, whatchanged, rev-list, reflog, shortlog, grep, cat-file, stash show, diff-tree, diff-index, diff-files, ls-files, ls-tree, status, describe, rev-parse, name-rev, merge-base, format-patch, range-diff, ls-remote",
            "-O: --ext-diff --textconv --filters --open-files-in-pager? --orderfile= --upload-pack= --exec= --contents= --use-textconv --show-signature",
            .high,
            "starts programs, or takes content from a file", harmful, "git diff --ext-diff"),
        .option(
            "git.no-index", "git: diff, grep", "--no-index", .medium, "reads files outside of the repository", reads,
            "git diff --no-index a b"),
        .use(
            "git.status", "git: status", .readOnly,
            options:
                "-sbvzu?M? --short --branch --show-stash --porcelain? --long --verbose --untracked-files? --ignore-submodules? --ignored? --column? --no-column --ahead-behind --no-ahead-behind --renames --no-renames --find-renames?",
            why, reads, "git status -sb"),
        .use(
            "git.log", "git: log, show, diff, whatchanged, rev-list, shortlog, diff-tree, diff-index, diff-files, range-diff", .readOnly,
            options: revisions, why, reads, "git diff --stat"),
        .use(
            "git.blame", "git: blame, annotate", .readOnly,
            options:
                "-bcefhklnpstwL:M?C? --line-porcelain --porcelain --root --show-stats --date= --since= --show-name --show-number --show-email --reverse --first-parent --abbrev= --color-lines --color-by-age --ignore-rev= --incremental",
            why,
            reads, "git blame README.md"),
        .use(
            "git.grep", "git: grep", .readOnly,
            options:
                "-abcEFGhHiIlLnopPqrvwWzA:B:C:e:f:m: --cached --untracked --count --extended-regexp --fixed-strings --perl-regexp --ignore-case --invert-match --line-number --column --files-with-matches --name-only --files-without-match --word-regexp --only-matching --heading --break --show-function --function-context --and --or --not --all-match --max-depth= --recursive --color? --no-color --quiet --text --context= --after-context= --before-context= --threads=",
            why, reads, "git grep -n TODO"),
        .use(
            "git.facts",
            "git: describe, rev-parse, ls-tree, cat-file, merge-base, name-rev, check-ignore, check-attr, count-objects, for-each-ref, show-ref, show-branch, var, cherry, diff-pairs, version, fsck",
            .readOnly,
            options:
                "-#  -abdehHilnpqrstvzZm: --all --tags --long --abbrev? --always --dirty? --broken? --contains --exact-match --match= --exclude= --candidates= --first-parent --show-toplevel --git-dir --absolute-git-dir --git-common-dir --git-path= --is-inside-work-tree --is-inside-git-dir --is-bare-repository --show-prefix --show-cdup --show-superproject-working-tree --abbrev-ref? --short? --symbolic-full-name --symbolic --verify --quiet --revs-only --no-revs --flags --no-flags --default= --branches? --remotes? --glob= --sq --not --is-ancestor --fork-point --octopus --independent --name-only --name-status --full-name --full-tree --object-only --format= --batch? --batch-check? --batch-all-objects --buffer --unordered --follow-symlinks --verbose --no-index --stdin --refs= --non-matching --human-readable --count= --sort= --points-at= --merged? --no-merged? --heads --head --dereference --hash? --exists --undefined --current --topo-order --connectivity-only --no-dangling --full --no-progress --no-reflogs --build-options --exclude-hidden= --local-env-vars --path-format= --shared-index-path --end-of-options --python --tcl --shell",
            why, reads, "git rev-parse --abbrev-ref HEAD"),
        .use(
            "git.symbolic", "git: symbolic-ref --short", .readOnly, options: "-q --quiet", operands: .atMost(1), why, reads,
            "git symbolic-ref --short HEAD"),
        .use(
            "git.verify", "git: verify-commit, verify-tag", .medium, "starts the program that checks signatures", harmful,
            "git verify-commit HEAD"),
        .use(
            "git.files", "git: ls-files", .readOnly,
            options:
                "-cdmosuktvfzx:X: --cached --deleted --modified --others --ignored --stage --directory --no-empty-directory --unmerged --killed --exclude= --exclude-standard --exclude-from= --exclude-per-directory= --error-unmatch --full-name --recurse-submodules --abbrev? --debug --eol --deduplicate --format= --resolve-undo --sparse",
            why, reads, "git ls-files --others --exclude-standard"),
        .use(
            "git.reflog", "git: reflog, reflog show, reflog exists, reflog list", .readOnly, options: revisions,
            operands: .only(["HEAD*", "main*", "master*", "refs/*", "origin/*", "stash*"]), why, reads, "git reflog -5"),
        .use(
            "git.branches", "git: branch", .readOnly,
            options:
                "-avrl --all --verbose --remotes --list --show-current --contains? --no-contains? --merged? --no-merged? --points-at= --sort= --format= --color? --no-color --column? --no-column --ignore-case --abbrev? --no-abbrev",
            operands: .noneUnless("--list -l --contains --no-contains --merged --no-merged"), "lists branches", reads, "git branch -a"),
        .use("git.remotes", "git: remote", .readOnly, options: "-v --verbose", operands: .none, "lists remotes", reads, "git remote -v"),
        .use(
            "git.remote-url", "git: remote get-url", .readOnly, options: "--all --push", "shows a remote", reads,
            "git remote get-url origin"),
        .use(
            "git.tags", "git: tag", .readOnly,
            options:
                "-ln?i --list --sort= --format= --contains? --no-contains? --merged? --no-merged? --points-at= --color? --column? --no-column --ignore-case",
            operands: .noneUnless("--list -l -n --contains --no-contains --merged --no-merged --points-at"), "lists tags", reads,
            "git tag -l 'v1*'"),
        .use("git.stashes", "git: stash list, stash show", .readOnly, options: revisions, "shows stashed changes", reads, "git stash list"),
        .use(
            "git.worktrees", "git: worktree list", .readOnly, options: "-vz --porcelain --verbose", "lists worktrees", reads,
            "git worktree list"),
        .use(
            "git.submodules", "git: submodule, submodule status, submodule summary", .readOnly, options: "--cached --recursive --quiet",
            operands: .none, "lists submodules", reads, "git submodule status"),
        .use(
            "git.config-read",
            "git: config get, config list, config --get, config --get-all, config --get-regexp, config --get-urlmatch, config --list, config -l",
            .readOnly,
            options:
                "-lz --list --get --get-all --get-regexp --local --global --system --worktree --show-origin --show-scope --name-only --null --type= --bool --int --path --bool-or-int --default= --includes --no-includes --all --regexp --value= --fixed-value",
            "reads the configuration", reads, "git config --get user.name"),
        .use(
            "git.config-show", "git: config", .readOnly,
            options:
                "-lz --list --get= --get-all= --get-regexp= --local --global --system --worktree --show-origin --show-scope --name-only --null --type= --bool --int --path",
            operands: .atMost(1), "reads the configuration", reads, "git config user.name"),
        .operand(
            "git.config-programs", "git: config, config set",
            "*.pager pager.* alias.* core.hookspath core.*ommand core.fsmonitor core.*ditor sequence.* *.editor *.textconv *.external diff.* filter.* *.helper credential.* include.* includeif.* *.program *.path *.cmd gpg.* ssh.* *.*ommand *.uploadpack *.receivepack *.uploadarchive *.driver merge.*.driver url.* http.* https.* remote.*.vcs protocol.* core.gitproxy core.askpass core.worktree core.alternaterefs* safe.* uploadpack.* receive.* trailer.* browser.* man.* web.* interactive.* hook.* extensions.* submodule.* init.templatedir trace2.* core.attributesfile",
            .high, "this configuration can start programs or send work elsewhere", harmful, "git config core.pager less"),
        .option(
            "git.config-wide", "git: config, config set, config unset",
            "-e:f: --global --system --file= --blob= --edit --remove-section= --rename-section= --replace-all=", .high,
            "changes configuration outside of this repository", local, "git config --global user.name Ada"),
        .use(
            "git.config-write", "git: config, config set, config unset", .medium, "changes the configuration of this repository", local,
            "git config user.name Ada"),

        .use(
            "git.work",
            "git: add, commit, switch, checkout, branch, merge, rebase, cherry-pick, revert, stash, stash push, stash pop, stash apply, stash save, stash create, tag, init, worktree add, worktree remove, worktree move, worktree lock, worktree unlock, worktree prune, worktree repair, am, mv, notes, apply, bisect, reset, rm, sparse-checkout, format-patch, archive, bundle, range-diff, submodule init, submodule update, submodule add, submodule sync, maintenance run, gc, pack-refs, update-index, write-tree, commit-tree, read-tree, hash-object, mktree, mktag, rerere, request-pull, replace, lfs, subtree, remote show, fetch, pull, clone, ls-remote, remote add, remote rename, remote update, remote prune, remote set-url, remote set-branches, remote set-head, remote remove, remote rm, restore, repack, multi-pack-index, commit-graph, interpret-trailers, stripspace, merge-tree, merge-file, column, check-ref-format, mailinfo, patch-id, fmt-merge-msg",
            .medium,
            options:
                "-m:F:C:c:b:B:t:s:X:x:o:u:U:n: * --message= --file= --author= --date= --branch= --depth= --strategy= --strategy-option= --reuse-message= --onto= --prefix= --format= --source= --template= --upload-pack= --config= --exec= --reference= --origin= --pathspec-from-file= --fixup= --squash= --trailer= --output= --output-directory=",
            "changes that git can take back", local, "git commit -m 'Mend it'"),
        .option(
            "git.output-directory", "git: format-patch, archive", "-o: --output= --output-directory=", .medium, writes: .value,
            "writes files", local, "git archive -o src.tar HEAD"),
        .option("git.clean-dry", "git: clean", "-n --dry-run", .medium, "shows what would be removed", local, "git clean -n"),
        .use("git.clean", "git: clean", .high, "removes files that git does not know", destroys, "git clean -fdx"),
        .option(
            "git.reset-hard", "git: reset, checkout-index, read-tree", "-u --hard --merge --keep", .high, "throws away changes", destroys,
            "git reset --hard"),
        .option(
            "git.checkout-force", "git: checkout, switch",
            "-fp --force --discard-changes --patch --ours --theirs --pathspec-from-file= --overlay --no-overlay", .high,
            "throws away changes", destroys, "git checkout -f main"),
        .operand(
            "git.checkout-paths", "git: checkout", ". ./* ../* /* :* ~*", .high, "throws away changes of files", destroys, "git checkout ."),
        .structure("git.checkout-dashes", .high, "throws away changes of files", destroys, "git checkout -- README.md"),
        .structure("git.restore", .high, "throws away changes of files", destroys, "git restore ."),
        .use("git.stash-drop", "git: stash drop, stash clear", .high, "throws away stashed changes", destroys, "git stash drop"),
        .option(
            "git.branch-delete", "git: branch", "-D:d:fMC --delete --force", .high, "deletes or overwrites a branch", destroys,
            "git branch -D old"),
        .option("git.tag-delete", "git: tag", "-df --delete --force", .high, "deletes or overwrites a tag", destroys, "git tag -d v1"),
        .option(
            "git.rm-force", "git: rm, mv, worktree remove, worktree move", "-f --force", .high, "removes what is not saved", destroys,
            "git rm -f README.md"),
        .option(
            "git.sign", "git: commit, tag, merge, rebase, cherry-pick, revert, am", "--gpg-sign= --edit-description", .high,
            "starts another program", harmful, "git commit --gpg-sign=x"),
        .option(
            "git.prune-now", "git: gc, reflog expire, reflog delete, repack", "--prune? --aggressive --expire= --expire-unreachable=",
            .high, "deletes what could still be taken back", destroys, "git gc --prune=now"),
        .use(
            "git.destroy",
            "git: filter-branch, filter-repo, reflog expire, reflog delete, reflog drop, reflog write, update-ref, prune, prune-packed, replace, symbolic-ref, fast-import, notes prune, submodule deinit, checkout-index, unpack-objects",
            .high, "rewrites or deletes history", "droid-exec.md §3.6 H destructive", "git filter-branch --all"),
        .use(
            "git.push", "git: push, send-pack, http-push, lfs push, subtree push, svn, p4, cvsexportcommit", .high,
            "sends commits elsewhere", publishes, "git push"),
        .use(
            "git.acts",
            "git: send-email, imap-send, credential, credential-store, credential-cache, daemon, http-backend, shell, upload-pack, receive-pack, upload-archive, difftool, mergetool, instaweb, gui, gitk, web--browse, cvsserver, remote-ext, remote-fd, help, hook, maintenance, for-each-repo, config edit, config --edit, config -e, scalar, quiltimport",
            .high, "starts other programs or serves others", harmful, "git difftool -x ./x"),
        .structure("git.unlisted", .high, "no known subcommand of git: it may be an alias for any command", harmful, "git frob"),
        .option(
            "git.runs", "git: rebase", "-x: --exec=", .high, inner: .textOption("-x --exec"), "runs a command on each commit", harmful,
            "git rebase -x 'make test' main"),
        .option(
            "git.interactive", "git: rebase, add, commit, stash, stash push", "-ip --interactive --patch --edit-todo", .medium,
            "asks, and starts the editor", local, "git rebase -i main"),
        .use(
            "git.bisect-run", "git: bisect run", .medium, options: "", inner: .rest(after: 0), "runs a command on each commit", harmful,
            "git bisect run make test"),
        .use(
            "git.foreach", "git: submodule foreach", .medium, inner: .textOrRest(after: 0), "runs a command in each submodule", harmful,
            "git submodule foreach 'git status'"),
        .option(
            "git.transport", "git: clone, fetch, pull, ls-remote, submodule update, submodule add, init, archive, remote add",
            "--upload-pack= --config= --template= --exec= --server-option= --receive-pack=", .high,
            "names programs or templates with hooks", harmful, "git clone --upload-pack=./x host:repo"),
        .option(
            "git.clone-program", "git: clone", "-u:c:", .high, "names programs or templates with hooks", harmful,
            "git clone -u ./x host:repo"),
        .operand(
            "git.transport-url", "git: clone, fetch, pull, ls-remote, remote add, remote set-url, submodule add", "ext::* fd::* -*", .high,
            "this kind of address starts a program", harmful, "git clone 'ext::sh -c id'"),
        .option(
            "git.apply-unsafe", "git: apply, am", "--unsafe-paths --directory=", .high, "writes outside of the repository", destroys,
            "git apply --unsafe-paths x.patch"),
        .structure(
            "git.repository-runs-programs", .medium, "this repository's configuration makes git start programs", harmful, "git status"),
        .structure("git.elsewhere", .medium, "a repository elsewhere, whose configuration is not known", harmful, "git -C ../other status"),
    ]
}
