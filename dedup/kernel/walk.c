/* Who is kept, and which kept row each copy repeats.

   The rule, for row after row in the order of rank:

   1. Its candidates are the kept rows that its buckets remember and whose sketches agree with its
      own in enough places.
   2. Of more than `most` candidates those that agree most are compared; of equals, the first.
   3. Of those that are similar enough the `judged` most similar are judged; of equals, the first.
   4. The row is a copy of the most similar one of which it is no variant.
   5. Where there is none it is kept: as a variant of the most similar one, if there is one.
   6. A kept row is remembered by each of its buckets that remembers fewer than `cap`.

   Knows: that rule, and how to count what it leaves out. Does not know: texts, how pairs are judged:
   where a verdict is not known yet it is asked for, and the walk goes on as if the pair were a copy
   (after a first variant: another variant). What was decided behind an open question is taken back,
   for the caller to begin there again once it has the answers. */

#include "comparison.h"
#include "kernel.h"

#include <math.h>

/* What is known of a pair. */
enum { UNKNOWN, COPY, VARIANT };

#define PLACES 16 /* of four bits, in a word of a sketch */

/* A kept row that the row may repeat. */
struct candidate {
    int64_t row, place; /* its number; where it stands in the block, -1 for one before it */
    double score;
    uint8_t agreement, compared;
};

