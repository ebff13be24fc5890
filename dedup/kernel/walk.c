/* Who is kept, and which kept row each copy repeats.

   The rule, for row after row in the order of rank:

   1. Its candidates are the kept rows that its buckets remember and whose sketches agree with its
      own in enough places.
   2. Of more than `most` candidates those that agree most are compared; of equals, the first.
   3. Those that are similar enough are judged, the most similar first; of equals, the first.
   4. The row is a copy of the most similar one of which it is no variant.
   5. Where there is none it is kept: as a variant of the most similar one, if there is one.
   6. A kept row is remembered by each of its buckets that remembers fewer than `cap`.

   Knows: that rule, and how to count what it leaves out. Does not know: where rows come from, how a
   pair is judged (judge.c).

   The walk goes block by block. When a block begins, it is known what the buckets remember. So
   `dedup_meet` lists the candidates from before the block for all its rows, and the caller compares
   them in threads. Then `dedup_walk_block` decides one row after another. */

#include "comparison.h"
#include "judging.h"
#include "kernel.h"
#include "walk.h"

#include <math.h>

/* A kept row that the row may repeat. */
struct candidate {
    int64_t row, place; /* its number; where it stands in the block, -1 for one before it */
    int64_t pair;       /* its number among the pairs that the caller handed in, -1 for none */
    double score;
    uint8_t agreement;
};

static int by_agreement(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->agreement != y->agreement)
        return x->agreement < y->agreement ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

