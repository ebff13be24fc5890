/* Who has a key in a band: the newest rows of an index in memory, and filters of all others.

   Knows: a ring of rows with a hash table of chains for each band, and Bloom filters with two hashes.
   Does not know: files, which rows are still there.

   Row `number` stands at `number % size` of the ring. Chains lead from newer rows to older ones;
   whoever fills the ring empties a band before its rows are written over. */

#include "kernel.h"

#include <string.h>

static int is_sound_table(const struct dedup_memtable *table, int64_t first_band, int64_t bands,
                          int64_t count)
{
    return table->size > 0 && (table->size & (table->size - 1)) == 0 && table->size <= 1 << 30 &&
           table->bands >= 0 && first_band >= 0 && bands >= 0 && count >= 0 &&
           bands <= table->bands - first_band && count <= table->size;
}

int64_t dedup_memtable_add(struct dedup_memtable *table, int64_t first, const uint32_t *keys,
                           const uint8_t *held, int64_t count)
{
    const int64_t mask = table->size - 1;
    if (!is_sound_table(table, 0, table->bands, count) || first < 0 || first > INT64_MAX - count)
        return DEDUP_BAD_SIZE;
    for (int64_t b = 0; b < table->bands; b++) {
        const int64_t base = b * table->size;
        for (int64_t r = 0; r < count; r++) {
            const int64_t place = (first + r) & mask, key = keys[b * count + r];
            table->held[base + place] = held[b * count + r] != 0;
            if (!held[b * count + r])
                continue;
            table->keys[base + place] = (uint32_t)key;
            table->next[base + place] = table->heads[base + (key & mask)];
            table->heads[base + (key & mask)] = (uint32_t)place + 1;
        }
    }
    table->end = first + count;
    return 0;
}

int64_t dedup_memtable_find(const struct dedup_memtable *table, int64_t first_band,
                            const uint32_t *keys, int64_t bands, int64_t count,
                            const struct dedup_found *out)
{
    const int64_t mask = table->size - 1, last = table->end - 1;
    int64_t found = 0;
    if (!is_sound_table(table, first_band, bands, 0) || count < 0)
        return DEDUP_BAD_SIZE;
    for (int64_t k = 0; k < bands * count; k++) {
        const int64_t base = (first_band + k / count) * table->size;
        uint32_t place = table->heads[base + (keys[k] & mask)];
        for (int64_t steps = 0; place && place <= table->size && steps < table->size; steps++) {
            if (table->keys[base + place - 1] == keys[k]) {
                if (found == out->capacity)
                    return DEDUP_NO_ROOM;
                out->question[found] = k;
                out->number[found++] = last - ((last - (place - 1)) & mask);
            }
            place = table->next[base + place - 1];
        }
    }
    return found;
}

/* Whether a filter of 2**bits places has both marks of a key. */
static int passes(const uint8_t *marks, uint32_t shift, uint32_t key)
{
    const uint32_t one = (key * 0x9E3779B1u) >> shift, other = (key * 0x85EBCA6Bu) >> shift;
    return marks[one >> 3] >> (one & 7) & marks[other >> 3] >> (other & 7) & 1;
}

int64_t dedup_filters_pass(const struct dedup_filters *filters, int64_t first_band,
                           const uint32_t *keys, int64_t bands, int64_t count, int64_t *out)
{
    int64_t found = 0;
    if (first_band < 0 || bands < 0 || count < 0 || bands > filters->bands - first_band)
        return DEDUP_BAD_SIZE;
    for (int64_t b = 0; b < bands; b++) {
        const uint32_t shift = filters->shifts[first_band + b];
        const uint8_t *marks = filters->marks + (first_band + b) * filters->stride;
        if (shift < 2 || shift > 31 || (int64_t)1 << (32 - shift) > 8 * filters->stride)
            return DEDUP_BAD_SIZE;
        for (int64_t k = b * count; k < (b + 1) * count; k++)
            if (passes(marks, shift, keys[k]))
                out[found++] = k;
    }
    return found;
}
