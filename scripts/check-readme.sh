#!/usr/bin/env bash
# Runs the commands that README.md shows in its ```sh blocks: the lines that begin with `scripts/`, in order, from the root of the
# clone; then all other lines as one script in a fresh git repository, with `apus` on the path. A block right after a line
# `<!-- no-run -->` is left out. The first command that fails ends it.
#   scripts/check-readme.sh [--list | --only COMMAND | --except COMMAND] [FILE]
# --only and --except fail when the file has no such command, so that a README that lost it is noticed.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$APUS_ROOT"

mode=all command=
case ${1:-} in
    --list) mode=list; shift ;;
    --only) mode=only command=$2; shift 2 ;;
    --except) mode=except command=$2; shift 2 ;;
esac
readme=${1:-README.md}

# $1: "scripts" or "others"
commands() {
    awk -v wanted="$1" '
        inside && /^```/ { inside = 0; skip = 0; next }
        inside {
            if (skip) next
            while (sub(/\\$/, "")) { line = $0; if ((getline) <= 0) break; $0 = line $0 }
            sub(/^\$ /, "")
            if (($0 ~ /^scripts\//) == (wanted == "scripts")) print
            next
        }
        /^```sh[ \t]*$/ { inside = 1; skip = marked; marked = 0; next }
        /^```/ { fence = !fence }
        /<!-- no-run -->/ { marked = 1; next }
        /[^ \t]/ { marked = 0 }
    ' "$readme"
}

list=$(commands scripts)
[ -n "$list" ] || die "$readme shows no command that begins with scripts/ in a sh block."
if [ "$mode" = list ]; then
    printf '%s\n' "$list"
    exit 0
fi
if [ "$mode" != all ] && ! grep -Fxq -- "$command" <<<"$list"; then
    die "$readme no longer shows the command '$command'."
fi

# Commands of a README must not touch the sessions of whoever runs the check.
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export APUS_HOME=$home/apus

while IFS= read -r line; do
    case $mode in
        only) [ "$line" = "$command" ] || continue ;;
        except) [ "$line" != "$command" ] || continue ;;
    esac
    echo "README: $line"
    status=0
    bash -c "$line" </dev/null || status=$?
    if [ "$status" -ne 0 ]; then
        echo "README: '$line' ended with exit $status"
        exit 1
    fi
done <<<"$list"

others=$(commands others)
if [ "$mode" != only ] && [ -n "$others" ]; then
    mkdir -p "$home/bin" "$home/work"
    ln -s "$APUS_ROOT/scripts/apus" "$home/bin/apus"
    cd "$home/work"
    git init -q .
    echo "README: the other commands, as one script"
    # What one of them left running must not outlive the script.
    others="trap 'kill \$(jobs -p) 2>/dev/null || true' EXIT"$'\n'"$others"
    if ! PATH="$home/bin:$PATH" bash -euxo pipefail -c "$others" </dev/null; then
        echo "README: a command of the other blocks failed"
        exit 1
    fi
fi
