/* The blocks of tokens that two rows have in common.

   Knows: sequences of 64-bit values. Does not know: what the values stand for, who uses the blocks.

   The recurrence is the one of similarity.c. Here its state after every token of the second row is
   kept, with a bit for each token of the first row. The blocks are found by walking back through
   these states from the ends of both rows. */

#include "alignment.h"

static int is_open(const struct matrix *matrix, int64_t row, int64_t column)
{
    return (int)(matrix->bits[row * matrix->words + column / BLOCK] >> column % BLOCK & 1);
}

static int make_room(struct matrix *matrix, int64_t rows)
{
    uint64_t *bits;
    if (matrix->words > 0 && rows > INT64_MAX / 16 / matrix->words)
        return 0;
    if (rows * matrix->words <= matrix->capacity)
        return 1;
    bits = realloc(matrix->bits, (size_t)(rows * matrix->words) * sizeof *bits);
    if (bits == NULL)
        return 0;
    matrix->bits = bits;
    matrix->capacity = rows * matrix->words;
    return 1;
}

/* Fill the matrix. A bit is 0 if the common subsequence is longer with this token of the first row
   than without it. */
static void fill_matrix(struct matrix *matrix, const struct pattern *pattern, const uint64_t *b,
                        int64_t size)
{
    for (int64_t j = 0; j < size; j++) {
        uint64_t *now = matrix->bits + j * matrix->words, carried = 0;
        for (int64_t w = 0; w < matrix->words; w++) {
            uint64_t open = j > 0 ? now[w - matrix->words] : ~(uint64_t)0;
            uint64_t same = open & places_of(pattern->blocks + w, b[j]);
            uint64_t sum = open + same, total = sum + carried;
            carried = (sum < open) | (total < sum);
            now[w] = total | (open & ~same);
        }
    }
}

/* Note that two tokens are equal. The blocks grow from their ends towards their beginnings. */
static int note_match(struct writer *writer, int64_t left, int64_t right)
{
    const struct dedup_blocks *out = writer->out;
    int64_t last = writer->count - 1;
    if (last >= writer->first && out->left[last] == left + 1 && out->right[last] == right + 1) {
        out->left[last] = left;
        out->right[last] = right;
        out->size[last]++;
        return 1;
    }
    if (writer->count >= out->capacity)
        return 0;
    out->left[writer->count] = left;
    out->right[writer->count] = right;
    out->size[writer->count++] = 1;
    return 1;
}

/* Note a whole block; it is joined with the block before it if the two touch. */
static int note_block(struct writer *writer, int64_t left, int64_t right, int64_t size)
{
    int fits = 1;
    if (size == 0)
        return 1;
    fits = note_match(writer, left + size - 1, right + size - 1);
    if (fits) {
        writer->out->left[writer->count - 1] = left;
        writer->out->right[writer->count - 1] = right;
        writer->out->size[writer->count - 1] += size - 1;
    }
    return fits;
}

/* Walk back from the ends of both rows; head: the common tokens before them that were left off. */
static int walk_back(const struct matrix *matrix, int64_t columns, int64_t rows, int64_t head,
                     struct writer *writer)
{
    while (rows > 0 && columns > 0) {
        if (is_open(matrix, rows - 1, columns - 1)) {
            columns--;
            continue;
        }
        rows--;
        if (rows > 0 && !is_open(matrix, rows - 1, columns - 1))
            continue;
        columns--;
        if (!note_match(writer, head + columns, head + rows))
            return 0;
    }
    return 1;
}

/* Reverse the blocks of a pair, which were found from the last to the first. */
static void turn_around(struct writer *writer)
{
    const struct dedup_blocks *out = writer->out;
    for (int64_t a = writer->first, b = writer->count - 1; a < b; a++, b--) {
        int64_t left = out->left[a], right = out->right[a], size = out->size[a];
        out->left[a] = out->left[b], out->right[a] = out->right[b], out->size[a] = out->size[b];
        out->left[b] = left, out->right[b] = right, out->size[b] = size;
    }
}

int64_t dedup_align_pair(struct aligner *aligner, const uint64_t *a, int64_t a_size,
                         const uint64_t *b, int64_t b_size, int64_t most_cells,
                         struct writer *writer, uint8_t *whole)
{
    int64_t head = common_head(a, a_size, b, b_size), tail, columns, rows;
    tail = common_tail(a + head, a_size - head, b + head, b_size - head);
    columns = a_size - head - tail, rows = b_size - head - tail;
    *whole = (uint8_t)!is_beyond(columns, rows, most_cells);
    if (!note_block(writer, a_size - tail, b_size - tail, tail))
        return DEDUP_NO_ROOM;
    if (*whole && columns > 0 && rows > 0) {
        aligner->matrix.words = blocks_of(columns);
        if (!lay_out(&aligner->pattern, a + head, columns) || !make_room(&aligner->matrix, rows))
            return DEDUP_NO_MEMORY;
        fill_matrix(&aligner->matrix, &aligner->pattern, b + head, rows);
        if (!walk_back(&aligner->matrix, columns, rows, head, writer))
            return DEDUP_NO_ROOM;
    }
    if (!note_block(writer, 0, 0, head))
        return DEDUP_NO_ROOM;
    turn_around(writer);
    return 0;
}

void dedup_drop_aligner(struct aligner *aligner)
{
    free(aligner->pattern.blocks);
    free(aligner->matrix.bits);
}

int64_t dedup_align(const uint64_t *values, const int64_t *starts, const int64_t *left,
                    const int64_t *right, int64_t pairs, int64_t most_cells,
                    const struct dedup_blocks *out)
{
    struct aligner aligner = {{NULL, 0, 0}, {NULL, 0, 0}};
    struct writer writer = {out, 0, 0};
    int64_t result = 0;
    if (pairs < 0 || most_cells < 0 || out->capacity < 0)
        return DEDUP_BAD_SIZE;
    for (int64_t k = 0; k < pairs && result == 0; k++) {
        int64_t i = left[k], j = right[k];
        out->starts[k] = writer.first = writer.count;
        if (!is_row(starts, i) || !is_row(starts, j)) {
            result = DEDUP_BAD_SIZE;
            break;
        }
        result = dedup_align_pair(&aligner, values + starts[i], starts[i + 1] - starts[i],
                                  values + starts[j], starts[j + 1] - starts[j], most_cells,
                                  &writer, out->whole + k);
    }
    out->starts[pairs] = writer.count;
    dedup_drop_aligner(&aligner);
    return result < 0 ? result : writer.count;
}
