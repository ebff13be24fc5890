/* Rows of tokens to shingles, signatures, band keys and sketches.

   Knows: shingles, permutations, how a signature is cut into bands. Does not know: text, buckets.
   The signatures are equal to the bit to those of datasketch 2 with the scheme "affine32". */

#include "bag.h"
#include "hashes.h"
#include "kernel.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define MOST_WIDTH 8
#define PLACES 16 /* of four bits, in a word of a sketch */

/* One odd multiplier for each place in a shingle, so that "a b" and "b a" differ. */
static const uint64_t place[MOST_WIDTH] = {
    0x9E3779B97F4A7C15u, 0x6A09E667F3BCC909u, 0xBB67AE8584CAA73Bu, 0x3C6EF372FE94F82Bu,
    0xA54FF53A5F1D36F1u, 0x510E527FADE682D1u, 0x9B05688C2B3E6C1Fu, 0x1F83D9ABFB41BD6Bu,
};

/* One odd multiplier for each row of a band. */
static const uint64_t odd[8] = {
    0x9E3779B97F4A7C15u, 0xC2B2AE3D27D4EB4Fu, 0x165667B19E3779F9u, 0xD6E8FEB86659FD93u,
    0xFF51AFD7ED558CCDu, 0xC4CEB9FE1A85EC53u, 0xA0761D6478BD642Fu, 0xE7037ED1A0B428DBu,
};

/* Give the token at `at` of a row, together with the tokens that it brings along; at the end of the
   row there are fewer of these. */
static uint64_t linked_token(const uint64_t *row, int64_t size, int64_t at)
{
    uint64_t value = row[at], reach = value & REACH;
    for (int64_t step = 1; step <= (int64_t)reach && step <= 2 && at + step < size; step++)
        value = mix64(value) + row[at + step];
    return value;
}

static int64_t shingle_count(int64_t size, int64_t width)
{
    return size >= width ? size - width + 1 : size > 0;
}

/* Hash the shingles of a row; spare: room for `size` tokens. */
static void shingle(const uint64_t *row, int64_t size, int64_t width, int linked, uint64_t *spare,
                    uint32_t *out)
{
    int64_t count = shingle_count(size, width), taken = size < width ? size : width;
    if (linked) {
        for (int64_t k = 0; k < size; k++)
            spare[k] = row[k] & REACH ? linked_token(row, size, k) : row[k];
        row = spare;
    }
    for (int64_t k = 0; k < count; k++) {
        uint64_t total = 0;
        for (int64_t p = 0; p < taken; p++)
            total += row[k + p] * place[p];
        out[k] = (uint32_t)(mix64(total) >> 32);
    }
}

/* Give the length of the longest row, or DEDUP_BAD_SIZE. */
static int64_t longest(const int64_t *starts, int64_t begin, int64_t end)
{
    int64_t most = 0;
    if (begin < 0 || end < begin)
        return DEDUP_BAD_SIZE;
    for (int64_t r = begin; r < end; r++) {
        int64_t size = starts[r + 1] - starts[r];
        if (starts[r] < 0 || size < 0)
            return DEDUP_BAD_SIZE;
        most = size > most ? size : most;
    }
    return most > INT64_MAX / 16 ? DEDUP_BAD_SIZE : most;
}

int64_t dedup_shingles(const uint64_t *values, const int64_t *starts, int64_t rows, int32_t width,
                       int32_t linked, uint32_t *out, int64_t *out_starts)
{
    int64_t most = longest(starts, 0, rows), at = 0;
    uint64_t *spare;
    if (most < 0 || width < 1 || width > MOST_WIDTH)
        return DEDUP_BAD_SIZE;
    spare = malloc((size_t)(most + 1) * sizeof *spare);
    if (spare == NULL)
        return DEDUP_NO_MEMORY;
    for (int64_t r = 0; r < rows; r++) {
        int64_t size = starts[r + 1] - starts[r];
        out_starts[r] = at;
        shingle(values + starts[r], size, width, linked, spare, out + at);
        at += shingle_count(size, width);
    }
    out_starts[rows] = at;
    free(spare);
    return at;
}

