/* How alike rows of tokens are: 2 * L / (a + b), L the length of the longest common subsequence.

   Knows: sequences of 64-bit values. Does not know: what they stand for, who proposed a pair.

   The length is computed by the bit-parallel recurrence of Hyyro (2004), 64 tokens of the one row
   at a time against all of the other; the carries of a block are kept for the next. Of two long
   rows the common ends are taken off first, and one that stands whole in the other costs no more
   than being found there. */

#include "bag.h"
#include "comparison.h"
#include "kernel.h"
#include "pattern.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static int clear(struct carries *carries, int64_t count)
{
    if (count > carries->capacity) {
        uint8_t *bits = realloc(carries->bits, (size_t)count);
        if (bits == NULL)
            return 0;
        carries->bits = bits;
        carries->capacity = count;
    }
    if (count > 0)
        memset(carries->bits, 0, (size_t)count);
    return 1;
}

/* Length of the longest common subsequence of a laid out row and another; -1 for want of memory. */
static int64_t common(const struct pattern *pattern, const uint64_t *other, int64_t size,
                      struct carries *carries)
{
    int64_t count = blocks_of(pattern->size), found = 0;
    if (count > 1 && !clear(carries, size))
        return -1;
    for (int64_t k = 0; k < count; k++) {
        uint64_t open = ~(uint64_t)0; /* a zero for each place that ends a longer subsequence */
        for (int64_t j = 0; j < size; j++) {
            uint64_t same = open & places_of(pattern->blocks + k, other[j]);
            uint64_t sum = open + same, carried = count > 1 ? carries->bits[j] : 0;
            uint64_t total = sum + carried;
            if (count > 1)
                carries->bits[j] = (uint8_t)((sum < open) | (total < sum));
            open = total | (open & ~same);
        }
        found += ones(~open);
    }
    return found;
}

/* --- rows of at most 256 tokens, all of whose words are at hand at once ------------------------- */

static unsigned find_slot(const struct short_pattern *pattern, uint64_t token)
{
    unsigned last = (1u << (64 - pattern->shift)) - 1;
    unsigned slot = (unsigned)(token * 0x9E3779B97F4A7C15u >> pattern->shift);
    while (pattern->number[slot] != 0 && pattern->token[slot] != token)
        slot = (slot + 1) & last;
    return slot;
}

static void lay_out_short(struct short_pattern *pattern, const uint64_t *row, int64_t size)
{
    uint16_t count = 0;
    pattern->size = size;
    for (pattern->shift = 57; (int64_t)1 << (62 - pattern->shift) < size;)
        pattern->shift--;
    memset(pattern->number, 0, sizeof *pattern->number << (64 - pattern->shift));
    memset(pattern->places[0], 0, sizeof pattern->places[0]); /* of what the row has not */
    for (int64_t k = 0; k < size; k++) {
        unsigned slot = find_slot(pattern, row[k]);
        if (pattern->number[slot] == 0) {
            pattern->token[slot] = row[k];
            pattern->number[slot] = ++count;
            memset(pattern->places[count], 0, sizeof pattern->places[count]);
        }
        pattern->places[pattern->number[slot]][k / BLOCK] |= (uint64_t)1 << k % BLOCK;
    }
}

/* The same for a row of so many words of 64 tokens: a number that the compiler knows, so that it
   keeps all of them in registers. A token that the row has not changes nothing; that is computed
   too, for nothing could foretell it. */
static inline int64_t common_of_words(const struct short_pattern *pattern, const uint64_t *other,
                                      int64_t size, const int words)
{
    uint64_t open[WORDS] = {~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0};
    int64_t found = 0;
    for (int64_t j = 0; j < size; j++) {
        const uint64_t *places = pattern->places[pattern->number[find_slot(pattern, other[j])]];
        uint64_t carried = 0;
        for (int w = 0; w < words; w++) {
            uint64_t same = open[w] & places[w];
            uint64_t sum = open[w] + same, total = sum + carried;
            carried = (sum < open[w]) | (total < sum);
            open[w] = total | (open[w] & ~same);
        }
    }
    for (int w = 0; w < words; w++)
        found += ones(~open[w]);
    return found;
}

/* Length of the longest common subsequence of a laid out short row and any other. */
static int64_t common_short(const struct short_pattern *pattern, const uint64_t *other, int64_t size)
{
    if (pattern->size <= BLOCK)
        return common_of_words(pattern, other, size, 1);
    if (pattern->size <= 2 * BLOCK)
        return common_of_words(pattern, other, size, 2);
    return common_of_words(pattern, other, size, WORDS);
}

/* --- pairs ------------------------------------------------------------------------------------ */

/* Product of two lengths beyond which it pays to look at what two rows share at their ends first. */
#define FULL (1 << 18)

