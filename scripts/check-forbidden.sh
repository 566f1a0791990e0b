#!/usr/bin/env bash
# What must not be in the project at all, or not without a reason written beside it. Prints file:line for each find.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$APUS_ROOT"
bad=0

swift_files=()
while IFS= read -r file; do swift_files+=("$file"); done < <(project_files '*.swift')

if [ ${#swift_files[@]} -gt 0 ]; then
    # 1. Ways around the compiler's view of concurrency need `SAFETY:` on the line or within the three above it.
    #    A `Task { }` whose handle nobody keeps is one of them, in sources; so is a semaphore.
    # 2. `public` and `open` only in the targets that other packages link.
    awk -v ALLOWED=scripts/public-targets.txt '
        BEGIN {
            while ((getline line < ALLOWED) > 0) { sub(/#.*/, "", line); gsub(/[ \t]/, "", line); if (line != "") shared[line] = 1 }
        }
        function complain(text) { print FILENAME ":" FNR ": " text; failed = 1 }
        FNR == 1 {
            safe = -9
            isSource = (FILENAME ~ /^Sources\//)
            target = FILENAME; sub(/^Sources\//, "", target); sub(/\/.*/, "", target)
        }
        /SAFETY:[ \t]*[^ \t]/ { safe = FNR }
        /^[ \t]*\/\// { next }
        {
            code = $0; sub(/[ \t]\/\/.*/, "", code)
            found = ""
            if (code ~ /@unchecked[ \t]+Sendable/) found = "@unchecked Sendable"
            else if (code ~ /nonisolated\(unsafe\)/) found = "nonisolated(unsafe)"
            else if (code ~ /Task\.detached/) found = "Task.detached"
            else if (isSource && code ~ /DispatchSemaphore/) found = "a semaphore"
            else if (isSource && code ~ /^[ \t]*(_[ \t]*=[ \t]*)?Task(<[^>]*>)?[ \t]*(\([^)]*\))?[ \t]*\{/) found = "a Task that nobody owns"
            if (found != "" && FNR - safe > 3) complain(found " needs a `// SAFETY:` comment with the reason")
            if (isSource && !(target in shared) && code ~ /(^|[ \t@)])(public|open)[ \t]+((final|static|class|override|convenience|required|mutating|nonisolated|indirect|lazy|weak|dynamic|consuming|borrowing|private\(set\)|package\(set\)|internal\(set\))[ \t]+)*(class|struct|enum|actor|protocol|func|var|let|init|subscript|import|extension|typealias|associatedtype|macro|precedencegroup)([^A-Za-z0-9_]|$)/)
                complain("`public` outside " ALLOWED ": use `package`")
        }
        END { exit failed }
    ' "${swift_files[@]}" || bad=1
fi

# 3. Build products and resolved versions, which would pin or break other clones.
if tracked=$(git ls-files | grep -E '(^|/)(\.build[^/]*/|Package\.resolved$)'); then
    printf '%s\n' "$tracked" | sed 's/$/: must not be tracked/'
    bad=1
fi

# 4. Paths of the machine somebody happened to work on. A line that must name one says `allow-path`.
while IFS= read -r file; do
    found=$(grep -nIE '(^|[^A-Za-z0-9_.$}~*-])/((root|work|farm)/|opt/swift)' "$file" | grep -v allow-path || true)
    if [ -n "$found" ]; then
        printf '%s\n' "$found" | sed "s#^\([0-9]*\):#$file:\1: path of one machine: #"
        bad=1
    fi
done < <(project_files)

exit "$bad"
