/* Text to tokens: the normal form of each character, where words begin and end, their hashes.

   Knows: the table of characters that is compiled in, and those rules about neighbours that need only
   the characters before. Does not know: Unicode beyond that table. If characters of a row may compose,
   change places, or join words across white space, the row is marked as special, and the caller must
   read it by itself. */

#include "characters.h"
#include "hashes.h"
#include "kernel.h"

#include <stddef.h>
#include <string.h>

#include "characters.inc"

/* The longest run of Arabic letters that can be an affix. */
#define AFFIX 8

/* One row while it is read. */
struct row {
    const struct dedup_reading *out;
    int64_t start;         /* where the row begins in out->normal */
    int64_t written;       /* bytes in out->normal */
    int64_t values;        /* values in out->values */
    int64_t units;         /* units in out->units */
    int64_t token;         /* where the token begins that hasn't ended yet (the open one), -1: none */
    enum kind kind;        /* of the open token */
    int last_was_word;     /* the last token is a word: in `units`, a space follows before a word */
    int folded;
    uint32_t before;       /* entry of the character written last */
    int marks;             /* marks in a row */
    int hyphen;            /* the last character is a hyphen, or blanks after one */
    uint16_t run[AFFIX];   /* the last Arabic letters in a row */
    int run_length;
    int special;
    int64_t error;
    int64_t raw, cased;    /* the copy with capitals: read up to `raw`, written up to `cased` */
};

/* The small letter or digit for each ASCII byte that belongs to words; 0 for all other bytes. */
static const uint8_t ascii_word[256] = {
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6',
    ['7'] = '7', ['8'] = '8', ['9'] = '9', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd',
    ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j', ['k'] = 'k',
    ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r',
    ['s'] = 's', ['t'] = 't', ['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y',
    ['z'] = 'z', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd', ['E'] = 'e', ['F'] = 'f',
    ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k', ['L'] = 'l', ['M'] = 'm',
    ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r', ['S'] = 's', ['T'] = 't',
    ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y', ['Z'] = 'z',
};

/* Count the zeros below the lowest bit that is set. At least one bit must be set. */
static inline int count_zeros(uint64_t value)
{
#if defined(__GNUC__)
    return __builtin_ctzll(value);
#else
    int count = 0;
    for (; !(value & 1); value >>= 1)
        count++;
    return count;
#endif
}

static int is_letter(uint8_t byte)
{
    return ascii_word[byte] >= 'a';
}

static int is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\f' || byte == '\v';
}

/* Load eight bytes from `at` on, with zeros instead of those from `size` on; limit: the array's end. */
static inline uint64_t load(const uint8_t *bytes, int64_t at, int64_t size, int64_t limit)
{
    uint64_t value = 0;
    if (limit - at >= 8) {
        memcpy(&value, bytes + at, 8);
        return size >= 8 ? value : value & (((uint64_t)1 << 8 * size) - 1);
    }
    for (int64_t k = 0; k < size && k < 8; k++)
        value |= (uint64_t)bytes[at + k] << 8 * k;
    return value;
}

/* Hash a token: add eight bytes at a time, and scramble the sum each time. */
static inline uint64_t hash(const uint8_t *bytes, int64_t begin, int64_t end, int64_t limit)
{
    uint64_t value = load(bytes, begin, end - begin, limit);
    for (int64_t at = begin + 8; at < end; at += 8)
        value = mix64(value) + load(bytes, at, end - at, limit);
    return mix64(value) & ~(uint64_t)REACH;
}

/* Add a token: its hash and, if that is wanted, its place. */
static inline void push_token(struct row *row, uint64_t value, int64_t begin, int64_t end)
{
    if (row->values >= row->out->value_capacity) {
        row->error = DEDUP_NO_ROOM;
        return;
    }
    if (row->out->token_begin != NULL) {
        row->out->token_begin[row->values] = begin - row->start;
        row->out->token_end[row->values] = end - row->start;
    }
    row->out->values[row->values++] = value;
}