void dedup_drop(struct dedup_tools *tools)
{
    free(tools->pattern.blocks);
    free(tools->carries.bits);
    free(tools->borders);
}

static int make_borders(struct dedup_tools *tools, const uint64_t *row, int64_t size)
{
    int64_t border = 0;
    if (size > tools->capacity) {
        int64_t *borders = realloc(tools->borders, (size_t)size * sizeof *borders);
        if (borders == NULL)
            return 0;
        tools->borders = borders;
        tools->capacity = size;
    }
    tools->borders[0] = 0;
    for (int64_t k = 1; k < size; k++) {
        while (border > 0 && row[k] != row[border])
            border = tools->borders[border - 1];
        border += row[k] == row[border];
        tools->borders[k] = border;
    }
    return 1;
}

/* Say whether a row stands whole in a longer one (Knuth, Morris, Pratt); -1 for want of memory. */
static int stands_in(struct dedup_tools *tools, const uint64_t *row, int64_t size, const uint64_t *longer,
                     int64_t length)
{
    int64_t matched = 0;
    if (!make_borders(tools, row, size))
        return -1;
    for (int64_t k = 0; k < length && matched < size; k++) {
        while (matched > 0 && longer[k] != row[matched])
            matched = tools->borders[matched - 1];
        matched += longer[k] == row[matched];
    }
    return matched == size;
}

double dedup_score(int64_t common, int64_t total)
{
    return total > 0 ? 2.0 * (double)common / (double)total : 1.0;
}

/* Compare two rows of which neither stands in the other: what is in common, -1 for want of memory. */
static int64_t common_inside(struct dedup_tools *tools, const uint64_t *a, int64_t a_size,
                             const uint64_t *b, int64_t b_size)
{
    if (blocks_of(a_size) * b_size > blocks_of(b_size) * a_size) {
        const uint64_t *row = a;
        int64_t size = a_size;
        a = b, a_size = b_size, b = row, b_size = size;
    }
    if (a_size <= SHORT) {
        lay_out_short(&tools->brief, a, a_size);
        return common_short(&tools->brief, b, b_size);
    }
    if (!lay_out(&tools->pattern, a, a_size))
        return -1;
    return common(&tools->pattern, b, b_size, &tools->carries);
}

/* Compare two rows without their common ends: what is in common, -1 no memory, -2 too long. */
static int64_t common_trimmed(struct dedup_tools *tools, const uint64_t *a, int64_t a_size,
                              const uint64_t *b, int64_t b_size, int64_t most_cells)
{
    int64_t head = common_head(a, a_size, b, b_size), tail, inner;
    a += head, b += head, a_size -= head, b_size -= head;
    tail = common_tail(a, a_size, b, b_size);
    a_size -= tail, b_size -= tail;
    if (a_size == 0 || b_size == 0)
        return head + tail;
    tools->laid_out = -1;
    if (is_beyond(a_size, b_size, FULL)) {
        int stands = a_size < b_size ? stands_in(tools, a, a_size, b, b_size)
                                     : stands_in(tools, b, b_size, a, a_size);
        if (stands != 0)
            return stands < 0 ? -1 : head + tail + (a_size < b_size ? a_size : b_size);
    }
    if (is_beyond(a_size, b_size, most_cells))
        return -2;
    inner = common_inside(tools, a, a_size, b, b_size);
    return inner < 0 ? -1 : head + tail + inner;
}

/* Compare two rows. reuse: lay the left one out whole, for the next pair needs it too. */
int64_t dedup_compare(struct dedup_tools *tools, const uint64_t *values, const int64_t *starts,
                       int64_t left, int64_t right, int reuse, int64_t most_cells)
{
    const uint64_t *a = values + starts[left], *b = values + starts[right];
    int64_t a_size = starts[left + 1] - starts[left], b_size = starts[right + 1] - starts[right];
    if (is_beyond(a_size, b_size, FULL) || is_beyond(a_size, b_size, most_cells) ||
        (!reuse && tools->laid_out != left))
        return common_trimmed(tools, a, a_size, b, b_size, most_cells);
    if (tools->laid_out != left) {
        tools->laid_out = -1;
        if (a_size <= SHORT)
            lay_out_short(&tools->brief, a, a_size);
        else if (!lay_out(&tools->pattern, a, a_size))
            return -1;
        tools->laid_out = left;
    }
    if (a_size <= SHORT)
        return common_short(&tools->brief, b, b_size);
    return common(&tools->pattern, b, b_size, &tools->carries);
}

/* Two rows of numbers, one behind the other, as values. */
struct widened {
    uint64_t *values;
    int64_t capacity, starts[3];
};

