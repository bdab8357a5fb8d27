# shellcheck shell=sh
# What the other scripts share: sourced, never run. Finds what is missing, installs it after asking once,
# and chooses the build folders.
#
#     . "$(dirname "$0")/setup.sh"
#     setup_options "$@"           # -y, -h
#     setup_need demo              # names of lists in the table below, added up
#     setup_install

set -eu
project=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
assume_yes=no
missing=
LC_ALL=C.UTF-8 # what is compared and shown does not depend on the user's language
export LC_ALL

say() { printf '%s\n' "$*" >&2; }
fail() { say "$(basename "$0"): $*"; exit 1; }

# list, how to see that it is there, Debian package
setup_table() {
    cat <<'END'
demo cmd:cc gcc
demo header:stdlib.h libc6-dev
demo cmd:make make
demo cmd:cmake cmake
demo cmd:pkg-config pkg-config
demo header:csv.h libcsv-dev
demo pkg:libsodium libsodium-dev
demo pkg:gmp libgmp-dev
demo pkg:libedit libedit-dev
demo pkg:libseccomp libseccomp-dev
test pkg:cmocka libcmocka-dev
test cmd:python3 python3
test cmd:valgrind valgrind
test header:valgrind/valgrind.h valgrind
test cmd:mandoc mandoc
test cmd:curl curl
test cmd:lftp lftp
format cmd:clang-format clang-format
END
}

setup_options() {
    for option in "$@"; do
        case $option in
        -y | --yes) assume_yes=yes ;;
        -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) say "$(basename "$0"): unknown option '$option' (there are -y and -h)"; exit 2 ;;
        esac
    done
    [ -t 0 ] || assume_yes=yes
}

setup_has() {
    case $1 in
    cmd:*) command -v "${1#cmd:}" >/dev/null 2>&1 ;;
    pkg:*) pkg-config --exists "${1#pkg:}" 2>/dev/null ;;
    header:*) echo "#include <${1#header:}>" | cc -E -x c - >/dev/null 2>&1 ;;
    esac
}

# Adds what is missing of a list. Without a compiler or pkg-config their lists count as missing too; apt-get knows better.
setup_need() {
    while read -r list how package; do
        [ "$list" = "$1" ] || continue
        case " $missing " in *" $package "*) continue ;; esac
        setup_has "$how" || missing="$missing $package"
    done <<END
$(setup_table)
END
}

# As root, or through sudo; without a terminal sudo may not ask for a password, because nobody would answer.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif ! command -v sudo >/dev/null 2>&1; then
        return 1
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

setup_apt() {
    # shellcheck disable=SC2086 # the list is words
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing </dev/null >&2
}

setup_install() {
    [ -n "$missing" ] || return 0
    say "missing packages:$missing"
    command -v apt-get >/dev/null 2>&1 ||
        fail "this system has no apt-get. Install what these Debian packages hold, and start again:$missing"
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null 2>&1; then
        fail "nothing can be installed: you are not root and there is no sudo. As root: apt-get install$missing"
    fi
    if [ "$assume_yes" = no ]; then
        printf 'Install them now with apt-get? [Y/n] ' >&2
        read -r answer || answer=n
        case $answer in
        '' | [yY]*) ;;
        *) fail "not installed. To do it yourself: apt-get install$missing" ;;
        esac
    fi
    say "installing:$missing"
    # The lists of a fresh system are empty or old: the first attempt may fail for that alone.
    setup_apt 2>/dev/null || { as_root apt-get update -qq </dev/null >&2 && setup_apt; } ||
        fail "apt-get could not install what is missing. As root: apt-get update && apt-get install$missing"
}

# Prints the folder to build in: PROJECT/NAME, or one of this user's own when somebody else (root, say) has built there.
setup_folder() {
    for folder in "$project/$1" "$project/$1-$(id -un)" "${XDG_CACHE_HOME:-$HOME/.cache}/plugboard/$1"; do
        mkdir -p "$folder" 2>/dev/null || continue
        [ -z "$(find "$folder" ! -user "$(id -u)" 2>/dev/null | head -n 1)" ] || continue
        printf '%s\n' "$folder"
        return 0
    done
    fail "there is no folder to build in: $project/$1 cannot be written"
}

# setup_build FOLDER OPTION...: configures and builds. Shows the compiler's words only when it fails.
setup_build() {
    folder=$1
    shift
    say "building in $folder"
    if ! { cmake -S "$project" -B "$folder" "$@" && cmake --build "$folder" -j "$(nproc)"; } >"$folder/build.log" 2>&1; then
        tail -n 40 "$folder/build.log" >&2
        fail "the build failed; all of it is in $folder/build.log"
    fi
    ! grep -h 'left out:' "$folder/build.log" >&2 || :
}
