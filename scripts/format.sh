#!/bin/sh
# Puts every C file of the project into its one layout (.clang-format).
#
#     scripts/format.sh [-y]      -y: install what is missing without asking

# shellcheck source=scripts/setup.sh
. "$(dirname "$0")/setup.sh"
setup_options "$@"
setup_need format
setup_install
find "$project/core" "$project/apps" "$project/ciphers" "$project/tests" -name '*.[ch]' -exec clang-format -i {} +
