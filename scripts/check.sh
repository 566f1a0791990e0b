#!/usr/bin/env bash
# Everything that must hold before a change lands; CI runs exactly this.
#   scripts/check.sh               all steps
#   scripts/check.sh --fast        without build, tests and README commands
#   scripts/check.sh --only NAME   one step
# Each step prints its name and result; all of them run, and one that fails makes the whole fail.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$APUS_ROOT"

fast="format layers sizes shell forbidden"
slow="build docs tests readme"

# The command of the README that runs the tests; the step `tests` is that very line.
readme_tests=scripts/test

check_format() {
    local files=() file
    while IFS= read -r file; do files+=("$file"); done < <(project_files '*.swift')
    [ ${#files[@]} -gt 0 ] || return 0
    swift format lint --strict --parallel --configuration .swift-format "${files[@]}"
}

check_shell() {
    local scripts=() file bad=0
    while IFS= read -r file; do
        case $file in
            *.sh | .ci/run) scripts+=("$file") ;;
            *) if head -c 64 "$file" 2>/dev/null | head -n 1 | tr -d '\0' | grep -Eq '^#!.*(bash|/sh)( |$)'; then scripts+=("$file"); fi ;;
        esac
    done < <(project_files scripts .ci '*.sh')
    [ ${#scripts[@]} -gt 0 ] || die "found no shell script to check"
    for file in "${scripts[@]}"; do bash -n "$file" || bad=1; done
    if have shellcheck; then shellcheck -x -S warning -P scripts "${scripts[@]}" || bad=1; fi
    return "$bad"
}

# A warning of ours is an error by the manifest (`treatAllWarnings`), so that it cannot hide behind an incremental build; the log
# is read as well, for what the manifest cannot reach.
check_build() {
    local flags=() flag log=$APUS_SCRATCH/apus-check-build.log
    while IFS= read -r flag; do flags+=("$flag"); done < <(swift_flags)
    scripts/bootstrap
    mkdir -p "$APUS_SCRATCH"
    with_lock build swift build "${flags[@]}" --build-tests </dev/null 2>&1 | tee "$log" | without_progress
    if grep -E "($APUS_ROOT/)?(Sources|Tests)/[^:]*:[0-9]+:[0-9]+: warning:" "$log" | grep -Fv "$APUS_SCRATCH/checkouts" | sort -u; then
        echo "the build of our own targets must be free of warnings"
        return 1
    fi
}

run_one() {
    case $1 in
        format) check_format ;;
        layers) scripts/check-layers.sh ;;
        sizes) scripts/check-sizes.sh ;;
        shell) check_shell ;;
        forbidden) scripts/check-forbidden.sh ;;
        build) check_build ;;
        docs) scripts/check-docs.sh ;;
        tests) scripts/check-readme.sh --only "$readme_tests" ;;
        readme) scripts/check-readme.sh --except "$readme_tests" ;;
        *) die "No step named '$1'. Known: $fast $slow" ;;
    esac
}

case ${1:-} in
    --only)
        [ $# -eq 2 ] || die "usage: scripts/check.sh --only NAME"
        run_one "$2"
        exit
        ;;
    --fast) steps=$fast ;;
    '') steps="$fast $slow" ;;
    *) die "usage: scripts/check.sh [--fast | --only NAME]" ;;
esac

failed=
for name in $steps; do
    # What does not build cannot be run; its failure is told once.
    case "$name:$failed" in
        tests:*build* | readme:*build*)
            echo "$name: FAILED (not run: the build failed)"
            failed="$failed $name"
            continue
            ;;
    esac
    step "$name" "$APUS_ROOT/scripts/check.sh" --only "$name" || failed="$failed $name"
done
if [ -n "$failed" ]; then
    echo "check: FAILED:$failed"
    exit 1
fi
echo "check: ok"
