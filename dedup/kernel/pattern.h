/* A row of tokens laid out to be compared with others, 64 tokens at a time. */

#ifndef DEDUP_PATTERN_H
#define DEDUP_PATTERN_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 64 /* tokens */
#define SLOTS 128 /* of a block's table: twice its tokens */

/* Where in a block each of its tokens stands: an open hash table from token to a bit for each place. */
struct block {
    uint64_t token[SLOTS];
    uint64_t places[SLOTS];
};

/* A row laid out for comparison with many others. */
struct pattern {
    struct block *blocks;
    int64_t capacity;
    int64_t size; /* tokens */
};

static inline int64_t blocks_of(int64_t size)
{
    return (size + BLOCK - 1) / BLOCK;
}

static inline unsigned slot_of(uint64_t token)
{
    return (unsigned)(token * 0x9E3779B97F4A7C15u >> 57);
}

static inline void fill(struct block *block, const uint64_t *tokens, int64_t count)
{
    memset(block->places, 0, sizeof block->places);
    for (int64_t k = 0; k < count; k++) {
        unsigned slot = slot_of(tokens[k]);
        while (block->places[slot] != 0 && block->token[slot] != tokens[k])
            slot = (slot + 1) % SLOTS;
        block->token[slot] = tokens[k];
        block->places[slot] |= (uint64_t)1 << k;
    }
}

static inline uint64_t places_of(const struct block *block, uint64_t token)
{
    unsigned slot = slot_of(token);
    while (block->places[slot] != 0) {
        if (block->token[slot] == token)
            return block->places[slot];
        slot = (slot + 1) % SLOTS;
    }
    return 0;
}

/* Lay out a row; 0 for want of memory. */
static inline int lay_out(struct pattern *pattern, const uint64_t *row, int64_t size)
{
    int64_t count = blocks_of(size);
    if (count > pattern->capacity) {
        struct block *blocks;
        if ((uint64_t)count > SIZE_MAX / sizeof *blocks)
            return 0;
        blocks = realloc(pattern->blocks, (size_t)count * sizeof *blocks);
        if (blocks == NULL)
            return 0;
        pattern->blocks = blocks;
        pattern->capacity = count;
    }
    for (int64_t k = 0; k < count; k++) {
        int64_t left = size - k * BLOCK;
        fill(pattern->blocks + k, row + k * BLOCK, left < BLOCK ? left : BLOCK);
    }
    pattern->size = size;
    return 1;
}

static inline int64_t ones(uint64_t value)
{
#if defined(__GNUC__)
    return __builtin_popcountll(value);
#else
    int64_t count = 0;
    for (; value; value &= value - 1)
        count++;
    return count;
#endif
}

/* Count the tokens that two rows share at their beginnings. */
static inline int64_t common_head(const uint64_t *a, int64_t a_size, const uint64_t *b,
                                  int64_t b_size)
{
    int64_t head = 0;
    while (head < a_size && head < b_size && a[head] == b[head])
        head++;
    return head;
}

/* Count the tokens that two rows share at their ends. */
static inline int64_t common_tail(const uint64_t *a, int64_t a_size, const uint64_t *b,
                                  int64_t b_size)
{
    int64_t tail = 0;
    while (tail < a_size && tail < b_size && a[a_size - 1 - tail] == b[b_size - 1 - tail])
        tail++;
    return tail;
}

/* Say whether the product of two lengths is above a bound. */
static inline int is_beyond(int64_t a, int64_t b, int64_t most)
{
    return a > 0 && b > 0 && a > most / b;
}

/* Say whether a row has sound bounds. */
static inline int is_row(const int64_t *starts, int64_t row)
{
    return row >= 0 && starts[row] >= 0 && starts[row + 1] >= starts[row];
}

#endif
