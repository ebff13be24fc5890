/* The bag of a row: the tokens that it may have, in a few bits.

   Knows: one bit for each token; several tokens may share a bit. Does not know: the order of the
   tokens, how rows are compared. */

#ifndef DEDUP_BAG_H
#define DEDUP_BAG_H

#include "kernel.h"
#include "pattern.h"

/* Set the bits of the tokens of a row. */
static inline void fill_bag(const uint64_t *row, int64_t size, uint64_t *bag)
{
    memset(bag, 0, DEDUP_BAG_WORDS * sizeof *bag);
    for (int64_t k = 0; k < size; k++) {
        unsigned bit = (unsigned)(row[k] * 0x9E3779B97F4A7C15u >> 56);
        bag[bit / 64] |= (uint64_t)1 << bit % 64;
    }
}

/* Give the most tokens that two rows can have in common. For each bit that only one of them has,
   that row has a token which the other lacks. */
static inline int64_t most_common(const uint64_t *a, int64_t a_size, const uint64_t *b,
                                  int64_t b_size)
{
    int64_t only_a = 0, only_b = 0;
    for (int k = 0; k < DEDUP_BAG_WORDS; k++) {
        only_a += ones(a[k] & ~b[k]);
        only_b += ones(b[k] & ~a[k]);
    }
    a_size -= only_a, b_size -= only_b;
    return a_size < b_size ? a_size : b_size;
}

#endif
