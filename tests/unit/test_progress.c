/* The names of the verbs. */
#include "progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Each number has the name of its verb, and a number that is none (shared memory can hold anything)
 * has "?". */
static void names_verbs(void **state)
{
    (void)state;
    assert_string_equal(pb_progress_verb_name(PB_VERB_none), "none");
    assert_string_equal(pb_progress_verb_name(PB_VERB_load), "load");
    assert_string_equal(pb_progress_verb_name(PB_VERB_sealed_max), "sealed_max");
    assert_string_equal(pb_progress_verb_name(PB_VERB_stop), "stop");
    assert_string_equal(pb_progress_verb_name(PB_VERB_stop + 1), "?");
    assert_string_equal(pb_progress_verb_name(UINT32_MAX), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_verbs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
