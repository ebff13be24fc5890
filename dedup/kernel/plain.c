/* Plain text to paragraphs: each line, or each block between blank lines. Which of the two a block is
   can be judged by how its lines look.

   Knows: line ends, white space, how to tell lines that are paragraphs from lines of a wrapped
   paragraph. The rule stands at the head of dedup/segment/plain.py. Does not know: markup, from which
   length on a text is cut section by section, encodings other than UTF-8. */

#include "characters.h"
#include "kernel.h"

#include <stddef.h>
#include <string.h>

#define LONGEST 1000     /* the most lines of a wrapped paragraph, and of those looked at after a block */
#define WIDE 80          /* a line of so many columns is hardly a verse */
#define LONG 120         /* a line of more characters is seldom part of wrapped prose */
#define ENOUGH 6         /* so many line ends are enough to judge a block */
#define JUDGED 7         /* how many lines of a block are looked at */
#define LOOK 400         /* how many characters of a line are looked at for their widths */
#define TWO_COLUMNS 0x2E80 /* from this code point (CJK radicals) on, most characters take two columns */

#define MOST (INT64_MAX / 4)

/* Numbers of line ends: of wrapped lines, of lines that are paragraphs, and of all lines. */
struct votes {
    int64_t wrapped, ended, count;
};

/* One text while it is cut. First its lines are rows of `out`, from `first_row` on; then paragraphs
   take the place of the lines. */
struct text {
    const uint8_t *bytes;
    int64_t at, end;         /* the byte up to which it is read, and its end */
    int64_t character, line; /* the numbers of the character and the line at `at` */
    int special;             /* whether it may have line ends other than line feeds */
    int parted;              /* whether a paragraph must end after the last line that was found */
    const struct dedup_cutting *out;
    int64_t first_row, rows; /* rows: the place of the next row of `out` */
    struct votes before[ENOUGH]; /* the votes of the last blocks of several lines, the last one first */
};

/* --- characters */

static int is_space(int32_t code)
{
    if (code < 0x80)
        return code == ' ' || (code >= 0x09 && code <= 0x0D) || (code >= 0x1C && code <= 0x1F);
    return code == 0x85 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) ||
           code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

/* Say whether a character ends a sentence. */
static int is_mark(int32_t code)
{
    switch (code) {
    case '.': case '!': case '?': case 0x2026: case 0x3002: case 0xFF01: case 0xFF1F: case 0x0964:
    case 0x0965: case 0x061F: case 0x06D4: case 0xFF0E: case 0xFF61:
        return 1;
    default:
        return 0;
    }
}

/* Say whether a character may follow the end of a sentence: a quote, a bracket, emphasis. */
static int is_closing(int32_t code)
{
    switch (code) {
    case '"': case '\'': case 0x201D: case 0x2019: case 0xBB: case 0x203A: case ')': case ']':
    case 0x300D: case 0x300F: case 0x3011: case 0xFF09: case '*': case '_':
        return 1;
    default:
        return 0;
    }
}

/* Give the last character before `end`, and where it begins. */
static int32_t last_character(const uint8_t *bytes, int64_t begin, int64_t end, int64_t *start)
{
    int64_t from = end - 1, at;
    int32_t code;
    while (from > begin && end - from < 4 && (bytes[from] & 0xC0) == 0x80)
        from--;
    at = from;
    code = decode(bytes, &at, end);
    *start = at == end ? from : end - 1;
    return at == end ? code : -1;
}

/* Count the characters of some bytes: the bytes that don't continue a character. */
static int64_t count_characters(const uint8_t *bytes, int64_t begin, int64_t end)
{
    int64_t count = 0;
    while (begin < end) {
        int64_t stop = end - begin > 255 ? begin + 255 : end;
        uint8_t some = 0;
        for (; begin < stop; begin++)
            some = (uint8_t)(some + ((bytes[begin] & 0xC0) != 0x80));
        count += some;
    }
    return count;
}

/* --- lines */

