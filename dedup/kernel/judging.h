/* The judgement of a pair, for the function that judges pairs and for the walk. */

#ifndef DEDUP_JUDGING_H
#define DEDUP_JUDGING_H

#include "alignment.h"
#include "words.h"

/* A stretch in which two texts differ: its tokens in each text (from `begin` to before `end`), and
   its reading. */
struct stretch {
    int64_t begin[2], end[2];
    uint64_t key;   /* hash of the words, 0 for none: equal for the same change in another place */
    int64_t number; /* of the stretch in the pair */
    int reading;
    int is_on_the_way; /* a number in a link, before the last part of its path */
};

/* Memory that is used again for every pair. It begins as zeros. */
struct judging {
    struct aligner aligner;
    struct dedup_blocks blocks; /* room for what a pair has in common */
    struct stretch *stretches, *sorted;
    int64_t capacity, count;
    uint16_t *known; /* what is known of each token of the page, see look_at_word */
};

/* Get ready to judge texts of a page, and of no other page. Returns 0 if memory is lacking. */
int dedup_begin_judging(struct judging *tools, const struct dedup_page *page);

/* Read two texts of a page: fill the features, DEDUP_FEATURES of them, and tools->stretches. The two
   texts have a fixed order, so that the answer doesn't depend on which is left; *turned says that
   `right` comes first. Returns the number of stretches or an error. */
int64_t dedup_read_pair(struct judging *tools, const struct dedup_page *page,
                        const struct dedup_judge *judge, int64_t left, int64_t right,
                        int64_t *features, int *turned);

/* Judge two texts of a page: 1 for a variant, 0 for a copy, or an error. */
int64_t dedup_is_variant(struct judging *tools, const struct dedup_page *page,
                         const struct dedup_judge *judge, int64_t left, int64_t right);

/* Say whether the arrays of a page fit together, so that no row or token lies outside of them. */
int dedup_is_sound_page(const struct dedup_page *page);

/* Free the memory of the tools. */
void dedup_drop_judging(struct judging *tools);

#endif
