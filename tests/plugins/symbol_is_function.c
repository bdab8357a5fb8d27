/* Exports pb_cipher, but as a function. */
int pb_cipher(void) __attribute__((visibility("default")));
int pb_cipher(void)
{
    return 1;
}