static int by_score(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Candidates of one row, and room for more. */
struct candidates {
    struct candidate *all;
    int64_t count, capacity;
};

static int64_t add(struct candidates *candidates, struct candidate one)
{
    if (candidates->count == candidates->capacity) {
        int64_t more = candidates->capacity > 64 ? 2 * candidates->capacity : 128;
        struct candidate *larger = realloc(candidates->all, (size_t)more * sizeof one);
        if (larger == NULL)
            return DEDUP_NO_MEMORY;
        candidates->all = larger;
        candidates->capacity = more;
    }
    candidates->all[candidates->count++] = one;
    return 0;
}

/* Keep only the `most` that agree most; returns how many are left out. */
static int64_t leave_most(struct candidates *candidates, int64_t most)
{
    int64_t left_out = candidates->count - most;
    if (left_out <= 0)
        return 0;
    qsort(candidates->all, (size_t)candidates->count, sizeof *candidates->all, by_agreement);
    candidates->count = most;
    return left_out;
}

/* --- what buckets remember when a block begins ------------------------------------------------ */

/* One call of dedup_meet. */
struct meeting {
    const struct dedup_rule *rule;
    const struct dedup_meeting *of;
    const struct dedup_met *out;
    struct candidates candidates;
    int64_t *seen; /* for each known row, the last that met it */
    int64_t written;
};

/* Gather the candidates of a row from before the block: its own pairs, then what buckets show. */
static int64_t gather_known(struct meeting *meeting, int64_t k)
{
    const struct dedup_meeting *of = meeting->of;
    const uint64_t *own = of->sketches + of->at[k] * of->words;
    meeting->candidates.count = 0;
    for (int64_t p = of->pair_starts[k]; p < of->pair_starts[k + 1]; p++) {
        struct candidate one = {of->earlier[p], -1, p, 0.0, of->agreement[p]};
        if (of->known_place[p] >= 0)
            meeting->seen[of->known_place[p]] = k;
        if (add(&meeting->candidates, one) < 0)
            return DEDUP_NO_MEMORY;
    }
    for (int64_t m = of->bucket_starts[k]; m < of->bucket_starts[k + 1]; m++) {
        const int64_t *shown = of->remembered + of->buckets[m] * meeting->rule->cap;
        for (int64_t s = 0; s < of->filled[of->buckets[m]]; s++) {
            int64_t known = shown[s], agreed;
            if (known < 0 || meeting->seen[known] == k)
                continue;
            meeting->seen[known] = k;
            agreed = agreement_of(meeting->rule, of->words, own,
                                  of->known_sketches + known * of->words);
            if (agreed < meeting->rule->least)
                continue;
            struct candidate one = {of->known_rows[known], -1, -1, 0.0, (uint8_t)agreed};
            if (add(&meeting->candidates, one) < 0)
                return DEDUP_NO_MEMORY;
        }
    }
    return 0;
}

static int64_t write_met(struct meeting *meeting, int64_t k)
{
    const struct dedup_met *out = meeting->out;
    const struct candidates *found = &meeting->candidates;
    if (meeting->written + found->count > out->capacity)
        return DEDUP_NO_ROOM;
    for (int64_t c = 0; c < found->count; c++, meeting->written++) {
        out->earlier[meeting->written] = found->all[c].row;
        out->agreement[meeting->written] = found->all[c].agreement;
        out->pair[meeting->written] = found->all[c].pair;
    }
    out->starts[k + 1] = meeting->written;
    return 0;
}

static int is_sound_meeting(const struct dedup_rule *rule, const struct dedup_meeting *of)
{
    if (rule->cap < 1 || rule->most < 1 || of->count < 0 || of->bucket_count < 0 || of->words < 1 ||
        of->words > 15 || of->known_count < 0 || of->sketch_count < 0)
        return 0;
    if (!is_rising(of->pair_starts, of->count, of->pair_count) ||
        !is_rising(of->bucket_starts, of->count, of->membership_count) ||
        !are_within(of->known_place, of->pair_count, -1, of->known_count) ||
        !are_within(of->buckets, of->membership_count, 0, of->bucket_count) ||
        !are_within(of->filled, of->bucket_count, 0, rule->cap + 1) ||
        !are_within(of->remembered, of->bucket_count * rule->cap, -1, of->known_count))
        return 0;
    for (int64_t k = 0; k < of->count; k++)
        if (of->bucket_starts[k] < of->bucket_starts[k + 1] &&
            (of->at[k] < 0 || of->at[k] >= of->sketch_count))
            return 0;
    return 1;
}

int64_t dedup_meet(const struct dedup_rule *rule, const struct dedup_meeting *of,
                   const struct dedup_met *out)
{
    struct meeting meeting = {.rule = rule, .of = of, .out = out};
    int64_t result = 0;
    if (!is_sound_meeting(rule, of) || out->capacity < 0)
        return DEDUP_BAD_SIZE;
    meeting.seen = malloc((size_t)(of->known_count + 1) * sizeof *meeting.seen);
    if (meeting.seen == NULL)
        return DEDUP_NO_MEMORY;
    for (int64_t k = 0; k < of->known_count; k++)
        meeting.seen[k] = -1;
    out->starts[0] = 0;
    for (int64_t k = 0; k < of->count && result == 0; k++) {
        result = gather_known(&meeting, k);
        if (result < 0)
            break;
        out->left_out[k] = leave_most(&meeting.candidates, rule->most);
        result = write_met(&meeting, k);
    }
    free(meeting.seen);
    free(meeting.candidates.all);
    return result < 0 ? result : meeting.written;
}

/* --- the walk --------------------------------------------------------------------------------- */

/* One block while it is walked. */
struct step {
    struct dedup_walk *walk;
    const struct dedup_rule *rule;
    const struct dedup_block *block;
    struct dedup_tools tools;
    struct judging judging;
    struct candidates candidates;
    int64_t *seen;    /* for each row of the block, the last that met it */
    int32_t *place;   /* where each row from the first of the block on stands in it, -1 elsewhere */
};

/* Find a row's place in the block; -1 for one before it. */
static int64_t place_of(const struct step *step, int64_t row)
{
    return row < step->block->rows[0] ? -1 : step->place[row - step->block->rows[0]];
}

/* Take the pairs of a row that the caller handed in. */
static int64_t take_pairs(struct step *step, int64_t k)
{
    const struct dedup_block *block = step->block;
    for (int64_t p = block->pair_starts[k]; p < block->pair_starts[k + 1]; p++) {
        int64_t row = block->earlier[p], place = place_of(step, row);
        struct candidate one = {row, place, p, block->score[p], block->agreement[p]};
        if (place >= 0)
            step->seen[place] = k;
        if (step->walk->kept[row] && add(&step->candidates, one) < 0)
            return DEDUP_NO_MEMORY;
    }
    return 0;
}

/* Take the rows of the block that a bucket remembers: the last ones. */
static int64_t take_remembered(struct step *step, int64_t k, int64_t bucket)
{
    const struct dedup_block *block = step->block;
    const uint32_t *remembered = step->walk->remembered + bucket * step->rule->cap;
    const uint64_t *own = block->sketches + block->at[k] * block->words;
    for (int64_t s = step->walk->filled[bucket] - 1; s >= 0; s--) {
        int64_t row = remembered[s], place, agreed;
        if (row < block->rows[0])
            break;
        place = row < block->rows[k] ? place_of(step, row) : -1;
        if (place < 0 || block->at[place] < 0 || step->seen[place] == k)
            continue;
        step->seen[place] = k;
        agreed = agreement_of(step->rule, block->words, own,
                              block->sketches + block->at[place] * block->words);
        if (agreed < step->rule->least)
            continue;
        struct candidate one = {row, place, -1, 0.0, (uint8_t)agreed};
        if (add(&step->candidates, one) < 0)
            return DEDUP_NO_MEMORY;
    }
    return 0;
}

/* Gather the candidates of a row and keep those that agree most; returns how many are left out. */
static int64_t gather(struct step *step, int64_t k)
{
    const struct dedup_block *block = step->block;
    step->candidates.count = 0;
    step->tools.laid_out = -1;
    if (take_pairs(step, k) < 0)
        return DEDUP_NO_MEMORY;
    for (int64_t m = block->bucket_starts[k]; m < block->bucket_starts[k + 1]; m++)
        if (take_remembered(step, k, block->buckets[m]) < 0)
            return DEDUP_NO_MEMORY;
    return block->left_out[k] + leave_most(&step->candidates, step->rule->most);
}

/* Compare the candidates that have no similarity yet; returns how many are too long, or an error. */
static int64_t compare_all(struct step *step, int64_t k)
{
    const struct dedup_block *block = step->block;
    const int64_t *starts = block->starts;
    int64_t beyond = 0, count = step->candidates.count;
    for (int64_t c = 0; c < count; c++) {
        struct candidate *one = step->candidates.all + c;
        if (one->pair < 0) {
            int64_t a = block->at[k], b = block->at[one->place], total, found = -2;
            if (starts[a + 1] > starts[a] && starts[b + 1] > starts[b])
                found = dedup_compare(&step->tools, block->values, starts, a, b, c + 1 < count,
                                      step->rule->most_cells);
            if (found == -1)
                return DEDUP_NO_MEMORY;
            total = starts[a + 1] - starts[a] + (starts[b + 1] - starts[b]);
            one->score = found == -2 ? (double)NAN : dedup_score(found, total);
        }
        beyond += isnan(one->score) != 0;
    }
    return beyond;
}

/* Keep the candidates that are similar enough, the most similar first. */
static void keep_similar(struct step *step)
{
    struct candidates *found = &step->candidates;
    int64_t good = 0;
    for (int64_t c = 0; c < found->count; c++)
        if (found->all[c].score >= step->rule->threshold)
            found->all[good++] = found->all[c];
    found->count = good;
    if (good > 1)
        qsort(found->all, (size_t)good, sizeof *found->all, by_score);
}

/* Judge a row and one of its candidates, unless the verdict is known: COPY, VARIANT, or an error. */
static int64_t verdict_of(struct step *step, int64_t k, const struct candidate *one)
{
    const struct dedup_block *block = step->block;
    int64_t mine, theirs, variant;
    if (block->judge == NULL)
        return COPY;
    if (one->pair >= 0 && block->verdict[one->pair] != UNKNOWN)
        return block->verdict[one->pair];
    mine = block->page_row[k];
    theirs = one->place >= 0 ? block->page_row[one->place] : block->pair_page_row[one->pair];
    if (mine < 0 || theirs < 0)
        return DEDUP_BAD_SIZE;
    variant = dedup_is_variant(&step->judging, block->page, block->judge, theirs, mine);
    return variant < 0 ? variant : variant ? VARIANT : COPY;
}

/* Find the candidate that a row is a copy of. Returns its number, the number of candidates if there is
   none, or an error. */
static int64_t find_copied(struct step *step, int64_t k)
{
    int64_t count = step->candidates.count;
    for (int64_t c = 0; c < count; c++) {
        int64_t verdict = verdict_of(step, k, step->candidates.all + c);
        if (verdict < 0 || verdict == COPY)
            return verdict < 0 ? verdict : c;
    }
    return count;
}

/* Count the kept rows that a row's buckets met and don't remember. */
static int64_t hidden(const struct step *step, int64_t k)
{
    const struct dedup_block *block = step->block;
    int64_t count = 0;
    for (int64_t m = block->bucket_starts[k]; m < block->bucket_starts[k + 1]; m++) {
        int64_t met = step->walk->met[block->buckets[m]];
        count += met > step->rule->cap ? met - step->rule->cap : 0;
    }
    return count;
}

/* Make the buckets of a kept row remember it. */
static void remember(struct step *step, int64_t k)
{
    const struct dedup_block *block = step->block;
    struct dedup_walk *walk = step->walk;
    for (int64_t m = block->bucket_starts[k]; m < block->bucket_starts[k + 1]; m++) {
        int64_t bucket = block->buckets[m];
        walk->met[bucket]++;
        if (walk->filled[bucket] < step->rule->cap)
            walk->remembered[bucket * step->rule->cap + walk->filled[bucket]++] =
                (uint32_t)block->rows[k];
    }
}

/* Decide one row by the rule above. */
static int64_t decide(struct step *step, int64_t k, struct dedup_decided *out)
{
    struct dedup_walk *walk = step->walk;
    const struct candidate *match = NULL;
    int64_t unseen = gather(step, k), compared, beyond, chosen;
    if (unseen < 0)
        return unseen;
    beyond = compare_all(step, k);
    if (beyond < 0)
        return beyond;
    compared = step->candidates.count - beyond;
    unseen += hidden(step, k) + beyond;
    walk->uncompared += unseen < walk->kept_rows - compared ? unseen : walk->kept_rows - compared;
    keep_similar(step);
    chosen = find_copied(step, k);
    if (chosen < 0)
        return chosen;
    walk->kept[step->block->rows[k]] = chosen == step->candidates.count;
    if (step->candidates.count > 0)
        match = step->candidates.all + (chosen < step->candidates.count ? chosen : 0);
    out->match[k] = match == NULL ? step->block->rows[k] : match->row;
    out->similarity[k] = match == NULL ? 1.0 : match->score;
    if (chosen == step->candidates.count) {
        walk->kept_rows++;
        remember(step, k);
    }
    return 0;
}

/* Say whether rows rise, and the pairs, buckets, sketches and tokens of each lie in their arrays. */
static int are_sound_rows(const struct dedup_walk *walk, const struct dedup_block *block)
{
    for (int64_t k = 0; k < block->count; k++) {
        int64_t row = block->rows[k];
        if (row < 0 || row >= walk->row_count || row > UINT32_MAX ||
            (k && row <= block->rows[k - 1]))
            return 0;
        for (int64_t p = block->pair_starts[k]; p < block->pair_starts[k + 1]; p++)
            if (block->earlier[p] < 0 || block->earlier[p] >= row)
                return 0;
        if (block->bucket_starts[k] < block->bucket_starts[k + 1] &&
            (block->at[k] < 0 || block->at[k] >= block->sketch_count))
            return 0;
        if (block->at[k] >= block->sketch_count)
            return 0;
    }
    return 1;
}

static int is_sound(const struct dedup_walk *walk, const struct dedup_rule *rule,
                    const struct dedup_block *block)
{
    if (rule->cap < 1 || rule->most < 1 || block->count < 0 || block->words < 1 ||
        block->words > 15 || block->sketch_count < 0)
        return 0;
    if (!is_rising(block->pair_starts, block->count, block->pair_count) ||
        !is_rising(block->bucket_starts, block->count, block->membership_count) ||
        !is_rising(block->starts, block->sketch_count, block->value_count) ||
        !are_within(block->buckets, block->membership_count, 0, walk->bucket_count) ||
        !are_sound_rows(walk, block))
        return 0;
    for (int64_t m = 0; m < block->membership_count; m++)
        if (walk->filled[block->buckets[m]] < 0 || walk->filled[block->buckets[m]] > rule->cap)
            return 0;
    if (block->judge == NULL)
        return 1;
    return dedup_is_sound_page(block->page) &&
           are_within(block->page_row, block->count, -1, block->page->rows) &&
           are_within(block->pair_page_row, block->pair_count, -1, block->page->rows);
}

/* Note where the rows of a block stand in it; 0 for want of memory. */
static int note_places(struct step *step)
{
    const struct dedup_block *block = step->block;
    int64_t count = block->count, span = block->rows[count - 1] - block->rows[0] + 1;
    step->seen = malloc((size_t)count * sizeof *step->seen);
    step->place = malloc((size_t)span * sizeof *step->place);
    if (step->seen == NULL || step->place == NULL)
        return 0;
    memset(step->seen, -1, (size_t)count * sizeof *step->seen);
    memset(step->place, -1, (size_t)span * sizeof *step->place);
    for (int64_t k = 0; k < count; k++)
        step->place[block->rows[k] - block->rows[0]] = (int32_t)k;
    return 1;
}

int64_t dedup_walk_block(struct dedup_walk *walk, const struct dedup_rule *rule,
                         const struct dedup_block *block, struct dedup_decided *out)
{
    struct step step = {.walk = walk, .rule = rule, .block = block};
    int64_t result = 0;
    if (!is_sound(walk, rule, block) || block->count > INT32_MAX)
        return DEDUP_BAD_SIZE;
    step.tools.laid_out = -1;
    if (block->count > 0 && !note_places(&step))
        result = DEDUP_NO_MEMORY;
    if (block->judge != NULL && !dedup_begin_judging(&step.judging, block->page))
        result = DEDUP_NO_MEMORY;
    for (int64_t k = 0; k < block->count && result == 0; k++)
        result = decide(&step, k, out);
    free(step.seen);
    free(step.place);
    free(step.candidates.all);
    dedup_drop(&step.tools);
    dedup_drop_judging(&step.judging);
    return result;
}