static void push_unit(struct row *row, int32_t code)
{
    if (row->units >= row->out->unit_capacity)
        row->error = DEDUP_NO_ROOM;
    else
        row->out->units[row->units++] = code < 0 ? 0xFFFD : (uint64_t)code;
}

/* Add the code points of the open token to `units`. */
static void push_units(struct row *row)
{
    const uint8_t *normal = row->out->normal;
    int word = row->kind == WORD;
    if (word && row->last_was_word)
        push_unit(row, ' ');
    for (int64_t at = row->token; at < row->written && row->error == 0;)
        push_unit(row, decode(normal, &at, row->written));
    row->last_was_word = word;
}

/* How many of the following tokens the shingles of a token of this kind include, see dedup_read. */
static inline uint64_t reach_of(enum kind kind)
{
    return kind > IDEOGRAPH ? (uint64_t)(kind - IDEOGRAPH) : 0;
}

/* End the open token, if there is one. */
static void close_token(struct row *row)
{
    if (row->token < 0)
        return;
    int64_t limit = row->out->normal_capacity;
    if (row->out->units != NULL)
        push_units(row);
    push_token(row, hash(row->out->normal, row->token, row->written, limit) | reach_of(row->kind),
               row->token, row->written);
    row->token = -1;
}

static inline void write_bytes(struct row *row, const uint8_t *bytes, int64_t size)
{
    uint8_t *to = row->out->normal + row->written;
    if (row->out->normal_capacity - row->written < size) {
        row->error = DEDUP_NO_ROOM;
        return;
    }
    to[0] = bytes[0]; /* size is 1 to 4, for which a call of memcpy is too slow */
    if (size > 1)
        to[1] = bytes[1];
    if (size > 2)
        to[2] = bytes[2];
    if (size > 3)
        to[3] = bytes[3];
    row->written += size;
}

/* Copy the text with its capitals up to byte `from`; so far it has as many bytes as the normal form.
   Then copy the normal form from `written` on, in place of the text from `from` to `next`. */
static void part_cased(struct row *row, const uint8_t *bytes, int64_t from, int64_t next,
                       int64_t written)
{
    uint8_t *cased = row->out->cased;
    if (cased == NULL || row->error < 0)
        return;
    memcpy(cased + row->cased, bytes + row->raw, (size_t)(from - row->raw));
    memcpy(cased + written, row->out->normal + written, (size_t)(row->written - written));
    row->raw = next;
    row->cased = row->written;
}

/* Begin, continue or end a token, according to the kind of the next character. */
static inline void turn(struct row *row, enum kind kind)
{
    if (kind == SEPARATOR) {
        close_token(row);
    } else if (kind == MARK) {
        if (row->token < 0) {
            row->token = row->written;
            row->kind = WORD;
        }
    } else if (kind >= IDEOGRAPH || row->token < 0 || row->kind != WORD) {
        close_token(row);
        row->token = row->written;
        row->kind = kind;
    }
}

/* --- stretches of ASCII ----------------------------------------------------------------------- */

/* If the hyphen at `at` splits a word at a line end, say where the word goes on. Otherwise return `at`,
   or -1 if a character beyond ASCII stands on either side, so that this function can't decide. */
static int64_t after_wrap(const uint8_t *bytes, int64_t at, int64_t begin, int64_t end)
{
    int64_t next = at + 1;
    uint8_t before = at > begin ? bytes[at - 1] : ' ';
    if (before < 0x80 && !is_letter(before))
        return at;
    while (next < end && is_blank(bytes[next]))
        next++;
    if (next == end || (bytes[next] != '\n' && bytes[next] < 0x80))
        return at;
    if (bytes[next] != '\n')
        return -1;
    next++;
    while (next < end && is_blank(bytes[next]))
        next++;
    if (next < end && (before >= 0x80 || bytes[next] >= 0x80))
        return -1;
    return next < end && is_letter(bytes[next]) ? next : at;
}

#define EVERY(byte) ((uint64_t)(byte) * 0x0101010101010101u)