/* --- signatures ------------------------------------------------------------------------------- */

/* Take the minimum of four permutations over some hashes: the compiler makes vectors of it. */
#define MINIMA(a, b, hashes, count, out)                                                           \
    do {                                                                                           \
        uint32_t a0 = (a)[0], a1 = (a)[1], a2 = (a)[2], a3 = (a)[3];                               \
        uint32_t b0 = (b)[0], b1 = (b)[1], b2 = (b)[2], b3 = (b)[3];                               \
        uint32_t m0 = UINT32_MAX, m1 = UINT32_MAX, m2 = UINT32_MAX, m3 = UINT32_MAX;               \
        for (int64_t k = 0; k < (count); k++) {                                                    \
            uint32_t h = (hashes)[k];                                                              \
            uint32_t t0 = a0 * h + b0, t1 = a1 * h + b1, t2 = a2 * h + b2, t3 = a3 * h + b3;       \
            m0 = t0 < m0 ? t0 : m0;                                                                \
            m1 = t1 < m1 ? t1 : m1;                                                                \
            m2 = t2 < m2 ? t2 : m2;                                                                \
            m3 = t3 < m3 ? t3 : m3;                                                                \
        }                                                                                          \
        (out)[0] = m0, (out)[1] = m1, (out)[2] = m2, (out)[3] = m3;                                \
    } while (0)

static void minima_plain(const uint32_t *a, const uint32_t *b, int64_t fours,
                         const uint32_t *hashes, int64_t count, uint32_t *out)
{
    for (int64_t p = 0; p < 4 * fours; p += 4)
        MINIMA(a + p, b + p, hashes, count, out + p);
}

#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target("avx2"))) static void
minima_avx2(const uint32_t *a, const uint32_t *b, int64_t fours, const uint32_t *hashes,
            int64_t count, uint32_t *out)
{
    for (int64_t p = 0; p < 4 * fours; p += 4)
        MINIMA(a + p, b + p, hashes, count, out + p);
}
#endif

static void minima(const uint32_t *a, const uint32_t *b, int64_t fours, const uint32_t *hashes,
                   int64_t count, uint32_t *out)
{
#if defined(__x86_64__) && defined(__GNUC__)
    if (__builtin_cpu_supports("avx2")) {
        minima_avx2(a, b, fours, hashes, count, out);
        return;
    }
#endif
    minima_plain(a, b, fours, hashes, count, out);
}

/* --- band keys and sketches ------------------------------------------------------------------- */

/* Hash the rows of one band to a key. The number of the band goes into the hash. */
static uint32_t band_key(const uint32_t *signature, int64_t band, int64_t rows)
{
    uint64_t total = ((uint64_t)(band + 1) << 40) + signature[0] * odd[0];
    for (int64_t r = 1; r < rows; r++) {
        total ^= total >> 29;
        total += signature[r] * odd[r];
        total *= odd[8 - 1 - r];
    }
    total ^= total >> 32;
    total *= odd[4];
    return (uint32_t)(total >> 32);
}

static void write_row(const struct dedup_family *family, const uint32_t *signature, int64_t at,
                      const struct dedup_sketches *out)
{
    if (out->signatures != NULL)
        for (int64_t p = 0; p < family->permutations; p++)
            out->signatures[p * out->stride + at] = signature[p];
    if (out->keys != NULL)
        for (int64_t k = 0; k < family->bands; k++)
            out->keys[k * out->stride + at] =
                band_key(signature + k * family->band_rows, k, family->band_rows);
    if (out->sketches == NULL)
        return;
    for (int64_t w = 0; w < family->sketch_words; w++) {
        uint64_t word = 0;
        for (int64_t p = 0; p < PLACES && w * PLACES + p < family->permutations; p++)
            word |= (uint64_t)(signature[w * PLACES + p] & 15u) << 4 * p;
        out->sketches[at * family->sketch_words + w] = word;
    }
}

