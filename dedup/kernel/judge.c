/* Edited copy or variant: whether the words that differ in two similar texts state other facts.

   The rule:

   1. Align the texts by their tokens. Each stretch in which they differ gets one reading, from the
      words that stand there, as they are written (`read_stretch`).
   2. If the same words replace the same words in several stretches, or if words of one text stand
      elsewhere in the other text, these stretches get a reading that says so (`compare_run`).
   3. The score is the sum of the weights of the readings and of the pair as a whole. The weight of a
      reading is multiplied by the logarithm of the number of stretches that have it, so that one
      more of many changes little.
   4. The pair is a variant if the score is at least the border. Texts without a difference are not.

   Knows: this rule. Does not know: the weights, which readings are facts or edits, words of any
   language; the caller passes all of these. All numbers are integers, so every machine gives the
   same answer. */

#include "judging.h"
#include "hashes.h"

#define SIDE 12  /* the most words of one side of a stretch whose words are looked at */
#define FEW 4    /* the most words among which a negation or a longer number is looked for */
#define TERM 3   /* the most words with content of a term */
#define PASSAGE 5 /* the most words of a short addition */
#define PARTS 64 /* the value of a feature is a multiple of 1 / PARTS */

/* The two texts of a pair, and their tokens. */
struct side {
    struct text text;
    const uint64_t *values;
    const int64_t *begin, *end;
    uint16_t *known;
    int64_t count;
};

struct pair {
    const struct dedup_judge *judge;
    struct side side[2];
};

/* The words of a stretch on one side; `kept`: the words that no step has dropped yet. */
struct words {
    struct word word[SIDE];
    const struct word *kept[SIDE];
    int64_t count, kept_count;
};

/* log2 of a number that is 1 or more, in 64ths, interpolated between the powers of two. */
static int64_t magnitude(int64_t number)
{
    int64_t power = 0;
    while (number >> power > 1)
        power++;
    return PARTS * power + (power > 6 ? number >> (power - 6) : number << (6 - power)) - PARTS;
}

static void look_at_words(const struct pair *pair, int number, const struct stretch *stretch,
                          struct words *words)
{
    const struct side *side = pair->side + number;
    words->count = stretch->end[number] - stretch->begin[number];
    words->kept_count = words->count;
    for (int64_t k = 0; k < words->count; k++) {
        int64_t at = stretch->begin[number] + k;
        look_at_word(words->word + k, pair->judge->lexicon, &side->text, side->begin[at],
                     side->end[at], side->values[at], side->known + at);
        words->kept[k] = words->word + k;
    }
}

static void drop_functions(struct words *words)
{
    int64_t kept = 0;
    for (int64_t k = 0; k < words->kept_count; k++)
        if (!words->kept[k]->is_function)
            words->kept[kept++] = words->kept[k];
    words->kept_count = kept;
}

static int64_t count_numbers(const struct words *words)
{
    int64_t count = 0;
    for (int64_t k = 0; k < words->kept_count; k++)
        count += words->kept[k]->is_number;
    return count;
}

static void drop_numbers(struct words *words)
{
    int64_t kept = 0;
    for (int64_t k = 0; k < words->kept_count; k++)
        if (!words->kept[k]->is_number)
            words->kept[kept++] = words->kept[k];
    words->kept_count = kept;
}

static enum mark highest_mark(const struct words *words)
{
    enum mark highest = PLAIN_WORD;
    for (int64_t k = 0; k < words->kept_count; k++)
        if (words->kept[k]->mark > highest)
            highest = words->kept[k]->mark;
    return highest;
}

/* Drop the words that stand on the other side too, perhaps in another spelling. */
static void drop_alike(struct words *a, struct words *b)
{
    int64_t left = 0;
    for (int64_t k = 0; k < a->kept_count; k++) {
        int64_t found = 0;
        while (found < b->kept_count && !are_alike(a->kept[k], b->kept[found]))
            found++;
        if (found == b->kept_count) {
            a->kept[left++] = a->kept[k];
            continue;
        }
        b->kept_count--;
        for (int64_t rest = found; rest < b->kept_count; rest++)
            b->kept[rest] = b->kept[rest + 1];
    }
    a->kept_count = left;
}