/* Set the highest bit of each of eight bytes that is `least` or more. All must be below 0x80. */
static inline uint64_t at_least(uint64_t bytes, uint8_t least)
{
    return (bytes + EVERY(0x80 - least)) & EVERY(0x80);
}

/* Eight bytes in small letters, and how many bytes at the beginning belong to words. */
struct eight {
    uint64_t small;
    int64_t words;
};

static inline struct eight look_at(uint64_t bytes)
{
    uint64_t ascii = bytes & EVERY(0x7F), folded = ascii | EVERY(0x20);
    uint64_t letters = at_least(folded, 'a') & ~at_least(folded, 'z' + 1);
    uint64_t digits = at_least(ascii, '0') & ~at_least(ascii, '9' + 1);
    uint64_t others = ~((letters | digits) & ~bytes) & EVERY(0x80);
    struct eight found = {ascii | letters >> 2, 8};
    if (others != 0)
        found.words = count_zeros(others) / 8;
    return found;
}

/* Read a word of fewer than eight bytes in one step. Returns its length, 0 if it can't be read so. */
static inline int64_t read_short_word(struct row *row, const uint8_t *bytes, int64_t at,
                                      int64_t written, int64_t end)
{
    struct eight eight;
    uint64_t some;
    if (row->out->units != NULL || row->token >= 0 || end - at < 8)
        return 0;
    memcpy(&some, bytes + at, 8);
    eight = look_at(some);
    if (eight.words == 0 || eight.words == 8 || bytes[at + eight.words] >= 0x80 ||
        bytes[at + eight.words] == '-')
        return 0;
    memcpy(row->out->normal + written, &eight.small, 8);
    some = eight.small & (((uint64_t)1 << 8 * eight.words) - 1);
    push_token(row, mix64(some) & ~(uint64_t)REACH, written, written + eight.words);
    return eight.words;
}

/* Read the ASCII characters from `at` on; begin, end: of the row. Returns where they end. */
static int64_t read_ascii(struct row *row, const uint8_t *restrict bytes, int64_t begin,
                          int64_t at, int64_t end)
{
    uint8_t *restrict normal = row->out->normal;
    int64_t written = row->written;
    if (row->out->normal_capacity - written < end - at + 8) {
        row->error = DEDUP_NO_ROOM;
        return at;
    }
    while (at < end && bytes[at] < 0x80) {
        uint8_t small = ascii_word[bytes[at]];
        if (small) {
            int64_t size = read_short_word(row, bytes, at, written, end);
            if (size > 0) {
                written += size;
                at += size;
                continue;
            }
            if (row->token >= 0 && row->kind != WORD) {
                row->written = written;
                close_token(row);
            }
            if (row->token < 0) {
                row->token = written;
                row->kind = WORD;
            }
            do {
                normal[written++] = small;
                at++;
            } while (at < end && (small = ascii_word[bytes[at]]) != 0);
            continue;
        }
        if (bytes[at] == '-' && !row->folded) {
            int64_t next = after_wrap(bytes, at, begin, end);
            if (next < 0) {
                row->special = 1;
                return at;
            }
            if (next != at) {
                row->written = written;
                part_cased(row, bytes, at, next, written);
                at = next;
                continue;
            }
        }
        row->written = written;
        close_token(row);
        normal[written++] = bytes[at++];
    }
    row->written = written;
    return at;
}

/* --- characters and their neighbours ---------------------------------------------------------- */

static uint32_t entry_of(int32_t code)
{
    return entries[block_of[(uint32_t)code / BLOCK]][(uint32_t)code % BLOCK];
}

/* Say whether the last run of Arabic letters is an affix, and forget it. */
static int ends_affix(struct row *row)
{
    int length = row->run_length, found = 0;
    row->run_length = 0;
    if (length == 0 || length >= AFFIX || !(affix_heads[length] >> (row->run[0] & 63) & 1))
        return 0;
    for (int k = length; k < AFFIX; k++)
        row->run[k] = 0;
    for (size_t k = 0; k < sizeof affixes / sizeof affixes[0] && !found; k++)
        found = memcmp(affixes[k], row->run, sizeof row->run) == 0;
    return found;
}

