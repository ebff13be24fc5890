/* A page of paragraphs and an index: which paragraphs are stored, and which repeat another one.

   Knows: which stored rows are worth comparing, and how to pass a page and its candidates to the walk.
   Does not know: the rule (walk.c), how a pair is judged (judge.c), where rows are stored.

   An index calls two functions. `dedup_page_candidates` lists the stored rows whose sketches agree with
   those of the page, so that the index can fetch their texts. `dedup_page_decide` then compares, judges
   and decides. For the walk, the stored rows that are candidates come first, then one extra row that
   is like no other, then the rows of the page. The buckets need the extra row: they must remember as
   many rows as they would in a walk through all rows, but the pairs with stored rows are listed
   already, so each stored row in a bucket is replaced by the extra row. */

#include "kernel.h"
#include "walk.h"

#include <math.h>

/* A stored row that a row of the page may repeat. */
struct meeting_point {
    int64_t place;
    int64_t agreement;
};

static int by_most_agreement(const void *a, const void *b)
{
    const struct meeting_point *x = a, *y = b;
    if (x->agreement != y->agreement)
        return x->agreement < y->agreement ? 1 : -1;
    return (x->place > y->place) - (x->place < y->place);
}

static int by_place(const void *a, const void *b)
{
    const struct meeting_point *x = a, *y = b;
    return (x->place > y->place) - (x->place < y->place);
}

static int has_same_words(const struct dedup_arrivals *page, int64_t j, int64_t k)
{
    return page->prints[2 * j] == page->prints[2 * k] &&
           page->prints[2 * j + 1] == page->prints[2 * k + 1];
}

static int shares_a_bucket(const struct dedup_arrivals *page, int64_t j, int64_t k)
{
    for (int64_t b = 0; b < page->bands; b++)
        if (page->keys[b * page->count + j] == page->keys[b * page->count + k])
            return 1;
    return 0;
}

static int is_sound_page(const struct dedup_rule *rule, const struct dedup_arrivals *page)
{
    return rule->cap >= 1 && rule->most >= 1 && !rule->scoped && page->count >= 0 &&
           page->count <= DEDUP_PAGE_ROWS && page->bands >= 0 && page->bands <= INT32_MAX &&
           page->words >= 0 && page->words <= 15;
}

static int are_sound_members(const struct dedup_arrivals *page, const struct dedup_members *members)
{
    return members->count >= 0 && members->stored_count >= 0 &&
           are_within(members->row, members->count, 0, page->count) &&
           are_within(members->band, members->count, 0, page->bands) &&
           are_within(members->place, members->count, 0, members->stored_count);
}

/* --- candidates ------------------------------------------------------------------------------- */

/* Sort the members by row of the page: where those of each row begin, and their places in the list. */
static void sort_by_row(const struct dedup_members *members, int64_t rows, int64_t *starts,
                        int64_t *order)
{
    for (int64_t k = 0; k <= rows; k++)
        starts[k] = 0;
    for (int64_t m = 0; m < members->count; m++)
        starts[members->row[m] + 1]++;
    for (int64_t k = 0; k < rows; k++)
        starts[k + 1] += starts[k];
    for (int64_t m = members->count - 1; m >= 0; m--)
        order[--starts[members->row[m] + 1]] = m;
    for (int64_t k = 0; k < rows; k++)
        starts[k] = starts[k + 1];
    starts[rows] = members->count;
}

/* List the stored rows that agree with row k in enough places, by place; of more than `most`, those that
   agree most. */