/* Give the length of the character at `at` if it ends a line or paragraph, otherwise 0. */
static inline int64_t parting(const uint8_t *bytes, int64_t at, int64_t end)
{
    switch (bytes[at]) {
    case '\n': case '\f': case '\v':
        return 1;
    case '\r':
        return at + 1 == end || bytes[at + 1] != '\n';
    case 0xC2:
        return end - at > 1 && bytes[at + 1] == 0x85 ? 2 : 0;
    case 0xE2:
        return end - at > 2 && bytes[at + 1] == 0x80 && bytes[at + 2] == 0xA9 ? 3 : 0;
    default:
        return 0;
    }
}

/* Say whether a text has a character that begins with `byte` and ends a line or paragraph. */
static int has_parting(const uint8_t *bytes, int64_t begin, int64_t end, int byte)
{
    while (begin < end) {
        const uint8_t *found = memchr(bytes + begin, byte, (size_t)(end - begin));
        if (found == NULL)
            return 0;
        if (parting(bytes, found - bytes, end))
            return 1;
        begin = found - bytes + 1;
    }
    return 0;
}

/* Find the next character that ends a line or paragraph, or the end of the text. */
static int64_t piece_end(const struct text *text)
{
    const uint8_t *bytes = text->bytes;
    int64_t at = text->at;
    if (!text->special) {
        const uint8_t *found = memchr(bytes + at, '\n', (size_t)(text->end - at));
        return found == NULL ? text->end : found - bytes;
    }
    while (at < text->end && !parting(bytes, at, text->end))
        at++;
    return at;
}

/* Add a line, from byte `begin` to before `end`, without white space around it. */
static int add_line(struct text *text, int64_t begin, int64_t end, int64_t size)
{
    const struct dedup_cutting *out = text->out;
    int64_t row = text->rows;
    if (row >= out->capacity)
        return DEDUP_NO_ROOM;
    out->begin[row] = begin;
    out->end[row] = end;
    out->start[row] = text->character;
    out->stop[row] = text->character + size;
    out->first[row] = out->last[row] = text->line;
    out->heads[row] = row == text->first_row || text->parted ||
                      text->line - out->first[row - 1] > 1;
    text->parted = 0;
    text->rows++;
    return 0;
}

/* Read up to `stop`, and add the text there as a line, without the white space around it. */
static int read_piece(struct text *text, int64_t stop)
{
    const uint8_t *bytes = text->bytes;
    int64_t begin = text->at, end = stop, at = begin, before, size;
    int result = 0;
    while (begin < stop && is_space(decode(bytes, &at, stop))) {
        begin = at;
        text->character++;
    }
    if (begin == stop)
        return 0;
    while (end > begin && is_space(last_character(bytes, begin, end, &before)))
        end = before;
    size = count_characters(bytes, begin, end);
    result = add_line(text, begin, end, size);
    text->character += size + count_characters(bytes, end, stop);
    return result;
}

/* Find the lines that aren't blank. */
static int find_lines(struct text *text)
{
    const uint8_t *bytes = text->bytes;
    int result;
    if (text->character == 0 && text->end - text->at > 2 &&
        memcmp(bytes + text->at, "\xEF\xBB\xBF", 3) == 0) {
        text->at += 3;
        text->character = 1;
    }
    while (text->at < text->end) {
        int64_t stop = piece_end(text);
        if ((result = read_piece(text, stop)) != 0)
            return result;
        text->at = stop;
        if (stop == text->end)
            break;
        text->character++;
        if (bytes[stop] == '\n' || bytes[stop] == '\r')
            text->line++;
        else
            text->parted = 1;
        text->at += parting(bytes, stop, text->end);
    }
    return 0;
}

/* --- what a block of several lines is */

static int64_t length_of(const struct dedup_cutting *out, int64_t row)
{
    return out->stop[row] - out->start[row];
}

/* Count the columns of the characters from a byte on, LOOK characters at most; word: only those up to
   the next white space. *count: how many characters were counted. */
