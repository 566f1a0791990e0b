#!/usr/bin/env bash
# Holds every `import` under Sources/ to scripts/layers.txt. Prints file:line for each bent arrow; exit 1 if there is one.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$APUS_ROOT"

plan=scripts/layers.txt
[ -d Sources ] || { echo "no Sources folder yet"; exit 0; }

bad=0
# A stray file or an unlisted folder directly under Sources.
for entry in Sources/*; do
    [ -e "$entry" ] || continue
    name=${entry#Sources/}
    if [ ! -d "$entry" ]; then
        echo "$entry:1: a source file must be in a target's folder"
        bad=1
    elif ! grep -Eq "^$name:" "$plan"; then
        echo "$entry:1: target '$name' is not in $plan: add a line that says what it may import"
        bad=1
    fi
done

find -L Sources -type f -name '*.swift' -print0 | sort -z | xargs -0 awk -v PLAN="$plan" -v SHARED=scripts/public-targets.txt '
    # The plan first: rules[target, module] and the order that makes arrows point down.
    BEGIN {
        while ((getline line < SHARED) > 0) { sub(/#.*/, "", line); gsub(/[ \t]/, "", line); if (line != "") shared[line] = 1 }
        while ((getline line < PLAN) > 0) {
            number++
            sub(/#.*/, "", line)
            if (line ~ /^[ \t]*$/) continue
            if (line !~ /^[*A-Za-z0-9_-]+:[^|]*\|[^|]*$/) complain(PLAN ":" number ": expected `Target: own modules | outside modules`")
            name = line; sub(/:.*/, "", name)
            rest = line; sub(/^[^:]*:/, "", rest)
            if (name in listed) complain(PLAN ":" number ": target \047" name "\047 is listed twice")
            split(rest, half, "|")
            count = split(half[1], own, " ")
            for (i = 1; i <= count; i++) {
                if (own[i] == "all") { for (above in listed) allowed[name, above] = 1; continue }
                if (name != "*" && !(own[i] in listed)) complain(PLAN ":" number ": \047" name "\047 names \047" own[i] "\047, which is not above it")
                allowed[name, own[i]] = 1
            }
            count = split(half[2], outside, " ")
            for (i = 1; i <= count; i++) allowed[name, outside[i]] = 1
            if (name != "*") listed[name] = 1
        }
        close(PLAN)
    }
    function complain(text) { print text; failed = 1 }
    FNR == 1 {
        target = FILENAME; sub(/^Sources\//, "", target); sub(/\/.*/, "", target)
        inString = 0; inComment = 0
    }
    {
        text = $0
        # Text of multi-line strings and block comments is not code.
        if (inComment) { if (!sub(/^.*\*\//, "", text)) next; inComment = 0 }
        quotes = gsub(/"""/, "\"\"\"", text)
        if (quotes % 2 == 1) { inString = !inString; next }
        if (inString) next
        sub(/\/\/.*/, "", text)
        gsub(/\/\*([^*]|\*[^\/])*\*\//, " ", text)
        if (sub(/\/\*.*/, "", text)) inComment = 1
        count = split(text, statements, ";")
        for (s = 1; s <= count; s++) {
            statement = statements[s]
            exported = (statement ~ /@_exported/)
            while (sub(/^[ \t]*@[A-Za-z_]+(\([^)]*\))?[ \t]+/, "", statement)) {}
            sub(/^[ \t]+/, "", statement)
            sub(/^(public|package|internal|fileprivate|private)[ \t]+/, "", statement)
            if (statement !~ /^import[ \t]+[A-Za-z_`]/) continue
            sub(/^import[ \t]+/, "", statement)
            sub(/^(typealias|struct|class|enum|protocol|actor|let|var|func)[ \t]+/, "", statement)
            gsub(/`/, "", statement)
            module = statement; sub(/[^A-Za-z0-9_].*/, "", module)
            # What other packages link may show them what it has from another such target.
            if (exported && !((target in shared) && (module in shared))) complain(FILENAME ":" FNR ": re-exporting \047" module "\047 hides an arrow")
            if (!(target in listed) || module == target) continue
            if (!((target, module) in allowed) && !(("*", module) in allowed))
                complain(FILENAME ":" FNR ": \047" target "\047 may not import \047" module "\047 (" PLAN ")")
        }
    }
    END { exit failed }
' /dev/null || bad=1
exit "$bad"