/* Note a character of the normal form, to find affixes. */
static inline void mind_affixes(struct row *row, int32_t code, uint32_t arabic)
{
    if (arabic) {
        if (row->run_length < AFFIX)
            row->run[row->run_length++] = (uint16_t)code;
    } else if (row->run_length > 0 && ends_affix(row)) {
        row->special = 1;
    }
}

/* Note a character of the normal form, and mark the row as special if neighbours may change it. */
static void mind(struct row *row, int32_t code, uint32_t entry)
{
    uint32_t order = entry >> ORDER_SHIFT & 255u, last = row->before >> ORDER_SHIFT & 255u;
    if (order > 0 && order < 255 && last > order)
        row->special = 1; /* the two change places */
    if (entry & SECOND && (row->before & FIRST || (order > 0 && last > 0)))
        row->special = 1; /* it may be composed with the character before */
    row->before = entry;
    mind_affixes(row, code, entry & ARABIC);
    if (code == '\n' && row->hyphen)
        row->special = 1; /* it may part a word */
    if (!(entry & BLANK))
        row->hyphen = (entry & HYPHEN) != 0;
}

/* Write a character that is its own normal form. */
static void write_plain(struct row *row, int32_t code, uint32_t entry, const uint8_t *bytes,
                        int64_t size)
{
    if (!row->folded)
        mind(row, code, entry);
    turn(row, (enum kind)(entry & KIND));
    write_bytes(row, bytes, size);
}

static void write_mapped(struct row *row, uint32_t entry)
{
    int64_t at = entry >> OFFSET_SHIFT, end = at + 1 + strings[at], begin;
    for (begin = ++at; at < end && row->error == 0; begin = at) {
        int32_t code = decode(strings, &at, end);
        write_plain(row, code, entry_of(code), strings + begin, at - begin);
        if (entry & MARKED)
            row->before |= 255u << ORDER_SHIFT; /* marks that were left out may change places too */
    }
}

/* Read a stretch of ASCII between other characters, and note its effect on these. */
static int64_t read_between(struct row *row, const uint8_t *bytes, int64_t begin, int64_t at,
                            int64_t end)
{
    int64_t from = at, last;
    if (!row->folded) {
        if (row->run_length > 0 && ends_affix(row))
            row->special = 1;
        while (row->hyphen && at < end && is_blank(bytes[at]))
            at++;
        if (row->hyphen && at < end && bytes[at] == '\n')
            row->special = 1; /* it may part a word */
    }
    at = read_ascii(row, bytes, begin, from, end);
    if (row->folded || row->special || row->error < 0)
        return at;
    for (last = at - 1; last > from && is_blank(bytes[last]);)
        last--;
    if (!is_blank(bytes[last]))
        row->hyphen = bytes[last] == '-';
    row->marks = 0;
    row->before = entry_of(bytes[at - 1]);
    return at;
}

/* --- letters, the fast path ------------------------------------------------------------------- */

/* The bits that the entry of a character on the fast path may have: the character is its own normal
   form, and nothing but its combining class may change the characters before it. */
#define QUICK (KIND | FIRST | MARKED | 255u << ORDER_SHIFT)

/* The state of the fast path, from character to character. */
struct quick {
    int64_t at, written;
    uint32_t before;
    int marks;
};

/* Look up a letter of two bytes; 0 for any other character. */
static inline uint32_t pair_at(const uint8_t *bytes, int64_t at, int64_t end)
{
    if (end - at < 2 || (bytes[at] & 0xE0) != 0xC0 || (bytes[at + 1] & 0xC0) != 0x80)
        return 0;
    return pairs[(bytes[at] & 0x1F) << 6 | (bytes[at + 1] & 0x3F)];
}