/* One block while it is walked. */
struct step {
    struct dedup_walk *walk;
    const struct dedup_rule *rule;
    const struct dedup_block *block;
    struct dedup_decided *out;
    struct dedup_tools tools;
    struct candidate *candidates;
    int64_t count, capacity;
    int64_t *seen;             /* for each row of the block, the last that met it */
    int64_t *undo, undo_count; /* buckets of rows kept behind an open question: ~b if not remembered */
    int64_t undo_capacity;
    int open; /* a question has been asked */
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

static int grow(void **array, int64_t *capacity, int64_t size)
{
    int64_t more = *capacity > 64 ? 2 * *capacity : 128;
    void *larger = realloc(*array, (size_t)(more * size));
    if (larger == NULL)
        return 0;
    *array = larger;
    *capacity = more;
    return 1;
}

static int64_t add(struct step *step, struct candidate candidate)
{
    if (step->count == step->capacity &&
        !grow((void **)&step->candidates, &step->capacity, sizeof candidate))
        return DEDUP_NO_MEMORY;
    step->candidates[step->count++] = candidate;
    return 0;
}

/* Find a row with a place in the block; -1 for one before it. */
static int64_t place_of(const struct dedup_block *block, int64_t row)
{
    int64_t low = 0, high = block->count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (block->rows[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < block->count && block->rows[low] == row ? low : -1;
}

/* In how many places the sketches of two rows agree; none for rows of different scopes. */
static int64_t agreement(const struct step *step, int64_t a, int64_t b)
{
    const struct dedup_block *block = step->block;
    int64_t words = block->words - (step->rule->scoped != 0), places = PLACES * words;
    const uint64_t *x = block->sketches + block->at[a] * block->words;
    const uint64_t *y = block->sketches + block->at[b] * block->words;
    if (step->rule->scoped && x[words] != y[words])
        return 0;
    for (int64_t w = 0; w < words; w++) {
        uint64_t apart = x[w] ^ y[w];
        apart |= apart >> 2;
        apart |= apart >> 1;
        places -= ones(apart & 0x1111111111111111u);
    }
    return places;
}

/* Take the pairs of a row that are known beforehand. */
static int64_t take_pairs(struct step *step, int64_t k)
{
    const struct dedup_block *block = step->block;
    for (int64_t p = block->pair_starts[k]; p < block->pair_starts[k + 1]; p++) {
        int64_t row = block->earlier[p], place = place_of(block, row);
        struct candidate one = {row, place, block->score[p], block->agreement[p], 1};
        if (place >= 0)
            step->seen[place] = k;
        if (step->walk->kept[row] && add(step, one) < 0)
            return DEDUP_NO_MEMORY;
    }
    return 0;
}

/* Take the rows of the block that a bucket remembers: the last ones. */
static int64_t take_remembered(struct step *step, int64_t k, int64_t bucket)
{
    const struct dedup_block *block = step->block;
    const uint32_t *remembered = step->walk->remembered + bucket * step->rule->cap;
    for (int64_t s = step->walk->filled[bucket] - 1; s >= 0; s--) {
        int64_t row = remembered[s], place, agreed;
        if (row < block->rows[0])
            break;
        place = place_of(block, row);
        if (place < 0 || step->seen[place] == k)
            continue;
        step->seen[place] = k;
        agreed = agreement(step, k, place);
        if (agreed < step->rule->least)
            continue;
        struct candidate one = {row, place, 0.0, (uint8_t)agreed, 0};
        if (add(step, one) < 0)
            return DEDUP_NO_MEMORY;
    }
    return 0;
}

/* Compare the candidates that aren't; returns how many can't be, or an error. */
static int64_t compare_all(struct step *step, int64_t k)
{
    const struct dedup_block *block = step->block;
    const int64_t *starts = block->starts;
    int64_t beyond = 0;
    for (int64_t c = 0; c < step->count; c++) {
        struct candidate *one = step->candidates + c;
        if (!one->compared) {
            int64_t a = block->at[k], b = block->at[one->place], total, found = -2;
            if (starts[a + 1] > starts[a] && starts[b + 1] > starts[b])
                found = dedup_compare(&step->tools, block->values, starts, a, b,
                                      c + 1 < step->count, step->rule->most_cells);
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
    int64_t good = 0;
    for (int64_t c = 0; c < step->count; c++)
        if (step->candidates[c].score >= step->rule->threshold)
            step->candidates[good++] = step->candidates[c];
    step->count = good;
    if (good > 1)
        qsort(step->candidates, (size_t)good, sizeof *step->candidates, by_score);
}

/* Look up what is known of the pair of a row of the block and an earlier row. */
static int verdict_of(const struct step *step, int64_t k, int64_t row)
{
    const struct dedup_block *block = step->block;
    uint64_t key = (uint64_t)k << 32 | (uint64_t)row;
    int64_t low = 0, high = block->verdict_count;
    if (!step->rule->judges)
        return COPY;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (block->verdict_keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == block->verdict_count || block->verdict_keys[low] != key)
        return UNKNOWN;
    return block->verdicts[low];
}

static void ask(struct step *step, int64_t k, int64_t row)
{
    struct dedup_decided *out = step->out;
    step->open = 1;
    if (out->asked < out->capacity) {
        out->asked_place[out->asked] = k;
        out->asked_row[out->asked++] = row;
    }
}

/* Find the candidate that a row is a copy of, in the order of similarity; -1 for none. */
static int64_t copied(struct step *step, int64_t k)
{
    int64_t known = 0, asked = 0;
    for (int64_t c = 0; c < step->count && c < step->rule->judged; c++) {
        int verdict = verdict_of(step, k, step->candidates[c].row);
        if (verdict == COPY)
            return c;
        known += verdict == VARIANT;
        if (verdict == VARIANT)
            continue;
        /* Ask for one more than are known, so that few rounds do. */
        if (asked <= known)
            ask(step, k, step->candidates[c].row);
        asked++;
        if (known == 0)
            return c;
    }
    return -1;
}

/* Count what a row's buckets met beyond what they remember: it can't be seen. */
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

static int64_t note_undo(struct step *step, int64_t bucket)
{
    if (!step->open)
        return 0;
    if (step->undo_count == step->undo_capacity &&
        !grow((void **)&step->undo, &step->undo_capacity, sizeof bucket))
        return DEDUP_NO_MEMORY;
    step->undo[step->undo_count++] = bucket;
    return 0;
}

/* Let the buckets of a kept row remember it. */
static int64_t remember(struct step *step, int64_t k)
{
    const struct dedup_block *block = step->block;
    struct dedup_walk *walk = step->walk;
    for (int64_t m = block->bucket_starts[k]; m < block->bucket_starts[k + 1]; m++) {
        int64_t bucket = block->buckets[m], fits = walk->filled[bucket] < step->rule->cap;
        if (note_undo(step, fits ? bucket : ~bucket) < 0)
            return DEDUP_NO_MEMORY;
        walk->met[bucket]++;
        if (fits)
            walk->remembered[bucket * step->rule->cap + walk->filled[bucket]++] =
                (uint32_t)block->rows[k];
    }
    return 0;
}

/* Take back what rows behind an open question let buckets remember. */
static void undo_all(struct step *step)
{
    for (int64_t u = 0; u < step->undo_count; u++) {
        int64_t bucket = step->undo[u] < 0 ? ~step->undo[u] : step->undo[u];
        step->walk->met[bucket]--;
        step->walk->filled[bucket] -= step->undo[u] >= 0;
    }
}

/* Gather the candidates of a row, and leave those that agree most; returns how many are left out. */
static int64_t gather(struct step *step, int64_t k)
{
    const struct dedup_block *block = step->block;
    int64_t left_out = block->left_out[k], most = step->rule->most;
    step->count = 0;
    step->tools.laid_out = -1;
    if (take_pairs(step, k) < 0)
        return DEDUP_NO_MEMORY;
    for (int64_t m = block->bucket_starts[k]; m < block->bucket_starts[k + 1]; m++)
        if (take_remembered(step, k, block->buckets[m]) < 0)
            return DEDUP_NO_MEMORY;
    if (step->count > most) {
        qsort(step->candidates, (size_t)step->count, sizeof *step->candidates, by_agreement);
        left_out += step->count - most;
        step->count = most;
    }
    return left_out;
}

/* Decide one row by the rule above. */
static int64_t decide(struct step *step, int64_t k)
{
    struct dedup_walk *walk = step->walk;
    int64_t left_out = gather(step, k), unseen = hidden(step, k), compared, beyond, chosen;
    if (left_out < 0)
        return DEDUP_NO_MEMORY;
    beyond = compare_all(step, k);
    if (beyond < 0)
        return DEDUP_NO_MEMORY;
    compared = step->count - beyond;
    keep_similar(step);
    int was_open = step->open;
    chosen = copied(step, k);
    if (step->open && !was_open)
        step->out->decided = k;
    walk->kept[step->block->rows[k]] = chosen < 0;
    if (chosen < 0 && step->rule->judges && step->count > step->rule->judged) {
        left_out += step->count - step->rule->judged;
        compared -= step->count - step->rule->judged;
    }
    if (!step->open) {
        const struct candidate *match = step->count > 0 ? step->candidates : NULL;
        unseen += left_out + beyond;
        walk->uncompared += unseen < walk->kept_rows - compared ? unseen
                                                                : walk->kept_rows - compared;
        walk->kept_rows += chosen < 0;
        match = chosen > 0 ? match + chosen : match;
        step->out->match[k] = match == NULL ? step->block->rows[k] : match->row;
        step->out->similarity[k] = match == NULL ? 1.0 : match->score;
    }
    return chosen < 0 ? remember(step, k) : 0;
}

/* Say whether starts rise from 0 to the size of what they cut. */
static int is_rising(const int64_t *starts, int64_t count, int64_t size)
{
    for (int64_t k = 0; k < count; k++)
        if (starts[k + 1] < starts[k])
            return 0;
    return starts[0] == 0 && starts[count] == size;
}

/* Say whether the pairs and buckets of a row lie within their arrays, and its sketch and tokens. */
static int is_sound_row(const struct dedup_walk *walk, const struct dedup_block *block, int64_t k)
{
    int64_t row = block->rows[k];
    if (row < 0 || row >= walk->row_count || row > UINT32_MAX || (k && row <= block->rows[k - 1]))
        return 0;
    for (int64_t p = block->pair_starts[k]; p < block->pair_starts[k + 1]; p++)
        if (block->earlier[p] < 0 || block->earlier[p] >= row)
            return 0;
    for (int64_t m = block->bucket_starts[k]; m < block->bucket_starts[k + 1]; m++)
        if (block->buckets[m] < 0 || block->buckets[m] >= walk->bucket_count)
            return 0;
    if (block->bucket_starts[k] == block->bucket_starts[k + 1])
        return 1;
    return block->at[k] >= 0 && block->at[k] < block->sketch_count;
}

static int is_sound(const struct dedup_walk *walk, const struct dedup_rule *rule,
                    const struct dedup_block *block)
{
    if (rule->cap < 1 || rule->most < 1 || block->count < 0 || block->verdict_count < 0)
        return 0;
    if (block->words < 1 || block->words > 15 || block->sketch_count < 0)
        return 0;
    if (!is_rising(block->pair_starts, block->count, block->pair_count) ||
        !is_rising(block->bucket_starts, block->count, block->membership_count) ||
        !is_rising(block->starts, block->sketch_count, block->value_count))
        return 0;
    for (int64_t k = 0; k < block->count; k++)
        if (!is_sound_row(walk, block, k))
            return 0;
    for (int64_t b = 0; b < walk->bucket_count; b++)
        if (walk->filled[b] < 0 || walk->filled[b] > rule->cap)
            return 0;
    return 1;
}

int64_t dedup_walk_block(struct dedup_walk *walk, const struct dedup_rule *rule,
                         const struct dedup_block *block, int64_t begin, struct dedup_decided *out)
{
    struct step step = {.walk = walk, .rule = rule, .block = block, .out = out};
    int64_t result = 0;
    if (!is_sound(walk, rule, block) || begin < 0 || begin > block->count || out->capacity < 1)
        return DEDUP_BAD_SIZE;
    step.tools.laid_out = -1;
    step.seen = malloc((size_t)(block->count + 1) * sizeof *step.seen);
    if (step.seen == NULL)
        return DEDUP_NO_MEMORY;
    for (int64_t k = 0; k < block->count; k++)
        step.seen[k] = -1;
    out->asked = 0;
    out->decided = block->count;
    for (int64_t k = begin; k < block->count && result == 0 && out->asked < out->capacity; k++)
        result = decide(&step, k);
    if (step.open)
        undo_all(&step);
    for (int64_t k = out->decided; k < block->count; k++)
        walk->kept[block->rows[k]] = 1;
    free(step.seen);
    free(step.undo);
    free(step.candidates);
    dedup_drop(&step.tools);
    return result < 0 ? result : out->decided;
}
