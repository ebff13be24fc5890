/* How two rows are aligned: shared by the stage that aligns pairs and by the judge. */

#ifndef DEDUP_ALIGNMENT_H
#define DEDUP_ALIGNMENT_H

#include "kernel.h"
#include "pattern.h"

/* The state after each token of the second row: `words` words for each. */
struct matrix {
    uint64_t *bits;
    int64_t capacity, words;
};

/* The tools of one call. They begin as zeros. */
struct aligner {
    struct pattern pattern;
    struct matrix matrix;
};

/* What is found, and where it is written. */
struct writer {
    const struct dedup_blocks *out;
    int64_t count, first; /* blocks so far; the first of this pair */
};

/* Align two rows; whole: whether they were short enough. Returns 0 or an error. */
int64_t dedup_align_pair(struct aligner *aligner, const uint64_t *a, int64_t a_size,
                         const uint64_t *b, int64_t b_size, int64_t most_cells,
                         struct writer *writer, uint8_t *whole);

/* Give an aligner's memory back. */
void dedup_drop_aligner(struct aligner *aligner);

#endif
