/* What buckets.c, walk.c and page.c share: how sketches agree, and checks of ranges. */

#ifndef DEDUP_WALK_H
#define DEDUP_WALK_H

#include "kernel.h"
#include "pattern.h"

/* What is known of a pair. */
enum { UNKNOWN, COPY, VARIANT };

#define PLACES 16 /* of four bits, in a word of a sketch */

/* Count the places in which two sketches agree. */
static inline int64_t shared_places(int64_t words, const uint64_t *x, const uint64_t *y)
{
    int64_t places = PLACES * words;
    for (int64_t w = 0; w < words; w++) {
        uint64_t apart = x[w] ^ y[w];
        apart |= apart >> 2;
        apart |= apart >> 1;
        places -= ones(apart & 0x1111111111111111u);
    }
    return places;
}

/* The same by a rule: none for rows of different scopes. */
static inline int64_t agreement_of(const struct dedup_rule *rule, int64_t words, const uint64_t *x,
                                   const uint64_t *y)
{
    int64_t compared = words - (rule->scoped != 0);
    if (rule->scoped && x[compared] != y[compared])
        return 0;
    return shared_places(compared, x, y);
}

/* Say whether starts rise from 0 to the size of what they cut. */
static inline int is_rising(const int64_t *starts, int64_t count, int64_t size)
{
    for (int64_t k = 0; k < count; k++)
        if (starts[k + 1] < starts[k])
            return 0;
    return starts[0] == 0 && starts[count] == size;
}

/* Say whether numbers lie from `least` to before a bound. */
static inline int are_within(const int64_t *numbers, int64_t count, int64_t least, int64_t bound)
{
    for (int64_t k = 0; k < count; k++)
        if (numbers[k] < least || numbers[k] >= bound)
            return 0;
    return 1;
}

#endif
