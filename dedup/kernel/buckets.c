/* Which rows share a key.

   Knows: packed integers, key << 32 | row. Does not know: what a key is made of. */

#include "kernel.h"

#include <string.h>

#define DIGIT 11
#define DIGITS (1 << DIGIT)
#define PASSES 6 /* times eleven bits are 64 and more */

/* Sort by one digit, keeping the order of equal ones; 0 where all have the same digit. */
static int sort_by_digit(const uint64_t *from, uint64_t *to, int64_t count, int shift)
{
    int64_t place[DIGITS] = {0}, next = 0;
    for (int64_t k = 0; k < count; k++)
        place[from[k] >> shift & (DIGITS - 1)]++;
    if (place[from[0] >> shift & (DIGITS - 1)] == count)
        return 0;
    for (int digit = 0; digit < DIGITS; digit++) {
        int64_t many = place[digit];
        place[digit] = next;
        next += many;
    }
    for (int64_t k = 0; k < count; k++)
        to[place[from[k] >> shift & (DIGITS - 1)]++] = from[k];
    return 1;
}

/* Sort rising; the result stands in `packed`. */
static void sort(uint64_t *packed, uint64_t *spare, int64_t count)
{
    uint64_t *from = packed, *to = spare, *other;
    for (int pass = 0; pass < PASSES; pass++) {
        if (!sort_by_digit(from, to, count, pass * DIGIT))
            continue;
        other = from;
        from = to;
        to = other;
    }
    if (from != packed)
        memcpy(packed, from, (size_t)count * sizeof *packed);
}

int64_t dedup_buckets(uint64_t *packed, uint64_t *spare, int64_t count, uint32_t *rows,
                      int64_t *sizes, int64_t *buckets)
{
    int64_t members = 0, found = 0;
    if (count < 0 || count > INT64_MAX / (int64_t)sizeof *packed)
        return DEDUP_BAD_SIZE;
    if (count > 0)
        sort(packed, spare, count);
    for (int64_t begin = 0, end; begin < count; begin = end) {
        uint64_t key = packed[begin] >> 32;
        for (end = begin + 1; end < count && packed[end] >> 32 == key; end++)
            ;
        if (end - begin < 2)
            continue;
        for (int64_t k = begin; k < end; k++)
            rows[members++] = (uint32_t)packed[k];
        sizes[found++] = end - begin;
    }
    *buckets = found;
    return members;
}
