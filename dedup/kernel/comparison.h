/* How two rows are compared. The stage that compares pairs and the walk share this. */

#ifndef DEDUP_COMPARISON_H
#define DEDUP_COMPARISON_H

#include "pattern.h"

/* Room for the carries of a comparison. */
struct carries {
    uint8_t *bits;
    int64_t capacity;
};

#define SHORT 256
#define WORDS (SHORT / BLOCK)
#define SHORT_SLOTS (4 * SHORT)

/* Where each token of a short row stands in it. */
struct short_pattern {
    uint64_t token[SHORT_SLOTS];
    uint16_t number[SHORT_SLOTS]; /* of the token's places, from 1 on; 0: a free slot */
    uint64_t places[SHORT + 1][WORDS];
    int64_t size;
    unsigned shift; /* of a scrambled token to its slot, of which there are four times the row's tokens */
};

/* The tools of one call. */
struct dedup_tools {
    struct short_pattern brief;
    struct pattern pattern;
    struct carries carries;
    int64_t laid_out;  /* the row that is laid out whole, -1 for none */
    int64_t *borders;  /* for finding a row in another */
    int64_t capacity;  /* of borders */
};

/* Free the memory of the tools. Initialise tools with {.laid_out = -1}. */
void dedup_drop(struct dedup_tools *tools);

/* Count the tokens that two rows have in common: -1 if there is no memory, -2 if the pair is too long.
   reuse: the next pair has the same left row, so lay the whole row out. */
int64_t dedup_compare(struct dedup_tools *tools, const uint64_t *values, const int64_t *starts,
                      int64_t left, int64_t right, int reuse, int64_t most_cells);

/* The similarity of two rows of `total` tokens that have so many in common. */
double dedup_score(int64_t common, int64_t total);

#endif
