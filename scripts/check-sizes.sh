#!/usr/bin/env bash
# A source file of more than 800 lines fails; one of more than 500 is worth a thought and named.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$APUS_ROOT"
limit=800
note=500

[ -d Sources ] || { echo "no Sources folder yet"; exit 0; }
find -L Sources -type f \( -name '*.swift' -o -name '*.c' -o -name '*.h' \) | sort | {
    bad=0
    while IFS= read -r file; do
        lines=$(wc -l <"$file")
        if [ "$lines" -gt "$limit" ]; then
            echo "$file:$limit: $((lines)) lines, at most $limit: split it by reason to change"
            bad=1
        elif [ "$lines" -gt "$note" ]; then
            echo "note: $file has $((lines)) lines"
        fi
    done
    exit "$bad"
}
