#!/usr/bin/env bash
# The documentation of the public libraries is whole: DocC finds every symbol and article it is pointed to, and every parameter told.
# Needs the libraries built (scripts/check.sh --only build).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$APUS_ROOT"

docc=$(command -v docc || true)
[ -n "$docc" ] || die "docc is not there: it comes with the Swift toolchain"
modules=$APUS_SCRATCH/debug/Modules
work=$(mktemp -d "${TMPDIR:-/tmp}/apus-docs.XXXXXX")
trap 'rm -rf "$work"' EXIT
bad=0
# The C modules of what the libraries link, with a map of their own or one that the build made.
includes=()
for map in "$APUS_SCRATCH"/checkouts/*/Sources/*/include/module.modulemap; do includes+=(-I "$(dirname "$map")"); done
for map in "$APUS_SCRATCH"/debug/*.build/module.modulemap; do includes+=(-Xcc "-fmodule-map-file=$map"); done
for catalogue in Sources/*/*.docc; do
    module=$(basename "$catalogue" .docc)
    mkdir -p "$work/$module"
    swift symbolgraph-extract -module-name "$module" -I "$modules" -minimum-access-level public -output-dir "$work/$module" \
        "${includes[@]}" -experimental-allowed-reexported-modules=ApusTransport \
        -target "$(swift -print-target-info | sed -n 's/.*"unversionedTriple": "\(.*\)",/\1/p')"
    "$docc" convert "$catalogue" --additional-symbol-graph-dir "$work/$module" --output-path "$work/$module.out" \
        --fallback-display-name "$module" --fallback-bundle-identifier "$module" --warnings-as-errors >"$work/$module.log" 2>&1 || bad=1
    if grep -E '^(warning|error):' "$work/$module.log"; then bad=1; fi
done
exit "$bad"
