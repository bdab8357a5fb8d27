/* The library that missing_library is linked against; no run path leads to it. */
void pb_test_gone(void) __attribute__((visibility("default")));
void pb_test_gone(void)
{
}