static int64_t gather_stored(const struct dedup_rule *rule, const struct dedup_arrivals *page,
                             const struct dedup_members *members, const int64_t *order,
                             int64_t begin, int64_t end, int64_t k, int64_t *seen,
                             struct meeting_point *found)
{
    const int64_t words = page->words;
    int64_t count = 0;
    for (int64_t m = begin; m < end; m++) {
        int64_t place = members->place[order[m]], agreed;
        if (seen[place] == k + 1)
            continue;
        seen[place] = k + 1;
        agreed = agreement_of(rule, words, page->sketches + k * words,
                              members->sketches + place * words);
        if (agreed >= rule->least)
            found[count++] = (struct meeting_point){place, agreed};
    }
    if (count > rule->most) {
        qsort(found, (size_t)count, sizeof *found, by_most_agreement);
        count = rule->most;
    }
    if (count > 1)
        qsort(found, (size_t)count, sizeof *found, by_place);
    return count;
}

/* Mark the rows of the page that may be compared with each other. */
static void mark_likely(const struct dedup_rule *rule, const struct dedup_arrivals *page,
                        uint8_t *compared)
{
    const int64_t words = page->words;
    for (int64_t k = 1; k < page->count; k++)
        for (int64_t j = 0; j < k && page->exact[k] < 0; j++)
            if (page->exact[j] < 0 && !(compared[j] && compared[k]) && !has_same_words(page, j, k) &&
                agreement_of(rule, words, page->sketches + j * words, page->sketches + k * words) >=
                    rule->least &&
                shares_a_bucket(page, j, k))
                compared[j] = compared[k] = 1;
}

/* Number the stored rows that are in a pair from 0, in their order. Returns how many there are. */
static int64_t number_used(const struct dedup_members *members, int64_t *seen, int64_t pairs,
                           const struct dedup_proposed *out)
{
    int64_t used = 0;
    for (int64_t s = 0; s < members->stored_count; s++)
        seen[s] = -1;
    for (int64_t p = 0; p < pairs; p++)
        seen[out->stored[p]] = 0;
    for (int64_t s = 0; s < members->stored_count; s++)
        if (seen[s] == 0) {
            out->used[used] = s;
            seen[s] = used++;
        }
    for (int64_t p = 0; p < pairs; p++)
        out->stored[p] = seen[out->stored[p]];
    return used;
}

static void propose(const struct dedup_rule *rule, const struct dedup_arrivals *page,
                    const struct dedup_members *members, int64_t *starts, int64_t *order,
                    int64_t *seen, struct meeting_point *found, struct dedup_proposed *out)
{
    int64_t pairs = 0;
    sort_by_row(members, page->count, starts, order);
    memset(out->compared, 0, (size_t)page->count);
    out->starts[0] = 0;
    for (int64_t k = 0; k < page->count; k++) {
        int64_t count = 0;
        if (page->exact[k] < 0)
            count = gather_stored(rule, page, members, order, starts[k], starts[k + 1], k, seen,
                                  found);
        for (int64_t c = 0; c < count; c++, pairs++) {
            out->stored[pairs] = found[c].place;
            out->agreement[pairs] = (uint8_t)found[c].agreement;
        }
        out->compared[k] = count > 0;
        out->starts[k + 1] = pairs;
    }
    out->used_count = number_used(members, seen, pairs, out);
    if (page->together)
        mark_likely(rule, page, out->compared);
}

int64_t dedup_page_candidates(const struct dedup_rule *rule, const struct dedup_arrivals *page,
                              const struct dedup_members *members, struct dedup_proposed *out)
{
    int64_t *starts, *order, *seen;
    struct meeting_point *found;
    int64_t result = DEDUP_NO_MEMORY;
    if (!is_sound_page(rule, page) || !are_sound_members(page, members))
        return DEDUP_BAD_SIZE;
    starts = malloc((size_t)(page->count + 1) * sizeof *starts);
    order = malloc((size_t)(members->count + 1) * sizeof *order);
    seen = calloc((size_t)members->stored_count + 1, sizeof *seen);
    found = malloc((size_t)(members->count + 1) * sizeof *found);
    if (starts != NULL && order != NULL && seen != NULL && found != NULL) {
        propose(rule, page, members, starts, order, seen, found, out);
        result = out->starts[page->count];
    }
    free(starts);
    free(order);
    free(seen);
    free(found);
    return result;
}