/* Hash the kept words of both sides, in their order. */
static uint64_t key_of(const struct words *a, const struct words *b)
{
    uint64_t key = 1;
    for (int side = 0; side < 2; side++) {
        const struct words *words = side ? b : a;
        for (int64_t k = 0; k < words->kept_count; k++) {
            for (int64_t at = 0; at < words->kept[k]->size; at++)
                key = mix64(key + words->kept[k]->form[at]);
            key = mix64(key + 256);
        }
        key = mix64(key + 257);
    }
    return key | 1;
}

/* Say whether both sides have the same letters, if the words of each are joined. */
static int have_same_bytes(const struct words *a, const struct words *b)
{
    int64_t k = 0, at = 0;
    for (int64_t j = 0; j < b->count; j++)
        for (int64_t i = 0; i < b->word[j].size; i++) {
            while (k < a->count && at == a->word[k].size)
                k++, at = 0;
            if (k == a->count || a->word[k].form[at++] != b->word[j].form[i])
                return 0;
        }
    while (k < a->count && at == a->word[k].size)
        k++, at = 0;
    return k == a->count;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* List the values of the numbers, sorted, and their units in the order of the text. */
static int64_t list_numbers(const struct words *words, uint64_t *values, uint64_t *units)
{
    int64_t count = 0;
    for (int64_t k = 0; k < words->kept_count; k++)
        if (words->kept[k]->is_number) {
            values[count] = value_of(words->kept[k]);
            units[count++] = unit_of(words->kept[k]);
        }
    qsort(values, (size_t)count, sizeof *values, by_value);
    return count;
}

/* Say whether the numbers of two sides differ in their values or in the units after them. */
static int differ_in_numbers(const struct words *a, const struct words *b)
{
    uint64_t values[2][SIDE], units[2][SIDE];
    int64_t count = list_numbers(a, values[0], units[0]);
    int unlike = 0, lacking = 0;
    if (count != list_numbers(b, values[1], units[1]))
        return 1;
    for (int64_t k = 0; k < count; k++) {
        if (values[0][k] != values[1][k])
            return 1;
        unlike |= units[0][k] != units[1][k];
        lacking |= units[0][k] == 0 || units[1][k] == 0;
    }
    return unlike && !lacking;
}

static const struct word *first_number(const struct words *words)
{
    for (int64_t k = 0; k < words->kept_count; k++)
        if (words->kept[k]->is_number)
            return words->kept[k];
    return NULL;
}

/* Say whether all numbers have two bytes at most. */
static int are_small(const struct words *words)
{
    for (int64_t k = 0; k < words->kept_count; k++)
        if (words->kept[k]->is_number && words->kept[k]->size > 2)
            return 0;
    return 1;
}

/* Read a stretch that only one text has. */
static int read_added(const struct pair *pair, int number, const struct stretch *stretch)
{
    const struct text *text = &pair->side[number].text;
    struct words words;
    int64_t begin, end;
    int numbers = 1, link;
    if (stretch->end[number] - stretch->begin[number] > SIDE)
        return DEDUP_ADDED_LONG;
    look_at_words(pair, number, stretch, &words);
    begin = words.word[0].begin, end = words.word[words.count - 1].end;
    link = is_in_link(text, begin);
    for (int64_t k = 0; k < words.count; k++)
        numbers &= words.word[k].is_number && words.word[k].numeral == 0;
    if (words.count <= FEW && numbers && lengthens(text, begin, end))
        return link ? DEDUP_LINK : DEDUP_NUMBER;
    if (words.count <= 2 && negates(words.word, words.count))
        return DEDUP_NEGATED;
    if (link)
        return DEDUP_LINK;
    drop_functions(&words);
    if (words.kept_count == 0)
        return DEDUP_ADDED_FUNCTION;
    if (words.kept_count > TERM || words.count > PASSAGE)
        return DEDUP_ADDED_LONG;
    if (stretch->begin[number] == 0)
        return DEDUP_ADDED_HEAD;
    if (count_numbers(&words) == words.kept_count || highest_mark(&words) != PLAIN_WORD)
        return DEDUP_ADDED_NAME;
    return DEDUP_ADDED_WORDS;
}

/* Read words with content, and without numbers, that replace each other. */
static int read_content(const struct words *a, const struct words *b)
{
    enum mark mark = highest_mark(a), other = highest_mark(b);
    int lone = a->kept_count == 1 && b->kept_count == 1, as_many = a->count == b->count;
    if (mark != PLAIN_WORD && other != PLAIN_WORD) {
        if (mark == IDENTIFIER || other == IDENTIFIER)
            return DEDUP_CODE;
        return lone && is_one_slip(a->kept[0], b->kept[0]) ? DEDUP_WORD : DEDUP_NAME;
    }
    if (mark != PLAIN_WORD || other != PLAIN_WORD)
        return DEDUP_HALF_NAME;
    if (lone)
        return as_many ? DEDUP_WORD : DEDUP_PHRASE;
    if (a->kept_count > TERM || b->kept_count > TERM)
        return DEDUP_REWORDED;
    if (a->kept_count == b->kept_count && as_many)
        return DEDUP_WORDS;
    if (a->kept_count == a->count && b->kept_count == b->count)
        return DEDUP_TERM;
    return DEDUP_PHRASE;
}

/* Read words that replace each other if one side has nothing but function words. */
static int read_without_content(const struct words *a, const struct words *b, int link)
{
    int64_t left = a->kept_count + b->kept_count;
    int few = a->count <= FEW && b->count <= FEW && left <= 1;
    if (few && negates(a->word, a->count) != negates(b->word, b->count))
        return DEDUP_NEGATED;
    if (left == 0)
        return DEDUP_FUNCTION;
    if (link)
        return DEDUP_LINK;
    return highest_mark(a->kept_count ? a : b) == PLAIN_WORD ? DEDUP_PRONOUN : DEDUP_PRONOUN_NAME;
}

/* Read words that replace each other if both sides have numbers, and these differ. The stretch has no
   key if the number was misread or is the number of the paragraph: these don't recur elsewhere. */
static int read_numbers(const struct pair *pair, struct stretch *stretch, const struct words *a,
                        const struct words *b, int link)
{
    int early = stretch->begin[0] < 2 && stretch->begin[1] < 2;
    int one_each = a->count == 1 && b->count == 1;
    if (count_numbers(a) == 1 && count_numbers(b) == 1 &&
        is_misread(first_number(a), first_number(b))) {
        stretch->key = 0;
        return DEDUP_SPELLING;
    }
    if (link) {
        stretch->is_on_the_way = is_on_the_way(&pair->side[0].text, a->word[0].begin,
                                               a->word[a->count - 1].end);
        return DEDUP_LINK_NUMBER;
    }
    if (early && one_each && are_small(a) && are_small(b)) {
        stretch->key = 0;
        return DEDUP_LABEL;
    }
    return DEDUP_NUMBER;
}

/* Read words that replace each other. What decides is the words that are left when words with the
   same meaning on both sides and function words are dropped. */
static int read_replaced(const struct pair *pair, struct stretch *stretch)
{
    const struct text *text = &pair->side[0].text, *other = &pair->side[1].text;
    struct words a, b;
    int link;
    look_at_words(pair, 0, stretch, &a);
    look_at_words(pair, 1, stretch, &b);
    link = is_in_link(text, a.word[0].begin) && is_in_link(other, b.word[0].begin);
    write_out(a.word, a.count);
    write_out(b.word, b.count);
    if (have_same_bytes(&a, &b))
        return is_grouped(text, a.word, a.count) && is_grouped(other, b.word, b.count)
                   ? DEDUP_SPACING
                   : DEDUP_NUMBER;
    drop_alike(&a, &b);
    if (a.kept_count + b.kept_count == 0)
        return DEDUP_SPELLING;
    drop_functions(&a);
    drop_functions(&b);
    if (a.kept_count == 0 || b.kept_count == 0)
        return read_without_content(&a, &b, link);
    if (pair->judge->noisy && much_the_same(a.kept, a.kept_count, b.kept, b.kept_count))
        return DEDUP_SPELLING;
    stretch->key = key_of(&a, &b);
    if (count_numbers(&a) > 0 && count_numbers(&b) > 0) {
        if (differ_in_numbers(&a, &b))
            return read_numbers(pair, stretch, &a, &b, link);
        drop_numbers(&a);
        drop_numbers(&b);
        if (a.kept_count == 0 || b.kept_count == 0) {
            stretch->key = 0;
            return a.kept_count + b.kept_count == 0 ? DEDUP_SPELLING : DEDUP_PRONOUN;
        }
    }
    if (link)
        return DEDUP_LINK;
    if (count_numbers(&a) > 0 || count_numbers(&b) > 0)
        return DEDUP_HALF_NUMBER;
    return read_content(&a, &b);
}

/* Read a stretch by itself. If only one text has words there, the key is their hash, in any order. */
static void read_stretch(const struct pair *pair, struct stretch *stretch)
{
    int64_t sizes[2];
    stretch->key = 0;
    stretch->is_on_the_way = 0;
    for (int number = 0; number < 2; number++)
        sizes[number] = stretch->end[number] - stretch->begin[number];
    if (sizes[0] > 0 && sizes[1] > 0) {
        stretch->reading = sizes[0] > SIDE || sizes[1] > SIDE ? DEDUP_REWRITTEN
                                                              : read_replaced(pair, stretch);
        return;
    }
    int number = sizes[0] == 0;
    stretch->reading = read_added(pair, number, stretch);
    for (int64_t at = stretch->begin[number]; at < stretch->end[number]; at++)
        stretch->key += mix64(pair->side[number].values[at]);
}

/* --- comparing stretches ---------------------------------------------------------------------- */

/* The sort of a stretch: 0 for a replacement, 1 for words that only the first text has, 2 for words
   that only the second one has. */
static int sort_of(const struct stretch *stretch)
{
    int first = stretch->end[0] > stretch->begin[0], second = stretch->end[1] > stretch->begin[1];
    return first && second ? 0 : first ? 1 : 2;
}

static int by_key(const void *a, const void *b)
{
    const struct stretch *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if (sort_of(x) != sort_of(y))
        return sort_of(x) < sort_of(y) ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Say whether the words of one side are one or two small numbers. These never count as moved. */
static int is_small_number(const struct pair *pair, int number, const struct stretch *stretch)
{
    struct words words;
    if (stretch->end[number] - stretch->begin[number] > 2)
        return 0;
    look_at_words(pair, number, stretch, &words);
    for (int64_t k = 0; k < words.count; k++)
        if (words.word[k].size > 3 || !words.word[k].is_number || words.word[k].numeral != 0)
            return 0;
    return 1;
}

/* Read again the stretches from `begin` to before `end` of the sorted ones, which have one key: a
   replacement recurs, and words that each text has alone were moved. */
static void compare_run(struct judging *tools, const struct pair *pair, int64_t begin, int64_t end)
{
    struct stretch *all = tools->stretches;
    const struct stretch *run = tools->sorted;
    int64_t replaced = begin, taken;
    while (replaced < end && sort_of(run + replaced) == 0)
        replaced++;
    for (int64_t k = begin; k < replaced && replaced - begin > 1 && run[k].key != 0; k++)
        if (run[k].reading != DEDUP_LINK && run[k].reading != DEDUP_LINK_NUMBER)
            all[run[k].number].reading = DEDUP_RECURS;
    taken = replaced;
    while (taken < end && sort_of(run + taken) == 1)
        taken++;
    if (taken == replaced || taken == end || is_small_number(pair, 1, run + taken))
        return;
    /* If the first text has the words several times, the last of these stretches counts as moved. */
    all[run[taken - 1].number].reading = DEDUP_MOVED;
    for (int64_t k = taken; k < end; k++)
        all[run[k].number].reading = DEDUP_MOVED;
}

/* Say whether any two stretches have the same key. */
static int share_key(const struct judging *tools)
{
    for (int64_t k = 1; k < tools->count; k++)
        for (int64_t j = 0; j < k; j++)
            if (tools->stretches[j].key == tools->stretches[k].key)
                return 1;
    return 0;
}

/* If another part of a link differs too, the link has another target. Then a number in the path of a
   link is read as part of the target, and not as a number. */
static void follow_links(struct judging *tools)
{
    int moved = 0;
    for (int64_t k = 0; k < tools->count; k++)
        moved |= tools->stretches[k].reading == DEDUP_LINK;
    for (int64_t k = 0; k < tools->count && moved; k++)
        if (tools->stretches[k].reading == DEDUP_LINK_NUMBER && tools->stretches[k].is_on_the_way)
            tools->stretches[k].reading = DEDUP_LINK;
}

static void compare_stretches(struct judging *tools, const struct pair *pair)
{
    if (tools->count < 2)
        return;
    if (tools->count <= FEW && !share_key(tools))
        return;
    memcpy(tools->sorted, tools->stretches, (size_t)tools->count * sizeof *tools->sorted);
    qsort(tools->sorted, (size_t)tools->count, sizeof *tools->sorted, by_key);
    for (int64_t begin = 0, end; begin < tools->count; begin = end) {
        end = begin + 1;
        while (end < tools->count && tools->sorted[end].key == tools->sorted[begin].key)
            end++;
        if (end - begin > 1)
            compare_run(tools, pair, begin, end);
    }
}

/* --- pairs ------------------------------------------------------------------------------------ */

static int has_bit(uint64_t bits, int reading)
{
    return (int)(bits >> reading & 1);
}

/* The logarithm of the tokens of two texts, bounded: the weights were fitted on pairs of 15 to 511. */
static int64_t length_of(int64_t tokens)
{
    int64_t length = magnitude(1 + tokens) - 6 * PARTS;
    return length < -2 * PARTS ? -2 * PARTS : length > 3 * PARTS ? 3 * PARTS : length;
}

static void count_features(const struct judging *tools, const struct pair *pair, int64_t *features)
{
    const struct dedup_judge *judge = pair->judge;
    int64_t counts[DEDUP_READINGS] = {0}, replaced = 0, facts = 0, edits = 0, lone = 0;
    for (int64_t k = 0; k < tools->count; k++) {
        int reading = tools->stretches[k].reading;
        counts[reading]++;
        replaced += has_bit(judge->replaced, reading);
        facts += has_bit(judge->facts, reading);
        edits += has_bit(judge->edits, reading);
        lone += sort_of(tools->stretches + k) != 0;
    }
    for (int reading = 0; reading < DEDUP_READINGS; reading++)
        features[reading] = magnitude(1 + counts[reading]);
    features[DEDUP_BIAS] = PARTS;
    features[DEDUP_ALL_REPLACED] = PARTS * (tools->count > 0 && replaced == tools->count);
    features[DEDUP_ONE_SIDED] = PARTS * (lone == tools->count);
    features[DEDUP_REPLACED] = PARTS * (replaced > 0);
    features[DEDUP_FACT] = PARTS * (facts > 0);
    features[DEDUP_EDIT] = PARTS * (edits > 0);
    features[DEDUP_MORE_EDITS] = magnitude(1 + edits);
    features[DEDUP_LENGTH] = length_of(pair->side[0].count + pair->side[1].count);
}

static int make_room(struct judging *tools, int64_t size)
{
    int64_t *blocks;
    struct stretch *stretches;
    if (size <= tools->capacity)
        return 1;
    if (size > INT64_MAX / 4 / (int64_t)sizeof *stretches)
        return 0;
    size += size / 2;
    blocks = realloc(tools->blocks.left, (size_t)(3 * size + 2) * sizeof *blocks);
    if (blocks == NULL)
        return 0;
    tools->blocks.left = blocks;
    tools->blocks.right = blocks + size;
    tools->blocks.size = blocks + 2 * size;
    tools->blocks.starts = blocks + 3 * size;
    tools->blocks.capacity = size;
    stretches = realloc(tools->stretches, (size_t)(2 * size) * sizeof *stretches);
    if (stretches == NULL)
        return 0;
    tools->stretches = stretches;
    tools->sorted = stretches + size;
    tools->capacity = size;
    return 1;
}

/* Find the stretches in which the texts differ: those between the common blocks. */
static int64_t find_stretches(struct judging *tools, const struct pair *pair)
{
    const struct side *a = pair->side, *b = pair->side + 1;
    struct writer writer = {&tools->blocks, 0, 0};
    int64_t from[2] = {0, 0};
    uint8_t whole;
    int64_t result;
    if (!make_room(tools, (a->count < b->count ? a->count : b->count) + 1))
        return DEDUP_NO_MEMORY;
    result = dedup_align_pair(&tools->aligner, a->values, a->count, b->values, b->count,
                              pair->judge->most_cells, &writer, &whole);
    if (result < 0)
        return result;
    tools->count = 0;
    for (int64_t k = 0; k <= writer.count; k++) {
        int is_last = k == writer.count;
        int64_t left = is_last ? a->count : tools->blocks.left[k];
        int64_t right = is_last ? b->count : tools->blocks.right[k];
        if (left > from[0] || right > from[1]) {
            struct stretch *stretch = tools->stretches + tools->count;
            *stretch = (struct stretch){{from[0], from[1]}, {left, right}, 0, tools->count, 0, 0};
            tools->count++;
        }
        if (!is_last) {
            from[0] = left + tools->blocks.size[k];
            from[1] = right + tools->blocks.size[k];
        }
    }
    return 0;
}

static struct side side_of(const struct dedup_page *page, uint16_t *known, int64_t row)
{
    int64_t start = page->normal_starts[row], first = page->starts[row];
    struct side side = {
        {page->normal + start, page->cased + start, page->normal_starts[row + 1] - 1 - start},
        page->values + first, page->begin + first, page->end + first, known + first,
        page->starts[row + 1] - first,
    };
    return side;
}

int dedup_begin_judging(struct judging *tools, const struct dedup_page *page)
{
    tools->known = calloc((size_t)page->starts[page->rows] + 1, sizeof *tools->known);
    return tools->known != NULL;
}

/* Say whether a text comes after another one in the order of their bytes. */
static int is_after(const struct text *a, const struct text *b)
{
    int64_t size = a->size < b->size ? a->size : b->size;
    int order = memcmp(a->cased, b->cased, (size_t)size);
    return order > 0 || (order == 0 && a->size > b->size);
}

int64_t dedup_read_pair(struct judging *tools, const struct dedup_page *page,
                        const struct dedup_judge *judge, int64_t left, int64_t right,
                        int64_t *features, int *turned)
{
    struct pair pair = {
        judge, {side_of(page, tools->known, left), side_of(page, tools->known, right)}
    };
    int64_t result;
    *turned = is_after(&pair.side[0].text, &pair.side[1].text);
    if (*turned) {
        struct side spare = pair.side[0];
        pair.side[0] = pair.side[1];
        pair.side[1] = spare;
    }
    result = find_stretches(tools, &pair);
    if (result < 0)
        return result;
    for (int64_t k = 0; k < tools->count; k++)
        read_stretch(&pair, tools->stretches + k);
    follow_links(tools);
    compare_stretches(tools, &pair);
    count_features(tools, &pair, features);
    return tools->count;
}

static int64_t score_of(const struct judging *tools, const struct dedup_judge *judge,
                        const int64_t *features)
{
    int64_t score = 0;
    if (tools->count == 0)
        return INT64_MIN;
    for (int k = 0; k < DEDUP_FEATURES; k++)
        score += judge->weights[k] * features[k];
    return score;
}

int64_t dedup_is_variant(struct judging *tools, const struct dedup_page *page,
                         const struct dedup_judge *judge, int64_t left, int64_t right)
{
    int64_t features[DEDUP_FEATURES];
    int turned;
    int64_t result = dedup_read_pair(tools, page, judge, left, right, features, &turned);
    if (result < 0)
        return result;
    return result > 0 && score_of(tools, judge, features) >= judge->border;
}

void dedup_drop_judging(struct judging *tools)
{
    dedup_drop_aligner(&tools->aligner);
    free(tools->blocks.left);
    free(tools->stretches);
    free(tools->known);
}

/* Say whether starts are not negative and each is larger than the one before by `apart` at least. */
static int are_rising(const int64_t *starts, int64_t rows, int64_t apart)
{
    if (starts[0] < 0)
        return 0;
    for (int64_t k = 0; k < rows; k++)
        if (starts[k + 1] < starts[k] + apart)
            return 0;
    return 1;
}

int dedup_is_sound_page(const struct dedup_page *page)
{
    if (page->rows < 0 || !are_rising(page->normal_starts, page->rows, 1) ||
        !are_rising(page->starts, page->rows, 0))
        return 0;
    for (int64_t r = 0; r < page->rows; r++) {
        int64_t size = page->normal_starts[r + 1] - 1 - page->normal_starts[r], last = 0;
        for (int64_t t = page->starts[r]; t < page->starts[r + 1]; t++) {
            if (page->begin[t] < last || page->end[t] <= page->begin[t] || page->end[t] > size)
                return 0;
            last = page->end[t];
        }
    }
    return 1;
}

/* Write the stretches of a pair, the left text's side first. Returns 0 or an error. */
static int64_t write_stretches(const struct judging *tools, int turned, int64_t at,
                               const struct dedup_judged *out)
{
    if (at + tools->count > out->capacity)
        return DEDUP_NO_ROOM;
    for (int64_t k = 0; k < tools->count; k++) {
        const struct stretch *stretch = tools->stretches + k;
        int64_t *bounds = out->stretches + 4 * (at + k);
        for (int number = 0; number < 2; number++) {
            bounds[2 * number] = stretch->begin[number ^ turned];
            bounds[2 * number + 1] = stretch->end[number ^ turned];
        }
        out->readings[at + k] = (uint8_t)stretch->reading;
    }
    return 0;
}

int64_t dedup_judge(const struct dedup_page *page, const struct dedup_judge *judge,
                    const int64_t *left, const int64_t *right, int64_t begin, int64_t end,
                    const struct dedup_judged *out)
{
    struct judging tools = {.capacity = 0};
    int64_t result = 0, stretches = 0;
    if (begin < 0 || end < begin || judge->most_cells < 0 || !dedup_is_sound_page(page))
        return DEDUP_BAD_SIZE;
    if (!dedup_begin_judging(&tools, page))
        result = DEDUP_NO_MEMORY;
    for (int64_t k = begin; k < end && result >= 0; k++) {
        int64_t features[DEDUP_FEATURES];
        int turned;
        if (left[k] < 0 || left[k] >= page->rows || right[k] < 0 || right[k] >= page->rows) {
            result = DEDUP_BAD_SIZE;
            break;
        }
        result = dedup_read_pair(&tools, page, judge, left[k], right[k], features, &turned);
        if (result < 0)
            break;
        if (out->scores != NULL)
            out->scores[k - begin] = score_of(&tools, judge, features);
        if (out->features != NULL)
            memcpy(out->features + (k - begin) * DEDUP_FEATURES, features, sizeof features);
        if (out->stretches != NULL) {
            out->starts[k - begin] = stretches;
            result = write_stretches(&tools, turned, stretches, out);
            stretches += tools.count;
        }
    }
    if (out->stretches != NULL && result >= 0)
        out->starts[end - begin] = stretches;
    dedup_drop_judging(&tools);
    return result < 0 ? result : stretches;
}
