/* Paragraphs taken out of plain texts.

   Knows: which bytes go with a paragraph: its lines where it has them for itself, and the blank
   lines around them. The rule stands at the head of dedup/cuts.py. Does not know: markup, why a
   paragraph goes, texts that are cut section by section. */

#include "kernel.h"

#include <string.h>

/* A text and its paragraphs, rows `first` to before `after` of `begin` and `end`. */
struct text {
    const uint8_t *bytes;
    int64_t start, stop; /* its bytes */
    const int64_t *begin, *end;
    int64_t first, after;
};

/* Lines that go as a whole: their bytes, and the first and last paragraph that has them. */
struct lines {
    int64_t start, stop;
    int64_t head, last;
};

static int ends_line(uint8_t byte)
{
    return byte == '\n' || byte == '\r';
}

/* Find the first line end from `at` on; give `limit` if there is none. */
static int64_t find_line_end(const uint8_t *bytes, int64_t at, int64_t limit)
{
    while (at < limit && !ends_line(bytes[at]))
        at++;
    return at;
}

/* Go over the line end that stands at `at`. */
static int64_t after_line_end(const uint8_t *bytes, int64_t at, int64_t limit)
{
    return at + 1 + (bytes[at] == '\r' && at + 1 < limit && bytes[at + 1] == '\n');
}

/* Give where the next line begins after the last line end between two positions; `at` for none. */
static int64_t after_last_line_end(const uint8_t *bytes, int64_t at, int64_t limit)
{
    while (limit > at && !ends_line(bytes[limit - 1]))
        limit--;
    return limit;
}

/* Give the end of the paragraph before; for the first one, where the text begins. */
static int64_t end_before(const struct text *text, int64_t row)
{
    int64_t start = text->start;
    if (row > text->first)
        return text->end[row - 1];
    if (text->begin[row] - start > 2 && memcmp(text->bytes + start, "\xEF\xBB\xBF", 3) == 0)
        return start + 3;
    return start;
}

/* Give the beginning of the next paragraph, or the end of the text. */
static int64_t begin_after(const struct text *text, int64_t row)
{
    return row + 1 < text->after ? text->begin[row + 1] : text->stop;
}

/* Find the lines of a paragraph; return 0 if it shares one of them with another paragraph. Nothing
   but white space stands between two paragraphs. */
static int own_lines(const struct text *text, int64_t row, struct lines *own)
{
    int64_t before = end_before(text, row), after = begin_after(text, row);
    int64_t found = find_line_end(text->bytes, text->end[row], after);
    own->head = own->last = row;
    own->start = after_last_line_end(text->bytes, before, text->begin[row]);
    own->stop = found < after ? after_line_end(text->bytes, found, after) : after;
    return !(own->start == before && row > text->first) &&
           !(found == after && row + 1 < text->after);
}

/* Cut out some lines with the blank lines after them or, at the end of the text, before them. */
static void with_blank_lines(const struct text *text, const struct lines *block, int64_t *start,
                             int64_t *stop)
{
    int64_t after = begin_after(text, block->last), before;
    *start = block->start;
    *stop = after == text->stop ? after
                                : after_last_line_end(text->bytes, block->stop, after);
    if (*stop != text->stop)
        return;
    before = end_before(text, block->head);
    if (block->head == text->first) {
        *start = before;
    } else {
        int64_t found = find_line_end(text->bytes, before, block->start);
        if (found < block->start)
            *start = after_line_end(text->bytes, found, block->start);
    }
}

static void add_cut(const struct dedup_removal *out, int64_t *cuts, int64_t start, int64_t stop)
{
    out->cut_begin[*cuts] = start;
    out->cut_end[*cuts] = stop;
    *cuts += 1;
}