/* --- the decision ----------------------------------------------------------------------------- */

/* One page while it is decided: the rows without an exact copy in the index, their pairs and buckets in
   the form that the walk needs, and the answer of the walk. */
struct sitting {
    const struct dedup_rule *rule;
    const struct dedup_arrivals *page;
    const struct dedup_members *members;
    const struct dedup_proposed *proposed;
    int64_t used, first; /* stored rows in a pair; the number of the page's first row */
    int64_t *rows, *places, *at, *page_row, *left_out, *match, *pair_starts, *bucket_starts;
    int64_t *earlier, *left, *right, *pair_page_row;
    uint8_t *agreement, *verdict, *kept;
    double *score, *similarity;
    int64_t *buckets, *band_of, *begun, *filled, *met, *stored_in;
    uint32_t *remembered;
    int64_t count, pairs, memberships, bucket_count;
    void *memory;
};

/* Give room for `count` values of `size` bytes, and move *at behind it. Without memory only count. */
static void *take(char *memory, size_t *at, int64_t count, size_t size)
{
    void *found = memory == NULL ? NULL : memory + *at;
    *at += ((size_t)count * size + 15) & ~(size_t)15;
    return found;
}

/* Cut memory into the arrays of a sitting. Returns the number of bytes that they need. */
static size_t cut(struct sitting *of, char *memory)
{
    const int64_t rows = of->page->count, keys = rows * of->page->bands;
    const int64_t pairs = of->proposed->starts[rows] + rows * rows / 2;
    int64_t **by_row[] = {&of->rows, &of->places, &of->at, &of->page_row, &of->left_out, &of->match,
                          &of->pair_starts, &of->bucket_starts};
    int64_t **by_pair[] = {&of->earlier, &of->left, &of->right, &of->pair_page_row};
    int64_t **by_key[] = {&of->buckets, &of->band_of, &of->begun, &of->filled, &of->met,
                          &of->stored_in};
    size_t at = 0;
    for (size_t k = 0; k < sizeof by_row / sizeof *by_row; k++)
        *by_row[k] = take(memory, &at, rows + 1, sizeof(int64_t));
    for (size_t k = 0; k < sizeof by_pair / sizeof *by_pair; k++)
        *by_pair[k] = take(memory, &at, pairs + 1, sizeof(int64_t));
    for (size_t k = 0; k < sizeof by_key / sizeof *by_key; k++)
        *by_key[k] = take(memory, &at, keys + 1, sizeof(int64_t));
    of->agreement = take(memory, &at, pairs + 1, 1);
    of->verdict = take(memory, &at, pairs + 1, 1);
    of->kept = take(memory, &at, of->first + rows, 1);
    of->score = take(memory, &at, pairs + 1, sizeof(double));
    of->similarity = take(memory, &at, rows + 1, sizeof(double));
    of->remembered = take(memory, &at, keys * of->rule->cap, sizeof(uint32_t));
    return at;
}

/* List the rows that have no exact copy in the index. */
static void list_rows(struct sitting *of)
{
    for (int64_t k = 0; k < of->page->count; k++) {
        if (of->page->exact[k] >= 0)
            continue;
        of->rows[of->count] = of->first + k;
        of->places[of->count] = of->at[of->count] = of->page_row[of->count] = k;
        of->left_out[of->count++] = 0;
    }
}