/* Say whether no size and no place of an array overflows for so many rows. */
static int is_sound(const struct dedup_family *family, int64_t count, int64_t stride)
{
    int64_t permutations = family->permutations, rows = family->band_rows;
    if (permutations < 1 || permutations > 1 << 24 || family->width < 1)
        return 0;
    if (family->width > MOST_WIDTH || rows < 1 || rows > 8 || family->bands < 0)
        return 0;
    if (family->bands > permutations / rows || family->sketch_words < 0 ||
        family->sketch_words > permutations)
        return 0;
    return count >= 0 && count <= stride && stride <= INT64_MAX / 8 / permutations;
}

int64_t dedup_cut(const struct dedup_family *family, const uint32_t *signatures, int64_t rows,
                  const struct dedup_sketches *out)
{
    uint32_t *signature;
    if (!is_sound(family, rows, out->stride))
        return DEDUP_BAD_SIZE;
    signature = malloc((size_t)family->permutations * sizeof *signature);
    if (signature == NULL)
        return DEDUP_NO_MEMORY;
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t p = 0; p < family->permutations; p++)
            signature[p] = signatures[p * rows + r];
        write_row(family, signature, r, out);
    }
    free(signature);
    return 0;
}

/* Scratch memory of one call. */
struct scratch {
    uint64_t *linked;
    uint32_t *hashes, *a, *b, *signature;
};

static int take_scratch(struct scratch *scratch, const struct dedup_family *family, int64_t most)
{
    size_t fours = (size_t)(family->permutations + 3) / 4 * 4;
    scratch->linked = malloc((size_t)(most + 1) * sizeof *scratch->linked);
    scratch->hashes = malloc((size_t)(most + 1) * sizeof *scratch->hashes);
    scratch->a = calloc(3 * fours, sizeof *scratch->a);
    if (scratch->linked == NULL || scratch->hashes == NULL || scratch->a == NULL)
        return 0;
    scratch->b = scratch->a + fours;
    scratch->signature = scratch->b + fours;
    memcpy(scratch->a, family->a, (size_t)family->permutations * sizeof *scratch->a);
    memcpy(scratch->b, family->b, (size_t)family->permutations * sizeof *scratch->b);
    return 1;
}

int64_t dedup_sketch(const struct dedup_family *family, const uint64_t *values,
                     const int64_t *starts, int64_t begin, int64_t end,
                     const struct dedup_sketches *out)
{
    struct scratch scratch = {NULL, NULL, NULL, NULL, NULL};
    int64_t most = longest(starts, begin, end);
    if (most < 0 || !is_sound(family, end - begin, out->stride))
        return DEDUP_BAD_SIZE;
    int taken = take_scratch(&scratch, family, most);
    int64_t fours = (family->permutations + 3) / 4;
    for (int64_t r = begin; taken && r < end; r++) {
        int64_t size = starts[r + 1] - starts[r], count = shingle_count(size, family->width);
        shingle(values + starts[r], size, family->width, family->linked, scratch.linked,
                scratch.hashes);
        for (int64_t k = 0; k < count; k++)
            scratch.hashes[k] = mix32(scratch.hashes[k]);
        minima(scratch.a, scratch.b, fours, scratch.hashes, count, scratch.signature);
        write_row(family, scratch.signature, r - begin, out);
        if (out->bags != NULL)
            fill_bag(values + starts[r], size, out->bags + DEDUP_BAG_WORDS * (r - begin));
    }
    free(scratch.linked);
    free(scratch.hashes);
    free(scratch.a);
    return taken ? 0 : DEDUP_NO_MEMORY;
}
