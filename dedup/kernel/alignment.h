/* The alignment of two rows, for the function that aligns pairs and for the judge. */

#ifndef DEDUP_ALIGNMENT_H
#define DEDUP_ALIGNMENT_H

#include "kernel.h"
#include "pattern.h"

/* The state after each token of the second row: `words` words for each. */
struct matrix {
    uint64_t *bits;
    int64_t capacity, words;
};

/* Memory that is used again for every pair. It begins as zeros. */
struct aligner {
    struct pattern pattern;
    struct matrix matrix;
};

/* Where the blocks are written, and how many there are. */
struct writer {
    const struct dedup_blocks *out;
    int64_t count, first; /* blocks so far; the first of this pair */
};

/* Align two rows; *whole: set to whether they were short enough. Returns 0 or an error. */
int64_t dedup_align_pair(struct aligner *aligner, const uint64_t *a, int64_t a_size,
                         const uint64_t *b, int64_t b_size, int64_t most_cells,
                         struct writer *writer, uint8_t *whole);

/* Free the memory of an aligner. */
void dedup_drop_aligner(struct aligner *aligner);

#endif