/* List the pairs of each row: with stored rows, then with earlier rows of the page with its words. */
static void list_pairs(struct sitting *of)
{
    const struct dedup_proposed *proposed = of->proposed;
    of->pair_starts[0] = 0;
    for (int64_t r = 0; r < of->count; r++) {
        int64_t k = of->places[r];
        for (int64_t p = proposed->starts[k]; p < proposed->starts[k + 1]; p++, of->pairs++) {
            of->earlier[of->pairs] = proposed->stored[p];
            of->left[of->pairs] = of->page->count + proposed->stored[p];
            of->right[of->pairs] = k;
            of->agreement[of->pairs] = proposed->agreement[p];
            of->verdict[of->pairs] = UNKNOWN;
            of->pair_page_row[of->pairs] = of->page->count + proposed->stored[p];
        }
        for (int64_t q = 0; q < r && of->page->together; q++) {
            if (!has_same_words(of->page, of->places[q], k))
                continue;
            of->earlier[of->pairs] = of->rows[q];
            of->left[of->pairs] = of->right[of->pairs] = k;
            of->agreement[of->pairs] = UINT8_MAX;
            of->verdict[of->pairs] = COPY;
            of->pair_page_row[of->pairs++] = -1;
        }
        of->pair_starts[r + 1] = of->pairs;
    }
}

/* Count how many stored rows have each key of the page. */
static void count_stored(struct sitting *of)
{
    for (int64_t m = 0; m < of->members->count; m++)
        of->stored_in[of->members->band[m] * of->page->count + of->members->row[m]]++;
}

/* Make the bucket of a row's key. For each stored row in it, it remembers the extra row. */
static int64_t begin_bucket(struct sitting *of, int64_t band, int64_t k)
{
    int64_t stored = of->stored_in[band * of->page->count + k], bucket = of->bucket_count++;
    of->band_of[bucket] = band;
    of->filled[bucket] = stored < of->rule->cap ? stored : of->rule->cap;
    of->begun[bucket] = of->met[bucket] = of->filled[bucket];
    for (int64_t s = 0; s < of->filled[bucket]; s++)
        of->remembered[bucket * of->rule->cap + s] = (uint32_t)(of->first - 1);
    return bucket;
}

/* Find the bucket of a row in a band: the bucket of an earlier row with the same key, or a new one. */
static int64_t bucket_of(struct sitting *of, int64_t band, int64_t r)
{
    const uint32_t *keys = of->page->keys + band * of->page->count;
    for (int64_t q = 0; q < r; q++)
        if (keys[of->places[q]] == keys[of->places[r]])
            return of->buckets[of->bucket_starts[q] + band];
    return begin_bucket(of, band, of->places[r]);
}

static void list_buckets(struct sitting *of)
{
    memset(of->stored_in, 0, (size_t)(of->page->count * of->page->bands) * sizeof *of->stored_in);
    count_stored(of);
    of->bucket_starts[0] = 0;
    for (int64_t r = 0; r < of->count; r++) {
        for (int64_t b = 0; b < of->page->bands && of->page->together; b++)
            of->buckets[of->memberships++] = bucket_of(of, b, r);
        of->bucket_starts[r + 1] = of->memberships;
    }
}

/* Compare the pairs whose words differ; NaN if a text is too long to be compared. */
static int64_t compare_pairs(struct sitting *of, const uint64_t *values, const int64_t *starts)
{
    int64_t result = dedup_similarities(values, NULL, starts, of->left, of->right, 0, of->pairs,
                                        of->rule->most_cells, of->score);
    for (int64_t p = 0; p < of->pairs && result >= 0; p++) {
        int64_t left = of->left[p], right = of->right[p];
        if (of->verdict[p] == COPY)
            of->score[p] = 1.0;
        else if (starts[left + 1] == starts[left] || starts[right + 1] == starts[right])
            of->score[p] = (double)NAN;
    }
    return result;
}

