/* How a pair is judged: shared by the stage that judges pairs and by the walk. */

#ifndef DEDUP_JUDGING_H
#define DEDUP_JUDGING_H

#include "alignment.h"
#include "words.h"

/* A stretch in which two texts differ: from which token to which in either, and what it is. */
struct stretch {
    int64_t begin[2], end[2];
    uint64_t key;   /* the words that replace each other, 0 for none; of a lone side, its words */
    int64_t number; /* of the stretch in the pair */
    int reading;
    int is_on_the_way; /* a number in a link, before the last part of its path */
};

/* The tools of one call. They begin as zeros. */
struct judging {
    struct aligner aligner;
    struct dedup_blocks blocks; /* room for what a pair has in common */
    struct stretch *stretches, *sorted;
    int64_t capacity, count;
    uint16_t *known; /* what was seen of each token of the page */
};

/* Get ready to judge texts of a page; 0 for want of memory. Only that page may be judged then. */
int dedup_begin_judging(struct judging *tools, const struct dedup_page *page);

/* Judge two texts of a page: fills features, DEDUP_FEATURES of them, and the stretches of the tools
   in the order of the first text, which is `left` unless *turned. Returns the number of stretches or
   an error. */
int64_t dedup_read_pair(struct judging *tools, const struct dedup_page *page,
                        const struct dedup_judge *judge, int64_t left, int64_t right,
                        int64_t *features, int *turned);

/* Judge two texts of a page: 1 for a variant, 0 for a copy, or an error. */
int64_t dedup_is_variant(struct judging *tools, const struct dedup_page *page,
                         const struct dedup_judge *judge, int64_t left, int64_t right);

/* Say whether a page's rows lie within each other. */
int dedup_is_sound_page(const struct dedup_page *page);

/* Give the tools' memory back. */
void dedup_drop_judging(struct judging *tools);

#endif
