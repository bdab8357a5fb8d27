#!/bin/sh
# Measures what the framework costs, and prints each figure beside its limit, taken in the same run.
#
#     scripts/bench.sh [-y]      -y: install what is missing without asking
#
# A table, not a test: a busy machine gives other figures. About a minute and a half on two cores.

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
