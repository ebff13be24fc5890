/* Find the rows of an index that have a key in a band. The newest rows are in memory, in a memtable; all
   others are in sorted runs.

   Knows: the ring of the newest rows, with a hash table of chains for each band; the runs, with Bloom
   filters that say whether a run may have a key; the entries of the slots into which a run is cut. Does
   not know: files, where slots are stored, which rows were removed.

   Row `number` stands at place `number % size` of the ring. A chain leads from newer rows to older
   ones. The caller must empty a band before new rows replace its rows in the ring. */

#include "kernel.h"

#include <string.h>

/* Bytes of a key in the entry of a slot. */
#define KEY_BYTES 3

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

/* Say whether a Bloom filter of 2**bits bits may hold a key: whether both of the key's bits are set. */
static int passes(const uint8_t *marks, int64_t bits, uint32_t key)
{
    const uint32_t one = (key * 0x9E3779B1u) >> (32 - bits), other = (key * 0x85EBCA6Bu) >> (32 - bits);
    return marks[one >> 3] >> (one & 7) & marks[other >> 3] >> (other & 7) & 1;
}

static int is_sound_run(const struct dedup_run *run)
{
    return run->slot_bits >= 1 && run->slot_bits <= 31 &&
           (run->marks == NULL || (run->mark_bits >= 3 && run->mark_bits <= 31));
}

int64_t dedup_runs_find(const struct dedup_run *runs, int64_t run_count, int64_t first_band,
                        const uint32_t *keys, int64_t bands, int64_t count,
                        const struct dedup_likely *out)
{
    int64_t found = 0;
    if (run_count < 0 || bands < 0 || count < 0)
        return DEDUP_BAD_SIZE;
    for (int64_t r = 0; r < run_count; r++) {
        const struct dedup_run *run = runs + r;
        const int64_t band = run->band - first_band;
        if (band < 0 || band >= bands)
            continue;
        if (!is_sound_run(run))
            return DEDUP_BAD_SIZE;
        for (int64_t k = band * count; k < (band + 1) * count; k++) {
            if (run->marks != NULL && !passes(run->marks, run->mark_bits, keys[k]))
                continue;
            if (found == out->capacity)
                return DEDUP_NO_ROOM;
            out->question[found] = k;
            out->run[found] = r;
            out->slot[found++] = run->first_slot + (keys[k] >> (32 - run->slot_bits));
        }
    }
    return found;
}

/* Read the number of an entry, its lowest byte first. */
static int64_t number_at(const uint8_t *bytes, int64_t width)
{
    int64_t number = 0;
    for (int64_t k = width - 1; k >= 0; k--)
        number = number << 8 | bytes[k];
    return number;
}

int64_t dedup_slots_find(const uint8_t *bodies, const int64_t *starts, const int64_t *widths,
                         const uint32_t *keys, int64_t count, const struct dedup_found *out)
{
    int64_t found = 0;
    if (count < 0)
        return DEDUP_BAD_SIZE;
    for (int64_t k = 0; k < count; k++) {
        const int64_t size = KEY_BYTES + widths[k];
        if (widths[k] < 1 || widths[k] > 7 || starts[k] > starts[k + 1])
            return DEDUP_BAD_SIZE;
        for (int64_t at = starts[k]; at <= starts[k + 1] - size; at += size) {
            const uint8_t *entry = bodies + at;
            if (entry[0] != (keys[k] & 0xFF) || entry[1] != (keys[k] >> 8 & 0xFF) ||
                entry[2] != (keys[k] >> 16 & 0xFF))
                continue;
            if (found == out->capacity)
                return DEDUP_NO_ROOM;
            out->question[found] = k;
            out->number[found++] = number_at(entry + KEY_BYTES, widths[k]);
        }
    }
    return found;
}