static int64_t columns_from(const uint8_t *bytes, int64_t at, int64_t end, int word, int64_t *count)
{
    int64_t columns = 0;
    for (*count = 0; at < end && *count < LOOK; *count += 1) {
        int32_t code = decode(bytes, &at, end);
        if (word && is_space(code))
            break;
        columns += 1 + (code >= TWO_COLUMNS);
    }
    return columns;
}

/* Estimate the width of a line on the screen. */
static int64_t columns_of(const struct text *text, int64_t row)
{
    const struct dedup_cutting *out = text->out;
    int64_t size = length_of(out, row), looked, columns;
    if (out->end[row] - out->begin[row] == size)
        return size;
    columns = columns_from(text->bytes, out->begin[row], out->end[row], 0, &looked);
    return columns + size - looked;
}

/* Give the width of a block: of its second longest line or, if it has two lines, of the longer one. */
static int64_t width_of(const struct text *text, int64_t head, int64_t after)
{
    int64_t longest = 0, second = 0;
    for (int64_t row = head; row < after; row++) {
        int64_t columns = columns_of(text, row);
        if (columns > longest) {
            second = longest;
            longest = columns;
        } else if (columns > second) {
            second = columns;
        }
    }
    return after - head > 2 ? second : longest;
}

/* Say whether a line ends with the end of a sentence. */
static int ends_sentence(const struct text *text, int64_t row)
{
    int64_t begin = text->out->begin[row], end = text->out->end[row], start;
    while (end > begin) {
        int32_t code = last_character(text->bytes, begin, end, &start);
        if (!is_closing(code))
            return is_mark(code);
        end = start;
    }
    return 0;
}

/* Say whether a line begins with a small letter. */
static int begins_small(const struct text *text, int64_t row)
{
    int64_t at = text->out->begin[row];
    int32_t code = decode(text->bytes, &at, text->out->end[row]);
    return code < 0x80 ? code >= 'a' && code <= 'z' : dedup_is_lower(code);
}

/* Count the line ends of each sort between the first lines of a block. */
static struct votes vote(const struct text *text, int64_t head, int64_t after)
{
    struct votes votes = {0, 0, 0};
    int64_t width = 0, looked;
    if (after - head > JUDGED)
        after = head + JUDGED;
    votes.count = after - head - 1;
    for (int64_t row = head; row + 1 < after; row++) {
        const struct dedup_cutting *out = text->out;
        if (ends_sentence(text, row)) {
            votes.ended++;
        } else if (begins_small(text, row + 1) && length_of(out, row) <= LONG &&
                   length_of(out, row + 1) <= LONG) {
            votes.wrapped++;
        } else {
            int64_t columns = columns_of(text, row);
            int64_t word =
                columns_from(text->bytes, out->begin[row + 1], out->end[row + 1], 1, &looked);
            if (width == 0)
                width = width_of(text, head, after);
            if (columns + word >= width)
                votes.wrapped++;
            else if (columns >= WIDE || columns_of(text, row + 1) >= WIDE)
                votes.ended++;
        }
    }
    return votes;
}

/* Find the end of the block that begins with row `head`: the head of the next one, or `end`. */
static int64_t block_end(const struct text *text, int64_t head, int64_t end)
{
    do
        head++;
    while (head < end && !text->out->heads[head]);
    return head;
}

static void add_votes(struct votes *sum, const struct votes *more)
{
    sum->wrapped += more->wrapped;
    sum->ended += more->ended;
    sum->count += more->count;
}

/* Say whether a block of several lines, which ends at `after`, is one paragraph. If it has too few line
   ends to judge, those of the blocks around it count too. end: of the rows of the text. */
static int is_paragraph(const struct text *text, struct votes sum, int64_t after, int64_t end)
{
    for (int k = 0; k < ENOUGH && sum.count < ENOUGH; k++)
        add_votes(&sum, &text->before[k]);
    for (int64_t head = after, next; sum.count < ENOUGH && head < end && head - after < LONGEST;
         head = next) {
        struct votes more;
        next = block_end(text, head, end);
        if (next - head > 1) {
            more = vote(text, head, next);
            add_votes(&sum, &more);
        }
    }
    return 2 * sum.wrapped >= sum.count || 2 * sum.ended < sum.count;
}

