# Shared by the scripts beside it; sourced, not run.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# modules lists the directories that hold a go.mod, the root first.
modules() {
    echo .
    find . -mindepth 2 -name go.mod -not -path './.*' -not -path '*/testdata/*' -exec dirname {} \; | sort
}

# each_module runs a command in every module's directory and stops at the
# first that fails.
each_module() {
    local dir
    for dir in $(modules); do
        [[ $dir == . ]] || echo "-- module ${dir#./}"
        (cd "$dir" && "$@")
    done
}