/* Widen two rows; again: the left one stands there already. 0 for want of memory. */
static int widen(struct widened *pair, const uint32_t *numbers, const int64_t *starts, int64_t i,
                 int64_t j, int again)
{
    int64_t a_size = starts[i + 1] - starts[i], b_size = starts[j + 1] - starts[j];
    const uint32_t *a = numbers + starts[i], *b = numbers + starts[j];
    if (a_size > INT64_MAX / 32 || b_size > INT64_MAX / 32)
        return 0;
    if (a_size + b_size > pair->capacity) {
        int64_t capacity = 2 * (a_size + b_size);
        uint64_t *values = realloc(pair->values, (size_t)capacity * sizeof *values);
        if (values == NULL)
            return 0;
        pair->values = values;
        pair->capacity = capacity;
    }
    for (int64_t k = again ? a_size : 0; k < a_size; k++)
        pair->values[k] = a[k];
    for (int64_t k = 0; k < b_size; k++)
        pair->values[a_size + k] = b[k];
    pair->starts[1] = a_size;
    pair->starts[2] = a_size + b_size;
    return 1;
}

/* Compare two rows of numbers as `dedup_compare` does those of values. */
static int64_t compare_numbers(struct dedup_tools *tools, struct widened *pair,
                               const uint32_t *numbers, const int64_t *starts, int64_t i,
                               int64_t j, int again, int reuse, int64_t most_cells)
{
    if (!widen(pair, numbers, starts, i, j, again))
        return -1;
    if (!again)
        tools->laid_out = -1; /* another row stands in the left one's place */
    return dedup_compare(tools, pair->values, pair->starts, 0, 1, reuse, most_cells);
}

int64_t dedup_similarities(const uint64_t *values, const uint32_t *numbers, const int64_t *starts,
                           const int64_t *left, const int64_t *right, int64_t begin, int64_t end,
                           int64_t most_cells, double *out)
{
    struct dedup_tools tools = {.laid_out = -1};
    struct widened pair = {NULL, 0, {0, 0, 0}};
    int64_t found = 0, sound = begin >= 0 && end >= begin && most_cells >= 0;
    for (int64_t k = begin; sound && k < end && found != -1; k++) {
        int64_t i = left[k], j = right[k];
        int again = k > begin && left[k - 1] == i, reuse = k + 1 < end && left[k + 1] == i;
        sound = is_row(starts, i) && is_row(starts, j);
        if (!sound)
            break;
        found = values != NULL
                    ? dedup_compare(&tools, values, starts, i, j, reuse, most_cells)
                    : compare_numbers(&tools, &pair, numbers, starts, i, j, again, reuse, most_cells);
        out[k - begin] = found == -2 ? (double)NAN
                                     : dedup_score(found, starts[i + 1] - starts[i] +
                                                              (starts[j + 1] - starts[j]));
    }
    free(pair.values);
    dedup_drop(&tools);
    if (!sound)
        return DEDUP_BAD_SIZE;
    return found == -1 ? DEDUP_NO_MEMORY : 0;
}

/* --- pairs that can't be alike ----------------------------------------------------------------- */

/* Say whether two rows may be similar enough. An empty bag says nothing. */
static int bags_agree(const uint64_t *a, int64_t a_size, const uint64_t *b, int64_t b_size,
                      double threshold)
{
    static const uint64_t empty[DEDUP_BAG_WORDS];
    if (memcmp(a, empty, sizeof empty) == 0 || memcmp(b, empty, sizeof empty) == 0)
        return 1;
    return dedup_score(most_common(a, a_size, b, b_size), a_size + b_size) >= threshold;
}

int64_t dedup_may_be_similar(const uint64_t *bags, const int32_t *sizes, int64_t rows,
                             const int64_t *left, const int64_t *right, int64_t begin, int64_t end,
                             double threshold, int64_t most_cells, uint8_t *out)
{
    if (begin < 0 || end < begin || rows < 0 || most_cells < 0)
        return DEDUP_BAD_SIZE;
    for (int64_t k = begin; k < end; k++) {
        int64_t i = left[k], j = right[k];
        if (i < 0 || i >= rows || j < 0 || j >= rows || sizes[i] < 0 || sizes[j] < 0)
            return DEDUP_BAD_SIZE;
        out[k - begin] = is_beyond(sizes[i], sizes[j], most_cells) ||
                         bags_agree(bags + DEDUP_BAG_WORDS * i, sizes[i],
                                    bags + DEDUP_BAG_WORDS * j, sizes[j], threshold);
    }
    return 0;
}

/* --- all pairs -------------------------------------------------------------------------------- */

#define LONG 128      /* tokens from which on a row has too many for the bits above */
#define COUNTERS 4096 /* among which the tokens of a long row are distributed */