static int64_t walk(struct sitting *of, const struct dedup_judge *judge,
                    const struct dedup_page *texts, const uint64_t *values, const int64_t *starts)
{
    struct dedup_walk memory = {of->kept, of->first + of->page->count, of->remembered, of->filled,
                                of->met, of->bucket_count, 0, 0};
    struct dedup_block block = {
        of->rows, of->count, of->pair_starts, of->earlier, of->agreement, of->score, of->verdict,
        of->pair_page_row, of->pairs, of->left_out, of->bucket_starts, of->buckets, of->memberships,
        of->at, of->page->sketches, of->page->words > 0 ? of->page->words : 1, of->page->count,
        values, starts[of->page->count], starts, judge, texts, of->page_row,
    };
    struct dedup_decided decided = {of->match, of->similarity};
    memset(of->kept, 1, (size_t)(of->first + of->page->count));
    return of->count ? dedup_walk_block(&memory, of->rule, &block, &decided) : 0;
}

/* Write the outcome of each row. */
static void write_outcomes(const struct sitting *of, const struct dedup_outcomes *out)
{
    for (int64_t k = 0; k < of->page->count; k++) {
        out->kind[k] = DEDUP_EXACT;
        out->partner[k] = -1;
        out->similarity[k] = 1.0;
        out->kept[k] = 0;
    }
    for (int64_t r = 0; r < of->count; r++) {
        int64_t k = of->places[r], match = of->match[r], other = match - of->first;
        out->kept[k] = of->kept[of->rows[r]];
        out->similarity[k] = of->similarity[r];
        out->kind[k] = out->kept[k] ? DEDUP_VARIANT : DEDUP_NEAR;
        if (match == of->rows[r])
            out->kind[k] = DEDUP_UNIQUE;
        else
            out->partner[k] = other < 0 ? match : of->used + other;
        if (out->kind[k] == DEDUP_NEAR && other >= 0 && has_same_words(of->page, other, k))
            out->kind[k] = DEDUP_EXACT;
    }
}

/* Write which buckets remember each kept row. */
static void write_held(const struct sitting *of, uint8_t *held)
{
    const int64_t cap = of->rule->cap;
    memset(held, 0, (size_t)(of->page->bands * of->page->count));
    for (int64_t b = 0; b < of->bucket_count; b++)
        for (int64_t s = of->begun[b]; s < of->filled[b]; s++)
            held[of->band_of[b] * of->page->count + of->remembered[b * cap + s] - of->first] = 1;
}

static int is_sound_proposal(const struct dedup_arrivals *page, const struct dedup_proposed *proposed,
                             const int64_t *starts, int64_t value_count)
{
    int64_t pairs = proposed->starts[page->count];
    return proposed->used_count >= 0 && pairs >= 0 && pairs <= INT32_MAX &&
           is_rising(proposed->starts, page->count, pairs) &&
           are_within(proposed->stored, pairs, 0, proposed->used_count) &&
           is_rising(starts, page->count + proposed->used_count, value_count);
}

int64_t dedup_page_decide(const struct dedup_rule *rule, const struct dedup_judge *judge,
                          const struct dedup_arrivals *page, const struct dedup_members *members,
                          const struct dedup_proposed *proposed, const struct dedup_page *texts,
                          const uint64_t *values, int64_t value_count, const int64_t *starts,
                          const struct dedup_outcomes *out)
{
    struct sitting of = {.rule = rule, .page = page, .members = members, .proposed = proposed};
    int64_t result;
    if (!is_sound_page(rule, page) || !are_sound_members(page, members) ||
        !is_sound_proposal(page, proposed, starts, value_count) || rule->cap > UINT16_MAX ||
        (judge != NULL && texts == NULL))
        return DEDUP_BAD_SIZE;
    of.used = proposed->used_count;
    of.first = of.used + 1;
    of.memory = malloc(cut(&of, NULL) + 1);
    if (of.memory == NULL)
        return DEDUP_NO_MEMORY;
    cut(&of, of.memory);
    list_rows(&of);
    list_pairs(&of);
    list_buckets(&of);
    result = compare_pairs(&of, values, starts);
    if (result >= 0)
        result = walk(&of, judge, texts, values, starts);
    if (result >= 0) {
        write_outcomes(&of, out);
        write_held(&of, out->held);
    }
    free(of.memory);
    return result < 0 ? result : 0;
}