/* Read letters of two bytes. There must be at least one. */
static inline void read_pairs(struct row *row, const uint8_t *bytes, int64_t end,
                              struct quick *quick)
{
    uint8_t *to = row->out->normal + quick->written;
    uint32_t pair = pair_at(bytes, quick->at, end);
    int32_t code = 0;
    row->written = quick->written;
    turn(row, WORD);
    for (; pair != 0; pair = pair_at(bytes, quick->at, end)) {
        to[0] = (uint8_t)pair;
        to[1] = (uint8_t)(pair >> 8);
        code = (int32_t)((pair & 0x1F) << 6 | (pair >> 8 & 0x3F));
        quick->marks = pair & PAIR_MARKED ? quick->marks + 1 : 0;
        mind_affixes(row, code, pair & PAIR_ARABIC);
        row->special |= quick->marks >= MANY_MARKS;
        to += 2;
        quick->at += 2;
    }
    quick->written = to - row->out->normal;
    quick->before = entry_of(to[-1] < 0x80 ? to[-1] : code);
    if (quick->marks > 0)
        quick->before |= 255u << ORDER_SHIFT; /* marks that were left out may change places too */
}

/* Read ASCII that continues a word, or a blank before the next word. Returns 0 for other ASCII. */
static inline int read_among(struct row *row, const uint8_t *bytes, int64_t end,
                             struct quick *quick)
{
    uint8_t *normal = row->out->normal, byte = bytes[quick->at], small = ascii_word[byte];
    if (small && row->token >= 0 && row->kind == WORD) {
        for (; small; small = ++quick->at < end ? ascii_word[bytes[quick->at]] : 0)
            normal[quick->written++] = byte = small;
    } else if (byte == ' ' && end - quick->at > 1 && bytes[quick->at + 1] >= 0x80) {
        row->written = quick->written;
        close_token(row);
        normal[quick->written++] = byte;
        quick->at++;
    } else {
        return 0;
    }
    mind_affixes(row, byte, 0);
    quick->before = entry_of(byte);
    quick->marks = 0;
    return 1;
}

/* Look up the character at *next, and move *next after it; SPECIAL if the fast path ends there. */
static inline uint32_t entry_at(const uint8_t *bytes, int64_t *next, int64_t end)
{
    int32_t code = *next < end ? decode(bytes, next, end) : -1;
    return code < 0 ? SPECIAL : entry_of(code);
}

/* Count the marks in a row, including this character if it is one. There is no branch, because the
   processor could not predict it. */
static inline int marks_after(const struct quick *quick, uint32_t entry)
{
    return (quick->marks + 1) & -(int)(entry / MARKED & 1);
}

/* Say whether the fast path can read a character: it has no bits other than QUICK, stands in the order
   of combining classes, and is not one mark too many. */
static inline int is_quick(const struct quick *quick, uint32_t entry)
{
    uint32_t order = entry >> ORDER_SHIFT & 255u, last = quick->before >> ORDER_SHIFT & 255u;
    return !((entry & ~QUICK) | ((order > 0) & (last > order)) |
             (marks_after(quick, entry) >= MANY_MARKS));
}

static inline void pass(struct quick *quick, uint32_t entry, int64_t next)
{
    quick->marks = marks_after(quick, entry);
    quick->before = entry;
    quick->at = next;
}

/* Copy the bytes that were read, from `from` on; end: of the row. */
static inline void copy(const struct row *row, const uint8_t *bytes, int64_t from, int64_t end,
                        struct quick *quick)
{
    uint8_t *to = row->out->normal + quick->written;
    int64_t size = quick->at - from, k = 0;
    for (; k < size && end - from - k >= 8; k += 8)
        memcpy(to + k, bytes + from + k, 8); /* there is room for eight bytes more */
    for (; k < size; k++)
        to[k] = bytes[from + k];
    quick->written += size;
}

#define SINGLES 64

/* Read characters that are tokens of their own, each with its marks; the first character is one. First
   note where all tokens begin, then hash them: that is faster, because the processor can't predict
   which characters are marks. The last token stays open, since a mark may follow. */
