/* Which rows share a key, and which pairs of them are worth comparing.

   Knows: packed integers, key << 32 | row; in how many places sketches agree. Does not know: what a
   key is made of, who is kept. */

#include "kernel.h"
#include "walk.h"

#define DIGIT 11
#define DIGITS (1 << DIGIT)
#define PASSES 6 /* times eleven bits are 64 and more */

/* Sort by one digit, keeping the order of equal ones; 0 where all have the same digit. */
static int sort_by_digit(const uint64_t *from, uint64_t *to, int64_t count, int shift)
{
    int64_t place[DIGITS] = {0}, next = 0;
    for (int64_t k = 0; k < count; k++)
        place[from[k] >> shift & (DIGITS - 1)]++;
    if (place[from[0] >> shift & (DIGITS - 1)] == count)
        return 0;
    for (int digit = 0; digit < DIGITS; digit++) {
        int64_t many = place[digit];
        place[digit] = next;
        next += many;
    }
    for (int64_t k = 0; k < count; k++)
        to[place[from[k] >> shift & (DIGITS - 1)]++] = from[k];
    return 1;
}

/* Sort rising; the result stands in `packed`. */
static void sort(uint64_t *packed, uint64_t *spare, int64_t count)
{
    uint64_t *from = packed, *to = spare, *other;
    for (int pass = 0; pass < PASSES; pass++) {
        if (!sort_by_digit(from, to, count, pass * DIGIT))
            continue;
        other = from;
        from = to;
        to = other;
    }
    if (from != packed)
        memcpy(packed, from, (size_t)count * sizeof *packed);
}

int64_t dedup_buckets(uint64_t *packed, uint64_t *spare, int64_t count, uint32_t *rows,
                      int64_t *sizes, int64_t *buckets)
{
    int64_t members = 0, found = 0;
    if (count < 0 || count > INT64_MAX / (int64_t)sizeof *packed)
        return DEDUP_BAD_SIZE;
    if (count > 0)
        sort(packed, spare, count);
    for (int64_t begin = 0, end; begin < count; begin = end) {
        uint64_t key = packed[begin] >> 32;
        for (end = begin + 1; end < count && packed[end] >> 32 == key; end++)
            ;
        if (end - begin < 2)
            continue;
        for (int64_t k = begin; k < end; k++)
            rows[members++] = (uint32_t)packed[k];
        sizes[found++] = end - begin;
    }
    *buckets = found;
    return members;
}

int64_t dedup_pack(const uint32_t *keys, int64_t key_count, const int64_t *rows, int64_t count,
                   uint64_t *packed)
{
    if (count < 0 || !are_within(rows, count, 0, key_count))
        return DEDUP_BAD_SIZE;
    for (int64_t k = 0; k < count; k++)
        packed[k] = (uint64_t)keys[rows[k]] << 32 | (uint64_t)k;
    return 0;
}

/* List the pairs of one bucket that agree enough; returns how many pairs there are then. */
static int64_t list_pairs(const uint32_t *members, int64_t size, const struct dedup_look *look,
                          uint64_t *pairs, int64_t count)
{
    const int64_t words = look->words;
    for (int64_t i = 0; i < size; i++) {
        const uint64_t *mine = look->sketches + words * members[i];
        for (int64_t j = i + 1; j < size; j++) {
            const uint64_t *theirs = look->sketches + words * members[j];
            if (words == 0 || shared_places(words, mine, theirs) >= look->least)
                pairs[count++] = (uint64_t)members[i] << 32 | members[j];
        }
    }
    return count;
}

int64_t dedup_bucket_pairs(const uint32_t *rows, const int64_t *starts, int64_t begin, int64_t end,
                           const struct dedup_look *look, struct dedup_proposals *out)
{
    int64_t count = 0, bucket = begin;
    if (begin < 0 || end < begin || look->words < 0 || out->capacity < 0)
        return DEDUP_BAD_SIZE;
    for (; bucket < end; bucket++) {
        int64_t first = starts[bucket], size = starts[bucket + 1] - first;
        if (first < 0 || size < 0 || size > INT32_MAX)
            return DEDUP_BAD_SIZE;
        if (out->capacity - count < size * (size - 1) / 2)
            break;
        for (int64_t k = first; look->words > 0 && k < first + size; k++)
            if (rows[k] >= look->rows)
                return DEDUP_BAD_SIZE;
        count = list_pairs(rows + first, size, look, out->pairs, count);
    }
    if (bucket == begin && begin < end)
        return DEDUP_NO_ROOM;
    out->next = bucket;
    return count;
}
