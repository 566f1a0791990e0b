# Shared by the scripts beside it: sourced, never run. Works with bash 3.2 and later.
# shellcheck shell=bash

APUS_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# Debug builds and tests share one scratch folder, so they must share one set of flags too (see swift_flags).
APUS_SCRATCH=${APUS_SCRATCH:-$APUS_ROOT/.build}
case $APUS_SCRATCH in /*) ;; *) APUS_SCRATCH=$PWD/$APUS_SCRATCH ;; esac

# Progress for a person, never on stdout: `scripts/apus` keeps stdout for the program it runs.
say() { printf '%s\n' "$*" >&2; }

die() {
    say "$*"
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# step NAME COMMAND…: run the command, print `NAME: ok` or `NAME: FAILED`, return the command's status.
# The command should be a process of its own: inside an `if`, bash ignores `set -e` in functions.
step() {
    local name=$1 started=$SECONDS status=0
    shift
    "$@" || status=$?
    if [ "$status" -eq 0 ]; then
        printf '%s: ok (%ss)\n' "$name" "$((SECONDS - started))"
    else
        printf '%s: FAILED (exit %s, %ss)\n' "$name" "$status" "$((SECONDS - started))"
    fi
    return "$status"
}

# Flags of every debug build and of the tests. Two sets of flags on one scratch folder would rebuild all dependencies.
swift_flags() {
    printf '%s\n' --package-path "$APUS_ROOT" --scratch-path "$APUS_SCRATCH"
    linker_flags
}

# lld links in less than half the time. The compiler looks for it beside itself and on the path.
linker_flags() {
    local swift
    [ "$(uname -s)" = Linux ] || return 0
    swift=$(command -v swiftc || true)
    if have ld.lld || { [ -n "$swift" ] && [ -x "$(dirname "$(readlink -f "$swift")")/ld.lld" ]; }; then
        printf '%s\n' -Xswiftc -use-ld=lld
    fi
}

# with_lock NAME COMMAND…: one at a time among all scripts on this scratch folder.
# Without flock(1) (macOS) the package manager's own lock still keeps builds apart.
with_lock() {
    local lock=$APUS_SCRATCH/$1.lock
    shift
    mkdir -p "$APUS_SCRATCH"
    if have flock; then
        # The lock's descriptor is not handed on (-o): a process that the command leaves behind must not hold it.
        flock -o "$lock" "$@"
    else
        "$@"
    fi
}

has_header() {
    local folder
    for folder in /usr/include /usr/local/include /usr/include/*-linux-gnu /usr/include/c++/*; do
        [ -e "$folder/$1" ] && return 0
    done
    return 1
}

# The files of the project, tracked or about to be, that are present (not links to folders). One per line.
project_files() {
    local file
    git -C "$APUS_ROOT" ls-files --cached --others --exclude-standard -- "$@" | sort -u | while IFS= read -r file; do
        [ -f "$APUS_ROOT/$file" ] && printf '%s\n' "$file"
    done
    return 0
}

# install_packages PACKAGE…: Debian packages, by whoever may install them; otherwise one sentence that says what to do.
install_packages() {
    local log elevate=
    if ! have apt-get; then
        say "This build needs the Debian packages '$*' (or what your system calls them). Install them and run this again."
        return 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if have sudo && sudo -n true 2>/dev/null; then
            elevate=sudo
        else
            say "This build needs Debian packages that are not installed. Run: sudo apt-get update && sudo apt-get install $*"
            return 1
        fi
    fi
    say "Installing Debian packages: $*"
    log=$(mktemp)
    # A failed update is no reason to stop: the lists at hand may do.
    $elevate env DEBIAN_FRONTEND=noninteractive apt-get update </dev/null >"$log" 2>&1 || say "apt-get update failed; trying with the package lists at hand."
    if ! $elevate env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@" </dev/null >>"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        say "Could not install '$*'. Run: sudo apt-get install $*"
        return 1
    fi
    rm -f "$log"
}

# Drops the lines of a build log that say which file is being worked on. With `pipefail` the build's status stays.
without_progress() { sed -E '/^\[[0-9]+\/[0-9]+\] (Compiling|Emitting|Write|Wrapping|Linking)/d'; }
