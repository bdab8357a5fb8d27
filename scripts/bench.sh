#!/bin/sh
# Measures what the framework costs, and prints each figure beside its limit, taken in the same run.
#
#     scripts/bench.sh [-y]      -y: install what is missing without asking
#
# A table, not a test: a busy machine gives other figures. About five minutes on two cores; the part of FTP needs Python and 5 GiB in /dev/shm,
# and stands beside vsftpd and sftp where those are installed.

# shellcheck source=scripts/setup.sh
. "$(dirname "$0")/setup.sh"
setup_options "$@"
setup_need demo
setup_install
build=$(setup_folder build-bench)
setup_build "$build" -DPLUGBOARD_BENCH=ON -DCMAKE_BUILD_TYPE=Release

printf '%-52s %14s %14s\n' "what" "measured" "limit"
for program in seal stream sessions memory; do
    "$build/tests/bench/bench_$program" "$build"
done
if command -v python3 >/dev/null 2>&1; then
    python3 "$project/tests/bench/bench_ftp.py" "$build"
else
    say "python3 is not here: no figures of FTP"
fi
