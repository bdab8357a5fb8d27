#!/bin/bash
# All tests: sets itself up, then the test build, the same under ASan and UBSan, the unit tests under
# valgrind, and a short run of each fuzz target if clang is there. The first failure does not stop the rest.
#
#     scripts/test.sh [-y]      -y: install what is missing without asking
#
# FUZZ_SECONDS=N: how long each fuzz target runs (10)

# shellcheck source=scripts/setup.sh
. "$(dirname "$0")/setup.sh"
setup_options "$@"
setup_need demo
setup_need test
setup_install

passed=0
failed=0
failures=()

# step NAME COMMAND...: one part, counted, with its time.
step() {
    local name=$1 begin=$SECONDS
    shift
    if "$@"; then
        passed=$((passed + 1))
        say "== $name: passed ($((SECONDS - begin)) s)"
    else
        failed=$((failed + 1))
        failures+=("$name")
        say "== $name: FAILED ($((SECONDS - begin)) s)"
    fi
}

run_ctest() { # FOLDER [OPTION...]
    (cd "$1" && ctest --output-on-failure --no-tests=error -j "$(nproc)" "${@:2}")
}

under_valgrind() { # FOLDER: every unit test, one after the other
    local test bad=0
    for test in "$1"/tests/test_*; do
        if [ ! -f "$test" ] || [ ! -x "$test" ]; then continue; fi
        # A child that is killed on purpose says nothing; one that ends by itself is judged as its parent is.
        if ! (cd "$1/tests" && valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect \
            --child-silent-after-fork=yes "$test" >"$1/valgrind.log" 2>&1); then
            if grep -q 'unhandled .*syscall: 437' "$1/valgrind.log"; then
                say "valgrind: left out $(basename "$test"): this valgrind (before 3.21) does not know openat2"
                continue
            fi
            cat "$1/valgrind.log"
            say "valgrind: $(basename "$test") failed"
            bad=1
        fi
    done
    return $bad
}

fuzz_one() { # PROGRAM: from the kept seeds, in a folder of its own, so that the seeds stay as they are
    local name corpus found
    name=$(basename "$1")
    name=${name#fuzz_}
    corpus=$(dirname "$1")/corpus-$name
    found=$(dirname "$1")/found-$name-
    mkdir -p "$corpus"
    "$1" -max_total_time="${FUZZ_SECONDS:-10}" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 \
        -artifact_prefix="$found" "$corpus" "$project/tests/fuzz/corpus/$name"
}

test_build=$(setup_folder build-test)
setup_build "$test_build" -DPLUGBOARD_TESTS=ON -DPLUGBOARD_WERROR=ON -DCMAKE_BUILD_TYPE=RelWithDebInfo
step "tests" run_ctest "$test_build"

asan_build=$(setup_folder build-asan)
setup_build "$asan_build" -DPLUGBOARD_TESTS=ON -DPLUGBOARD_WERROR=ON -DCMAKE_BUILD_TYPE=Debug -DPLUGBOARD_SANITIZE=address,undefined
step "tests under ASan and UBSan" run_ctest "$asan_build"

step "the demonstration" "$project/scripts/demo.sh" -y
step "unit tests under valgrind" under_valgrind "$test_build"

if command -v clang >/dev/null 2>&1; then
    fuzz_build=$(setup_folder build-fuzz)
    setup_build "$fuzz_build" -DPLUGBOARD_TESTS=ON -DPLUGBOARD_FUZZ=ON -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo
    for program in "$fuzz_build"/tests/fuzz/fuzz_*; do
        if [ ! -f "$program" ] || [ ! -x "$program" ]; then continue; fi
        step "fuzz $(basename "$program")" fuzz_one "$program"
    done
else
    say "clang is not here: no fuzz runs (apt-get install clang)"
fi

[ $failed -eq 0 ] || printf 'failed: %s\n' "${failures[@]}"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