/* List the cuts of a text whose paragraphs going[from] to before going[to] go. */
static int64_t list_cuts(const struct text *text, const int64_t *going, int64_t from, int64_t to,
                         int64_t cuts, const struct dedup_removal *out)
{
    struct lines block = {0, 0, 0, 0}, own;
    int open = 0;
    int64_t start, stop;
    for (int64_t k = from; k < to; k++) {
        int has_lines = own_lines(text, going[k], &own);
        if (open && has_lines && own.head == block.last + 1) {
            block.stop = own.stop;
            block.last = own.last;
            continue;
        }
        if (open) {
            with_blank_lines(text, &block, &start, &stop);
            add_cut(out, &cuts, start, stop);
        }
        open = has_lines;
        block = own;
        if (!has_lines)
            add_cut(out, &cuts, text->begin[going[k]], text->end[going[k]]);
    }
    if (open) {
        with_blank_lines(text, &block, &start, &stop);
        add_cut(out, &cuts, start, stop);
    }
    return cuts;
}

/* Divide the cuts of a text, from number `cut` on, among the paragraphs that go. */
static void divide(const struct text *text, const int64_t *going, int64_t from, int64_t to,
                   int64_t cut, const struct dedup_removal *out)
{
    int64_t at = 0, end = -1;
    for (int64_t k = from; k < to; k++) {
        int64_t begin = text->begin[going[k]], stop = text->end[going[k]];
        if (begin >= end) {
            at = out->cut_begin[cut];
            end = out->cut_end[cut++];
        }
        out->before_begin[k] = at;
        out->before_end[k] = begin;
        at = stop;
        out->after_begin[k] = out->after_end[k] = stop;
        if (k + 1 == to || text->begin[going[k + 1]] >= end)
            out->after_end[k] = end;
    }
}

/* Copy what is left of a text behind what was left of those before it. */
static int copy_rest(const struct text *text, int64_t cut, int64_t cuts, int64_t *size,
                     const struct dedup_removal *out)
{
    int64_t at = text->start;
    for (; cut <= cuts; cut++) {
        int64_t until = cut < cuts ? out->cut_begin[cut] : text->stop;
        if (until - at > out->rest_capacity - *size)
            return DEDUP_NO_ROOM;
        memcpy(out->rest + *size, text->bytes + at, (size_t)(until - at));
        *size += until - at;
        at = cut < cuts ? out->cut_end[cut] : at;
    }
    return 0;
}

static int are_sound(const int64_t *starts, int64_t texts, const int64_t *begin, const int64_t *end,
                     const int64_t *row_starts, const int64_t *going, int64_t count)
{
    if (texts < 0 || count < 0 || (texts > 0 && (starts[0] < 0 || row_starts[0] < 0)))
        return 0;
    for (int64_t k = 0; k < texts; k++) {
        int64_t at = starts[k];
        if (starts[k + 1] < at || row_starts[k + 1] < row_starts[k])
            return 0;
        for (int64_t row = row_starts[k]; row < row_starts[k + 1]; row++) {
            if (begin[row] < at || end[row] < begin[row] || end[row] > starts[k + 1])
                return 0;
            at = end[row];
        }
    }
    for (int64_t k = 0; k < count; k++)
        if (texts == 0 || going[k] < (k ? going[k - 1] + 1 : row_starts[0]) ||
            going[k] >= row_starts[texts])
            return 0;
    return 1;
}

int64_t dedup_remove(const uint8_t *bytes, const int64_t *starts, int64_t texts,
                     const int64_t *begin, const int64_t *end, const int64_t *row_starts,
                     const int64_t *going, int64_t count, const struct dedup_removal *out)
{
    int64_t from = 0, cuts = 0, size = 0;
    if (!are_sound(starts, texts, begin, end, row_starts, going, count))
        return DEDUP_BAD_SIZE;
    for (int64_t k = 0; k < texts; k++) {
        struct text text = {bytes, starts[k], starts[k + 1], begin, end, row_starts[k],
                            row_starts[k + 1]};
        int64_t to = from, first = cuts;
        while (to < count && going[to] < text.after)
            to++;
        out->rest_starts[k] = size;
        if (to == from)
            continue;
        cuts = list_cuts(&text, going, from, to, cuts, out);
        divide(&text, going, from, to, first, out);
        if (copy_rest(&text, first, cuts, &size, out) != 0)
            return DEDUP_NO_ROOM;
        from = to;
    }
    out->rest_starts[texts] = size;
    return cuts;
}
