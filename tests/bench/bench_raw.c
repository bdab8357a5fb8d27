/* How fast crypto_box is alone, in bytes a second: a bare number, for measures that are taken elsewhere (bench_ftp.py). */
#include "bench.h"

#include <sodium.h>
#include <stdio.h>

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    printf("%.0f\n", bench_raw_box((size_t)256 << 10, 0.3));
    return 0;
}
