#!/bin/sh
# Shows Plugboard's main job: one server, one client, five ciphers, and what each of them does to the same line.
#
#     scripts/demo.sh [-y]      -y: install what is missing without asking
#
# Sets itself up (see setup.sh), builds into build/, uses a temporary copy of the ready-made keys and a free
# port, and leaves nothing behind but the build.

# shellcheck source=scripts/setup.sh
. "$(dirname "$0")/setup.sh"
setup_options "$@"
setup_need demo
setup_install
build=$(setup_folder build)
setup_build "$build"
PATH=$build:$PATH

ciphers="none xor vigenere rsa box"
line="meet me at eight"
work=$(mktemp -d "${TMPDIR:-/tmp}/plugboard-demo.XXXXXX")
server=

# A signal may come while the shell is on its way out already: the first clean-up is the only one.
clean_up() { # EXIT-CODE
    trap '' INT TERM HUP
    trap - EXIT
    server=${server:-${!:-}} # it may have been started a moment ago
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || :
        while kill -0 "$server" 2>/dev/null; do
            wait "$server" 2>/dev/null || :
        done
    fi
    rm -rf "$work"
    exit "$1"
}
trap 'clean_up $?' EXIT
trap 'clean_up 130' INT
trap 'clean_up 143' TERM HUP

# start_server: runs it in the background and reads its first line, which says where it listens.
start_server() {
    mkfifo "$work/said"
    plugboard server --keys "$work/keys/server" --port 0 >"$work/said" 2>"$work/server.log" &
    server=$!
    exec 3<"$work/said"
    if ! read -r listening <&3; then
        cat "$work/server.log" >&2
        fail "the server did not start"
    fi
    port=${listening##*:}
    cat <&3 >"$work/messages" & # drains the pipe; ends with the server
    exec 3<&-
}

# talk NAME CIPHER: one line to the server and back; what the client said stays in NAME.log
talk() {
    printf '%s\n' "$line" |
        plugboard client --cipher "$2" --keys "$work/keys/$1" --name "$1" --trace "127.0.0.1:$port" >"$work/$1.out" 2>"$work/$1.log" || {
        cat "$work/$1.log" >&2
        fail "$1 could not talk under $2"
    }
    [ "$(cat "$work/$1.out")" = "$line" ] || fail "$1 got another line back under $2 than was sent"
}

# wire NAME: the bytes of the line as they went out, from the trace (PROTOCOL.md, "Trace and record")
wire() {
    sed -n 's/^#[0-9]* > stream 1 SEALED \([0-9]*\)  \([^|]*[^ |]\) *| DATA .*/\2 (\1 bytes)/p' "$work/$1.log" | head -n 1 |
        awk '{ if (NF - 2 <= 20) { print; next } for (i = 1; i <= 20; i++) printf "%s ", $i; print "...", $(NF - 1), $NF }'
}

moved() { grep -o 'moved from port [0-9]* to [0-9]*' "$1" | tail -n 1; }

plugboard demo-keys "$work/keys" >/dev/null 2>&1 || fail "the ready-made keys could not be copied"
start_server
echo "The server listens at 127.0.0.1:$port and offers every cipher."
echo "Alice and Bob send it the same line: \"$line\""

for cipher in $ciphers; do
    echo
    echo "plugboard client --cipher $cipher      plain text | the bytes on the wire"
    for who in alice bob; do
        talk $who "$cipher"
        printf '  %-6s "%s" | %s\n' "$who" "$line" "$(wire $who)"
        printf '         client: %s | server: %s\n' "$(moved "$work/$who.log")" "$(moved "$work/server.log")"
    done
done

echo
echo "Mallory is not in allowed.csv:"
refused=0
echo hello | plugboard client --cipher box --keys "$work/keys/mallory" --name mallory "127.0.0.1:$port" >/dev/null 2>"$work/mallory.log" || refused=$?
[ $refused -eq 3 ] || fail "mallory was not refused (exit code $refused)"
sed 's/^/  /' "$work/mallory.log"

echo
echo "That was the same program five times; only the cipher changed. Now look at one yourself:"
echo "export PATH=\"$build:\$PATH\"; plugboard try xor"