/* --- rows that stay */

/* Make each of some lines a paragraph or, if `whole`, all of them one paragraph. */
static void keep(struct text *text, int64_t head, int64_t after, int whole)
{
    const struct dedup_cutting *out = text->out;
    for (int64_t row = head; row < after; row++) {
        int64_t to = text->rows;
        int64_t last = whole ? after - 1 : row;
        out->begin[to] = out->begin[row];
        out->start[to] = out->start[row];
        out->first[to] = out->first[row];
        out->end[to] = out->end[last];
        out->stop[to] = out->stop[last];
        out->last[to] = out->last[last];
        text->rows++;
        row = last;
    }
}

/* Make paragraphs of the lines of a text. */
static void make_blocks(struct text *text, int judged)
{
    int64_t end = text->rows, after;
    if (end == text->first_row)
        return;
    after = block_end(text, text->first_row, end);
    if (judged && after == end)
        return;
    text->rows = text->first_row;
    for (int64_t head = text->first_row; head < end; head = after) {
        struct votes votes;
        after = block_end(text, head, end);
        if (!judged || after - head == 1) {
            keep(text, head, after, 1);
            continue;
        }
        votes = vote(text, head, after);
        keep(text, head, after,
             after - head <= LONGEST && is_paragraph(text, votes, after, end));
        memmove(text->before + 1, text->before, (ENOUGH - 1) * sizeof votes);
        text->before[0] = votes;
    }
}

/* Copy the paragraphs of a text to the end of `packed`. */
static int pack(const struct text *text)
{
    const struct dedup_cutting *out = text->out;
    for (int64_t row = text->first_row; row < text->rows; row++) {
        int64_t to = out->packed_starts[row], size = out->end[row] - out->begin[row];
        if (size > out->packed_capacity - to)
            return DEDUP_NO_ROOM;
        memcpy(out->packed + to, text->bytes + out->begin[row], (size_t)size);
        out->packed_starts[row + 1] = to + size;
    }
    return 0;
}

static int are_sound(const int64_t *starts, const int64_t *character, const int64_t *line,
                     int64_t texts)
{
    if (texts < 0 || texts > MOST || (texts > 0 && starts[0] < 0))
        return 0;
    for (int64_t k = 0; k < texts; k++)
        if (starts[k + 1] < starts[k] || starts[k + 1] > MOST || character[k] < 0 ||
            character[k] > MOST || line[k] < 0 || line[k] > MOST)
            return 0;
    return 1;
}

int64_t dedup_paragraphs(const uint8_t *bytes, const int64_t *starts, const int64_t *character,
                         const int64_t *line, int64_t texts, int32_t rule,
                         const struct dedup_cutting *out)
{
    int64_t rows = 0;
    if (rule < DEDUP_EACH_LINE || rule > DEDUP_JUDGED || out->capacity < 0 ||
        !are_sound(starts, character, line, texts))
        return DEDUP_BAD_SIZE;
    if (out->packed != NULL)
        out->packed_starts[0] = 0;
    for (int64_t k = 0; k < texts; k++) {
        struct text text = {bytes, starts[k], starts[k + 1], character[k], line[k] + 1, 0, 0, out,
                            rows, rows, {{0, 0, 0}}};
        int result;
        out->starts[k] = rows;
        for (int each = 0; each < 5 && !text.special; each++)
            text.special = has_parting(bytes, text.at, text.end, "\r\f\v\xC2\xE2"[each] & 0xFF);
        if ((result = find_lines(&text)) != 0)
            return result;
        if (rule != DEDUP_EACH_LINE)
            make_blocks(&text, rule == DEDUP_JUDGED);
        if (out->packed != NULL && (result = pack(&text)) != 0)
            return result;
        rows = text.rows;
    }
    out->starts[texts] = rows;
    return rows;
}
