/* The kernel's random bytes, or a repeatable sequence for --seed. */
#include "random.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void pb_random_system(struct pb_random *random)
{
    memset(random, 0, sizeof *random);
}

/* SplitMix64 (Steele, Lea, Flood 2014): spreads the parts of a seed over the state, as the authors of xoshiro advise. */
static uint64_t mix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

void pb_random_seed(struct pb_random *random, uint64_t seed, const char *purpose, uint64_t number, uint64_t stream)
{
    uint64_t state = seed;
    random->seeded = true;
    for (const char *letter = purpose; *letter; letter++)
        state = mix(&state) ^ (unsigned char)*letter;
    state = mix(&state) ^ number;
    state = mix(&state) ^ stream;
    for (int i = 0; i < 4; i++)
        random->state[i] = mix(&state);
}

static uint64_t rotate(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

/* xoshiro256** 1.0 */
static uint64_t next(uint64_t s[4])
{
    uint64_t result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

void pb_random_bytes(struct pb_random *random, void *out, size_t size)
{
    unsigned char *to = out;
    while (size > 0) {
        if (random->seeded) {
            uint64_t word = next(random->state);
            for (int i = 0; i < 8 && size > 0; i++, size--)
                *to++ = (unsigned char)(word >> (8 * i));
            continue;
        }
        ssize_t got = getrandom(to, size, 0);
        if (got < 0)
            abort();
        to += got;
        size -= (size_t)got;
    }
}

uint32_t pb_random_between(struct pb_random *random, uint32_t low, uint32_t high)
{
    uint64_t span = (uint64_t)high - low + 1, limit = (UINT64_C(1) << 32) / span * span;
    uint32_t draw;
    do {
        unsigned char bytes[4];
        pb_random_bytes(random, bytes, sizeof bytes);
        draw = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    } while (draw >= limit);
    return low + (uint32_t)(draw % span);
}