static void read_singles(struct row *row, const uint8_t *bytes, int64_t end, struct quick *quick)
{
    int64_t from = quick->at, next = from, begin[SINGLES], shift = quick->written - from;
    uint32_t kinds[SINGLES];
    struct quick now = *quick;
    int count = 0;
    while (count < SINGLES) {
        uint32_t entry = entry_at(bytes, &next, end), kind = entry & KIND;
        if (kind == SEPARATOR || kind == WORD || !is_quick(&now, entry))
            break;
        begin[count] = now.at;
        kinds[count] = kind;
        count += kind != MARK;
        pass(&now, entry, next);
    }
    *quick = now;
    copy(row, bytes, from, end, quick);
    for (int k = 0; k + 1 < count && row->error == 0; k++)
        push_token(row, hash(bytes, begin[k], begin[k + 1], end) | reach_of((enum kind)kinds[k]),
                   begin[k] + shift, begin[k + 1] + shift);
    row->token = begin[count - 1] + shift;
    row->kind = (enum kind)kinds[count - 1];
}

/* Say whether a character of this kind continues the open word. */
static inline int goes_on(const struct row *row, enum kind kind)
{
    return (kind == WORD || kind == MARK) && row->token >= 0 && row->kind == WORD;
}

/* Read characters of any other kind on the fast path. Returns 0 if there is none. */
static inline int read_others(struct row *row, const uint8_t *bytes, int64_t end,
                              struct quick *quick)
{
    int64_t from = quick->at, next = from;
    uint32_t entry = entry_at(bytes, &next, end);
    if (!is_quick(quick, entry))
        return 0;
    mind_affixes(row, 0, 0);
    row->written = quick->written;
    turn(row, (enum kind)(entry & KIND));
    if ((entry & KIND) >= IDEOGRAPH && row->out->units == NULL) {
        read_singles(row, bytes, end, quick);
        return 1;
    }
    do {
        pass(quick, entry, next);
        entry = entry_at(bytes, &next, end);
    } while (goes_on(row, (enum kind)(entry & KIND)) && is_quick(quick, entry));
    copy(row, bytes, from, end, quick);
    return 1;
}

/* Read characters from `begin` on, the first one beyond ASCII, as far as the fast path can. Returns
   where it ends: `begin` if it can't read the first one. */
static int64_t read_letters(struct row *row, const uint8_t *bytes, int64_t begin, int64_t end)
{
    struct quick quick = {begin, row->written, row->before, row->marks};
    int good = row->out->normal_capacity - row->written >= end - begin + 8;
    while (good && quick.at < end && !row->special && row->error == 0) {
        if (pair_at(bytes, quick.at, end) != 0)
            read_pairs(row, bytes, end, &quick);
        else if (bytes[quick.at] < 0x80)
            good = read_among(row, bytes, end, &quick);
        else
            good = read_others(row, bytes, end, &quick);
    }
    if (quick.at == begin)
        return begin;
    row->written = quick.written;
    row->before = quick.before;
    row->marks = quick.marks;
    row->hyphen = 0;
    return quick.at;
}

/* --- rows of any characters ------------------------------------------------------------------- */

/* Read a character beyond ASCII, which stands at `at`. */
static void read_character(struct row *row, int32_t code, const uint8_t *text, int64_t at,
                           int64_t size)
{
    const uint8_t *bytes = text + at;
    static const uint8_t unreadable[3] = {0xEF, 0xBF, 0xBD};
    uint32_t entry = code < 0 ? SEPARATOR : entry_of(code);
    int64_t written = row->written;
    if (code < 0) {
        write_plain(row, 0xFFFD, SEPARATOR, unreadable, 3);
        part_cased(row, text, at, at + size, written);
        return;
    }
    if (row->folded) {
        write_plain(row, code, entry, bytes, size);
        return;
    }
    row->marks = entry & MARKED ? row->marks + 1 : 0;
    if (entry & SPECIAL || row->marks >= MANY_MARKS)
        row->special = 1;
    else if (entry & MAPPED)
        write_mapped(row, entry);
    else
        write_plain(row, code, entry, bytes, size);
    row->hyphen |= (entry & SOFT) != 0;
    if (row->written - written != size)
        part_cased(row, text, at, at + size, written);
}