static unsigned counter_of(uint64_t token)
{
    return (unsigned)(token * 0x9E3779B97F4A7C15u >> 52);
}

/* The most a row can have in common with the one that is counted: counters come out as they went in. */
static int64_t most_shared(uint32_t *counters, const uint64_t *row, int64_t size)
{
    int64_t shared = 0;
    for (int64_t k = 0; k < size; k++) {
        uint32_t *counter = counters + counter_of(row[k]);
        shared += (int32_t)*counter > 0;
        --*counter;
    }
    for (int64_t k = 0; k < size; k++)
        ++counters[counter_of(row[k])];
    return shared;
}

/* What the loop over all pairs of one row needs. */
struct search {
    uint32_t *counters; /* of the tokens of a long row on the left */
    const uint64_t *values;
    const int64_t *starts;
    const uint64_t *bags; /* of the rows on the right */
    int64_t right_begin, right_end, most_cells;
    double threshold;
};

/* Count the tokens of a row, or take them off again. */
static void count_row(uint32_t *counters, const uint64_t *row, int64_t size, uint32_t step)
{
    for (int64_t k = 0; k < size; k++)
        counters[counter_of(row[k])] += step;
}

/* Say whether two rows may be similar enough, by what they have of each token. */
static int may_be_alike(const struct search *search, const uint64_t *mine, int64_t size, int64_t j)
{
    const int64_t *starts = search->starts;
    int64_t other = starts[j + 1] - starts[j], total = size + other;
    const uint64_t *theirs = search->bags + DEDUP_BAG_WORDS * (j - search->right_begin);
    if (dedup_score(most_common(mine, size, theirs, other), total) < search->threshold)
        return 0;
    if (size < LONG || other < LONG)
        return 1;
    return dedup_score(most_shared(search->counters, search->values + starts[j], other), total) >=
           search->threshold;
}

/* Find the rows on the right that are like one on the left; returns how many pairs there are then. */
static int64_t find_alike(const struct search *search, struct dedup_tools *tools, int64_t i,
                          struct dedup_pairs *pairs, int64_t count)
{
    const int64_t *starts = search->starts;
    const uint64_t *row = search->values + starts[i];
    int64_t size = starts[i + 1] - starts[i];
    uint64_t mine[DEDUP_BAG_WORDS];
    fill_bag(row, size, mine);
    if (size >= LONG)
        count_row(search->counters, row, size, 1);
    tools->laid_out = -1; /* another row may have stood at the same number */
    for (int64_t j = i < search->right_begin ? search->right_begin : i + 1;
         j < search->right_end && count >= 0; j++) {
        int64_t total = size + starts[j + 1] - starts[j], found;
        if (!may_be_alike(search, mine, size, j))
            continue;
        found = dedup_compare(tools, search->values, starts, i, j, 1, search->most_cells);
        if (found == -1)
            return DEDUP_NO_MEMORY;
        if (found >= 0 && dedup_score(found, total) < search->threshold)
            continue;
        pairs->left[count] = i;
        pairs->right[count] = j;
        pairs->similarity[count++] = found == -2 ? (double)NAN : dedup_score(found, total);
    }
    if (size >= LONG)
        count_row(search->counters, row, size, (uint32_t)-1);
    return count;
}

int64_t dedup_all_similar(const uint64_t *values, const int64_t *starts, int64_t begin, int64_t end,
                          int64_t right_begin, int64_t right_end, double threshold,
                          int64_t most_cells, struct dedup_pairs *pairs)
{
    struct dedup_tools tools = {.laid_out = -1};
    int64_t width = right_end - right_begin, count = 0, i = begin;
    uint32_t counters[COUNTERS] = {0};
    uint64_t *bags;
    if (begin < 0 || end < begin || right_begin < 0 || width < 0 || pairs->capacity < width ||
        most_cells < 0)
        return DEDUP_BAD_SIZE;
    bags = calloc((size_t)width + 1, DEDUP_BAG_WORDS * sizeof *bags);
    if (bags == NULL)
        return DEDUP_NO_MEMORY;
    struct search search = {counters,    values,    starts,     bags,
                            right_begin, right_end, most_cells, threshold};
    for (int64_t j = right_begin; j < right_end && count >= 0; j++) {
        count = is_row(starts, j) ? 0 : DEDUP_BAD_SIZE;
        if (count == 0)
            fill_bag(values + starts[j], starts[j + 1] - starts[j], bags + DEDUP_BAG_WORDS * (j - right_begin));
    }
    for (; i < end && count >= 0 && pairs->capacity - count >= width; i++)
        count = is_row(starts, i) ? find_alike(&search, &tools, i, pairs, count) : DEDUP_BAD_SIZE;
    pairs->next = i;
    free(bags);
    dedup_drop(&tools);
    return count;
}