static void read_wide(struct row *row, const uint8_t *bytes, int64_t begin, int64_t end)
{
    for (int64_t at = begin; at < end && !row->special && row->error == 0;) {
        int64_t from = at;
        if (bytes[at] < 0x80) {
            at = read_between(row, bytes, begin, at, end);
        } else if (row->folded || (at = read_letters(row, bytes, from, end)) == from) {
            int32_t code = decode(bytes, &at, end);
            read_character(row, code, bytes, from, at - from);
        }
    }
    if (!row->folded && row->run_length > 0 && ends_affix(row))
        row->special = 1;
}

static int is_ascii(const uint8_t *bytes, int64_t begin, int64_t end)
{
    uint64_t seen = 0;
    int64_t at = begin;
    for (; end - at >= 8; at += 8)
        seen |= load(bytes, at, 8, end);
    for (; at < end; at++)
        seen |= bytes[at];
    return (seen & 0x8080808080808080u) == 0;
}

static int64_t read_row(struct row *row, const uint8_t *bytes, int64_t begin, int64_t end)
{
    int64_t written = row->written, values = row->values, units = row->units;
    row->start = row->cased = written;
    row->raw = begin;
    row->token = -1;
    row->last_was_word = row->marks = row->hyphen = row->run_length = row->special = 0;
    row->before = 0;
    if (is_ascii(bytes, begin, end))
        read_ascii(row, bytes, begin, begin, end);
    else
        read_wide(row, bytes, begin, end);
    if (row->special) {
        row->written = written;
        row->values = values;
        row->units = units;
        return row->error;
    }
    if (row->error == 0)
        close_token(row);
    part_cased(row, bytes, end, end, row->written);
    return row->error;
}

int64_t dedup_read(const uint8_t *bytes, const int64_t *starts, int64_t rows, int32_t folded,
                   const struct dedup_reading *reading)
{
    struct row row = {.out = reading, .folded = folded};
    const uint8_t line_end = '\n';
    if (rows < 0 || reading->normal_capacity < 0 || reading->value_capacity < 0 ||
        reading->unit_capacity < 0)
        return DEDUP_BAD_SIZE;
    for (int64_t r = 0; r < rows; r++) {
        if (starts[r] < 0 || starts[r + 1] < starts[r])
            return DEDUP_BAD_SIZE;
        reading->normal_starts[r] = row.written;
        reading->value_starts[r] = row.values;
        if (reading->units != NULL)
            reading->unit_starts[r] = row.units;
        if (read_row(&row, bytes, starts[r], starts[r + 1]) < 0)
            return row.error;
        reading->special[r] = (uint8_t)row.special;
        write_bytes(&row, &line_end, 1);
        if (row.error < 0)
            return row.error;
        if (reading->cased != NULL)
            reading->cased[row.written - 1] = line_end;
    }
    reading->normal_starts[rows] = row.written;
    reading->value_starts[rows] = row.values;
    if (reading->units != NULL)
        reading->unit_starts[rows] = row.units;
    return row.values;
}

uint32_t dedup_entry(int32_t code)
{
    return entry_of(code);
}

/* Say whether a code point lies in one of some spans, which are sorted. */
static int is_in(const int32_t (*spans)[2], size_t count, int32_t code)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (spans[middle][1] < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && spans[low][0] <= code;
}

int dedup_is_numeral(int32_t code)
{
    return is_in(numerals, sizeof numerals / sizeof numerals[0], code);
}

int dedup_is_lower(int32_t code)
{
    return is_in(lowers, sizeof lowers / sizeof lowers[0], code);
}

int32_t dedup_kernel_version(void)
{
    return DEDUP_KERNEL_VERSION;
}
