/* The look of a word, and whether two words are alike.

   Knows: a word's bytes, its capitals, the characters beside it, and the lists of function words,
   negations and numerals that the caller passes. Does not know: pairs, alignments, weights.

   What this file finds about a single word depends on the text of that word alone. */

#include "words.h"
#include "characters.h"
#include "hashes.h"

#include <string.h>

/* The most letters of a word that are compared one by one; longer words are compared as bytes. */
#define LETTERS 64

/* How many bytes before a word are searched for the beginning of a link's target. */
#define LINK 300

/* The classes of ASCII characters. A character may have several. */
enum {
    SMALL = 1,
    CAPITAL = 2,
    DIGIT = 4,
    SPACE = 8,       /* white space */
    OPENING = 16,    /* may stand before the first word of a sentence */
    GOING_ON = 32,   /* the sentence goes on after it */
    JOINT = 64,      /* joins digits into a longer number */
    GROUPING = 128,  /* groups thousands */
    TIES = 256,      /* makes a word beside it part of an identifier, path or address */
    TIES_NEXT = 512, /* does so for the word after it */
    JOINS = 1024     /* does so if a letter or digit stands on its other side */
};

#define ALPHANUMERIC (SMALL | CAPITAL | DIGIT)

static const uint16_t classes[128] = {
    ['a'] = SMALL, ['b'] = SMALL, ['c'] = SMALL, ['d'] = SMALL, ['e'] = SMALL, ['f'] = SMALL,
    ['g'] = SMALL, ['h'] = SMALL, ['i'] = SMALL, ['j'] = SMALL, ['k'] = SMALL, ['l'] = SMALL,
    ['m'] = SMALL, ['n'] = SMALL, ['o'] = SMALL, ['p'] = SMALL, ['q'] = SMALL, ['r'] = SMALL,
    ['s'] = SMALL, ['t'] = SMALL, ['u'] = SMALL, ['v'] = SMALL, ['w'] = SMALL, ['x'] = SMALL,
    ['y'] = SMALL, ['z'] = SMALL, ['A'] = CAPITAL, ['B'] = CAPITAL, ['C'] = CAPITAL,
    ['D'] = CAPITAL, ['E'] = CAPITAL, ['F'] = CAPITAL, ['G'] = CAPITAL, ['H'] = CAPITAL,
    ['I'] = CAPITAL, ['J'] = CAPITAL, ['K'] = CAPITAL, ['L'] = CAPITAL, ['M'] = CAPITAL,
    ['N'] = CAPITAL, ['O'] = CAPITAL, ['P'] = CAPITAL, ['Q'] = CAPITAL, ['R'] = CAPITAL,
    ['S'] = CAPITAL, ['T'] = CAPITAL, ['U'] = CAPITAL, ['V'] = CAPITAL, ['W'] = CAPITAL,
    ['X'] = CAPITAL, ['Y'] = CAPITAL, ['Z'] = CAPITAL, ['0'] = DIGIT, ['1'] = DIGIT, ['2'] = DIGIT,
    ['3'] = DIGIT, ['4'] = DIGIT, ['5'] = DIGIT, ['6'] = DIGIT, ['7'] = DIGIT, ['8'] = DIGIT,
    ['9'] = DIGIT,
    [' '] = SPACE | OPENING | GROUPING,
    ['\t'] = SPACE | OPENING,
    ['\r'] = SPACE | OPENING,
    ['\n'] = SPACE | OPENING,
    ['"'] = OPENING,
    ['\''] = OPENING | GOING_ON | GROUPING,
    ['`'] = OPENING | TIES,
    ['*'] = OPENING,
    ['_'] = OPENING | TIES,
    ['('] = OPENING,
    ['['] = OPENING,
    ['{'] = OPENING,
    ['<'] = OPENING,
    [','] = GOING_ON | JOINT | GROUPING,
    [')'] = GOING_ON,
    [']'] = GOING_ON,
    ['&'] = GOING_ON,
    ['.'] = JOINT | GROUPING | JOINS,
    ['-'] = JOINT,
    ['/'] = JOINT | TIES,
    [':'] = JOINT | JOINS,
    ['@'] = TIES,
    ['='] = TIES,
    ['$'] = TIES_NEXT,
    ['\\'] = TIES_NEXT,
    ['#'] = TIES_NEXT,
};

/* Say whether a byte has one of some classes. */
static inline int is_of(uint8_t byte, int some)
{
    return byte < 0x80 && (classes[byte] & some) != 0;
}

/* Give a byte of a text, with capitals; 0 outside of the text. */
static uint8_t byte_at(const struct text *text, int64_t at)
{
    return at >= 0 && at < text->size ? text->cased[at] : 0;
}

/* Say whether a character beside a word makes it part of an identifier, path or address. */
static int is_tied(const struct text *text, int64_t begin, int64_t end)
{
    uint8_t before = byte_at(text, begin - 1), after = byte_at(text, end);
    if (is_of(before, TIES | TIES_NEXT) || is_of(after, TIES))
        return 1;
    if (is_of(before, JOINS) && is_of(byte_at(text, begin - 2), ALPHANUMERIC))
        return 1;
    return is_of(after, JOINS) && is_of(byte_at(text, end + 1), ALPHANUMERIC);
}

/* Say whether a word mixes letters and digits, or has a capital after a small letter or the like. */
static int is_mixed(const uint8_t *bytes, int64_t size)
{
    for (int64_t k = 1; k < size; k++) {
        uint8_t a = bytes[k - 1], b = bytes[k];
        if ((is_of(a, SMALL) && is_of(b, CAPITAL)) ||
            (is_of(a, SMALL | CAPITAL) && is_of(b, DIGIT)) ||
            (is_of(a, DIGIT) && is_of(b, SMALL | CAPITAL)))
            return 1;
        if (k > 1 && is_of(bytes[k - 2], CAPITAL) && is_of(a, CAPITAL) && is_of(b, SMALL))
            return 1;
    }
    return 0;
}

/* Say whether a character belongs to words. */
static int is_of_words(int32_t code)
{
    return code >= 0 && (dedup_entry(code) & KIND) >= WORD;
}

/* Decode the last character before `end`. */
static int32_t last_before(const struct text *text, int64_t end)
{
    int64_t at = end - 1;
    while (at > 0 && end - at < 4 && (text->cased[at] & 0xC0) == 0x80)
        at--;
    return decode(text->cased, &at, end);
}

/* Say whether a sentence may begin at a byte. */
static int begins_sentence(const struct text *text, int64_t begin)
{
    int64_t at = begin - 1;
    for (; is_of(byte_at(text, at), OPENING); at--)
        if (text->cased[at] == '\n' && byte_at(text, at - 1) == '\n')
            return 1;
    if (at < 0)
        return 1;
    if (text->cased[at] < 0x80)
        return !is_of(text->cased[at], ALPHANUMERIC | GOING_ON);
    return !is_of_words(last_before(text, at + 1));
}

static enum mark mark_of(const struct text *text, int64_t begin, int64_t end)
{
    const uint8_t *cased = text->cased + begin, *form = text->normal + begin;
    int64_t first = 0;
    if (is_tied(text, begin, end))
        return IDENTIFIER;
    if (memcmp(cased, form, (size_t)(end - begin)) == 0)
        return PLAIN_WORD;
    if (is_mixed(cased, end - begin))
        return IDENTIFIER;
    decode(form, &first, end - begin);
    if (memcmp(cased, form, (size_t)first) == 0 || begins_sentence(text, begin))
        return PLAIN_WORD;
    return NAME;
}

/* --- lists of words --------------------------------------------------------------------------- */

/* Find the place of a hash in a sorted list; -1 if it isn't there. */
static int64_t place_in(const uint64_t *list, int64_t count, uint64_t hash)
{
    int64_t low = 0, high = count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (list[middle] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && list[low] == hash ? low : -1;
}

/* The first two characters of a word (-1 for a missing one), and whether there are no more. */
struct head {
    int32_t first, second;
    int is_short;
};

static struct head head_of(const struct word *word)
{
    struct head head = {-1, -1, 1};
    int64_t at = 0;
    if (word->size > 0)
        head.first = decode(word->form, &at, word->size);
    if (at < word->size)
        head.second = decode(word->form, &at, word->size);
    head.is_short = at == word->size;
    return head;
}

/* Say whether a character is a digit or a numeral of any script. */
static int is_numeral(int32_t code)
{
    return code < 0x80 ? code >= '0' && code <= '9' : dedup_is_numeral(code);
}

/* Say whether a small letter is of a script that has capitals. */
static int has_capital(int32_t code)
{
    return (code >= 0xAA && code < 0x590) || (code >= 0x1D00 && code < 0x2000);
}

/* Note whether a word is ASCII only, and whether it has a digit or numeral. */
static void look_at_letters(struct word *word)
{
    int classes_of = 0;
    word->is_ascii = 1;
    for (int64_t k = 0; k < word->size; k++) {
        if (word->form[k] >= 0x80)
            word->is_ascii = 0;
        else
            classes_of |= classes[word->form[k]];
    }
    word->is_number = (classes_of & DIGIT) != 0;
    for (int64_t at = 0; at < word->size && !word->is_ascii && !word->is_number;)
        word->is_number = is_numeral(decode(word->form, &at, word->size));
}

/* Say whether a word of two characters or more is ASCII and has no small letter but a capital. */
static int is_all_capitals(const struct text *text, const struct word *word)
{
    int capitals = 0;
    for (int64_t k = word->begin; k < word->end; k++) {
        if (text->cased[k] >= 0x80 || is_of(text->cased[k], SMALL))
            return 0;
        capitals += is_of(text->cased[k], CAPITAL);
    }
    return capitals > 0 && word->size > 1;
}

/* Say whether a word is a function word even if no list has it: Hiragana, and plain words of one or
   two letters, unless they are a unit after a number or the letter of a list item, as in (b). */
static int is_short_function(const struct text *text, const struct word *word)
{
    struct head head = head_of(word);
    if (head.first >= 0x3040 && head.first <= 0x309F)
        return 1;
    if (!head.is_short || word->is_number)
        return 0;
    if (!word->is_ascii)
        return has_capital(head.first);
    if (byte_at(text, word->begin - 1) == ' ' && is_of(byte_at(text, word->begin - 2), DIGIT))
        return 0;
    return word->mark == PLAIN_WORD && byte_at(text, word->begin + 1) != ')';
}

/* The bits in which look_at_word stores what it found about a word. */
enum { SEEN = 1, ASCII = 2, FUNCTION = 4, NEGATION = 8, NUMBER = 16, MARK_SHIFT = 5, NUMERAL_SHIFT = 7 };

static uint16_t seen_of(const struct dedup_lexicon *lexicon, const struct text *text,
                        struct word *word, uint64_t hash)
{
    int64_t numeral = place_in(lexicon->numerals, lexicon->numeral_count, hash);
    int seen = SEEN;
    word->mark = mark_of(text, word->begin, word->end);
    look_at_letters(word);
    seen |= word->is_ascii ? ASCII : 0;
    if (place_in(lexicon->negations, lexicon->negation_count, hash) >= 0)
        seen |= NEGATION;
    if (word->mark != IDENTIFIER && !is_all_capitals(text, word) &&
        (place_in(lexicon->functions, lexicon->function_count, hash) >= 0 ||
         is_short_function(text, word)))
        seen |= FUNCTION;
    if (word->is_number || numeral >= 0)
        seen |= NUMBER;
    seen |= (int)word->mark << MARK_SHIFT | (int)(numeral + 1) << NUMERAL_SHIFT;
    return (uint16_t)seen;
}

void look_at_word(struct word *word, const struct dedup_lexicon *lexicon, const struct text *text,
                  int64_t begin, int64_t end, uint64_t hash, uint16_t *known)
{
    int numeral;
    word->form = text->normal + begin;
    word->size = end - begin;
    word->begin = begin;
    word->end = end;
    if (*known == 0)
        *known = seen_of(lexicon, text, word, hash);
    numeral = *known >> NUMERAL_SHIFT;
    word->mark = (enum mark)(*known >> MARK_SHIFT & 3);
    word->is_ascii = (*known & ASCII) != 0;
    word->is_function = (*known & FUNCTION) != 0;
    word->is_negation = (*known & NEGATION) != 0;
    word->is_number = (*known & NUMBER) != 0;
    word->numeral = numeral > 0 ? lexicon->numeral_values[numeral - 1] : 0;
}

static int is_form(const struct word *word, const char *form)
{
    return word->size == (int64_t)strlen(form) &&
           memcmp(word->form, form, (size_t)word->size) == 0;
}

static int ends_in_n(const struct word *word)
{
    return word->size > 0 && word->form[word->size - 1] == 'n';
}

void write_out(struct word *words, int64_t count)
{
    for (int64_t k = count - 1; k > 0; k--) {
        if (!is_form(words + k, "t") || !ends_in_n(words + k - 1) || head_of(words + k - 1).is_short)
            continue;
        words[k].form = (const uint8_t *)"not";
        words[k].size = 3;
        words[k].is_negation = 1;
        if (!is_form(words + k - 1, "can"))
            words[k - 1].size--;
    }
}

int negates(const struct word *words, int64_t count)
{
    int is_t = 0, is_n = 0;
    for (int64_t k = 0; k < count; k++) {
        if (words[k].is_negation)
            return 1;
        is_t |= is_form(words + k, "t");
        is_n |= ends_in_n(words + k);
    }
    return is_t && is_n;
}

/* --- respellings ------------------------------------------------------------------------------ */

/* The first LETTERS letters of a word, and whether it has more. */
struct letters {
    int32_t letter[LETTERS];
    int count, is_long;
};

static void add_letter(struct letters *letters, int32_t code)
{
    if (letters->count < LETTERS)
        letters->letter[letters->count++] = code;
    else
        letters->is_long = 1;
}

static struct letters letters_of(const struct word *word)
{
    struct letters letters;
    letters.count = letters.is_long = 0;
    for (int64_t at = 0; at < word->size && !letters.is_long;)
        add_letter(&letters, decode(word->form, &at, word->size));
    return letters;
}

/* Say whether a mark is one that writers often leave out by mistake: hamza and madda, nukta, the
   tones of Thai and Lao. */
static int is_slight(int32_t code)
{
    return (code >= 0x653 && code <= 0x655) || code == 0x93C || code == 0x9BC || code == 0xA3C ||
           code == 0xABC || code == 0xB3C || (code >= 0xE48 && code <= 0xE4B) ||
           (code >= 0xEC8 && code <= 0xECB);
}

/* Give one letter for several that writers use for each other: alef, ya and waw with and without a
   hamza, letters of Hindi and Tamil with and without a dot, alef maqsura and ya, ta marbuta and ha,
   two nasals. */
static int32_t bare_letter(int32_t code)
{
    switch (code) {
    case 0x622: case 0x623: case 0x625: return 0x627;
    case 0x624: return 0x648;
    case 0x626: case 0x649: return 0x64A;
    case 0x629: case 0x6C0: case 0x6C2: return 0x647;
    case 0x929: return 0x928;
    case 0x931: return 0x930;
    case 0x934: return 0x933;
    case 0x901: return 0x902;
    default: return code;
    }
}

static struct letters bare_letters_of(const struct word *word)
{
    struct letters bare;
    bare.count = bare.is_long = 0;
    for (int64_t at = 0; at < word->size && !bare.is_long;) {
        int32_t code = decode(word->form, &at, word->size);
        if (!is_slight(code))
            add_letter(&bare, bare_letter(code));
    }
    return bare;
}

static int are_same_letters(const struct letters *a, const struct letters *b)
{
    return !a->is_long && !b->is_long && a->count == b->count &&
           memcmp(a->letter, b->letter, (size_t)a->count * sizeof *a->letter) == 0;
}

#define FIRST_SYLLABLE 0xAC00
#define LAST_SYLLABLE 0xD7A3

static int is_korean(int32_t code)
{
    return code >= FIRST_SYLLABLE && code <= LAST_SYLLABLE;
}

/* Replace each syllable of a Korean word by the two or three letters of which it consists. */
static struct letters letters_of_syllables(const struct letters *syllables)
{
    struct letters letters;
    letters.count = 0;
    letters.is_long = syllables->is_long;
    for (int k = 0; k < syllables->count; k++) {
        int32_t code = syllables->letter[k], last;
        if (!is_korean(code)) {
            add_letter(&letters, code);
            continue;
        }
        last = (code - FIRST_SYLLABLE) % 28;
        add_letter(&letters, 0x1100 + (code - FIRST_SYLLABLE) / 588);
        add_letter(&letters, 0x1161 + (code - FIRST_SYLLABLE) % 588 / 28);
        if (last > 0)
            add_letter(&letters, 0x11A7 + last);
    }
    return letters;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Count the slips between two words: letters added, left out or changed, or two neighbours swapped. */
static int count_slips(const struct letters *a, const struct letters *b)
{
    int rows[3][LETTERS + 1], *before = rows[0], *last = rows[1], *now = rows[2];
    int head = 0, a_count = a->count, b_count = b->count;
    const int32_t *x = a->letter, *y = b->letter;
    while (head < a_count && head < b_count && x[head] == y[head])
        head++;
    x += head, y += head, a_count -= head, b_count -= head;
    while (a_count > 0 && b_count > 0 && x[a_count - 1] == y[b_count - 1])
        a_count--, b_count--;
    for (int j = 0; j <= b_count; j++)
        last[j] = before[j] = j;
    for (int i = 1; i <= a_count; i++) {
        int *spare = before;
        now[0] = i;
        for (int j = 1; j <= b_count; j++) {
            now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + (x[i - 1] != y[j - 1]));
            if (i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
        before = last, last = now, now = spare;
    }
    return last[b_count];
}

/* Say whether two words have the same letters in any order. */
static int have_same_letters(const struct letters *a, const struct letters *b)
{
    if (a->count != b->count)
        return 0;
    for (int k = 0; k < a->count; k++) {
        int more = 0;
        for (int j = 0; j < a->count; j++)
            more += (a->letter[j] == a->letter[k]) - (b->letter[j] == a->letter[k]);
        if (more != 0)
            return 0;
    }
    return 1;
}

/* Say whether two Korean words are alike: the same first two syllables, with particles or endings
   after them, or one slip among the letters. */
static int are_alike_korean(const struct letters *a, const struct letters *b)
{
    struct letters x = letters_of_syllables(a), y = letters_of_syllables(b);
    int longer = a->count > b->count ? a->count : b->count;
    if (longer > 2 && longer <= 5 && a->count > 1 && b->count > 1 && a->letter[0] == b->letter[0] &&
        a->letter[1] == b->letter[1])
        return 1;
    return !x.is_long && !y.is_long && x.count > 3 && y.count > 3 && count_slips(&x, &y) == 1;
}

static int has_numeral(const struct letters *letters)
{
    for (int k = 0; k < letters->count; k++)
        if (is_numeral(letters->letter[k]))
            return 1;
    return 0;
}

/* Give the number of letters at the beginning that two inflected forms must have in common: at least
   three, at least three fifths of the longer word, and at least all but three of its letters. */
static int stem_of(int longer)
{
    int stem = (3 * longer + 4) / 5;
    stem = stem < longer - 3 ? longer - 3 : stem;
    return stem < 3 ? 3 : stem;
}

/* Say whether two words are alike: they differ by one slip (two in long words), or by endings of up to
   three letters after a long common beginning. The first letter may differ only in long words, so
   "encode" is not like "decode". Fewer slips are allowed between names, and none between
   identifiers. */
static int are_alike_letters(const struct letters *a, const struct letters *b, enum mark mark,
                             enum mark other)
{
    int shorter = least(a->count, b->count), longer = a->count + b->count - shorter;
    int same_head = a->letter[0] == b->letter[0], stem = stem_of(longer), slips, inflected;
    int same_size = shorter == longer;
    if (shorter < 3 || longer - shorter > 3 || has_numeral(a) || has_numeral(b))
        return 0;
    if (!same_head && longer < (same_size ? 8 : 6))
        return 0;
    inflected = stem <= shorter &&
                memcmp(a->letter, b->letter, (size_t)stem * sizeof *a->letter) == 0;
    if (inflected && (mark == PLAIN_WORD || other == PLAIN_WORD))
        return 1;
    if (mark == IDENTIFIER && other == IDENTIFIER)
        return 0;
    slips = count_slips(a, b);
    if (mark == PLAIN_WORD || other == PLAIN_WORD)
        return (slips == 1 && longer > 3) ||
               (slips == 2 && same_head && longer > (same_size ? 7 : 6));
    if (slips == 2)
        return longer >= 10 && same_head;
    return slips == 1 && (!same_size || longer >= 6 || have_same_letters(a, b));
}

/* Say whether one word is the other one with one or two digits after it, as in "python3". */
static int is_numbered(const struct word *a, const struct word *b)
{
    const struct word *shorter = a->size < b->size ? a : b, *longer = a->size < b->size ? b : a;
    int64_t more = longer->size - shorter->size;
    if (more < 1 || more > 2 || shorter->size < 4 || shorter->is_number || !a->is_ascii ||
        !b->is_ascii || memcmp(a->form, b->form, (size_t)shorter->size) != 0)
        return 0;
    return is_of(longer->form[longer->size - 1], DIGIT) &&
           is_of(longer->form[shorter->size], DIGIT);
}

/* Say whether two long words differ in one place only, by two bytes at most. */
static int are_nearly_equal(const struct word *a, const struct word *b)
{
    int64_t shorter = a->size < b->size ? a->size : b->size, longer = a->size + b->size - shorter;
    int64_t head = 0, tail = 0;
    while (head < shorter && a->form[head] == b->form[head])
        head++;
    while (tail < shorter - head && a->form[a->size - 1 - tail] == b->form[b->size - 1 - tail])
        tail++;
    return longer - head - tail <= 2 && !a->is_number && !b->is_number &&
           (a->mark != IDENTIFIER || b->mark != IDENTIFIER);
}

/* Reject quickly two words that no rule below finds alike: ASCII words of which one is short, much
   longer than the other, or a number, or short words with different first letters. */
static int may_be_alike(const struct word *a, const struct word *b)
{
    int64_t shorter = a->size < b->size ? a->size : b->size, longer = a->size + b->size - shorter;
    if (!a->is_ascii || !b->is_ascii)
        return 1;
    if (shorter < 3 || longer - shorter > 3 || a->is_number || b->is_number)
        return a->numeral != 0 || b->numeral != 0;
    return a->form[0] == b->form[0] || longer >= 6;
}

int are_alike(const struct word *a, const struct word *b)
{
    struct letters x, y, bare_x, bare_y;
    if (a->size == b->size && memcmp(a->form, b->form, (size_t)a->size) == 0)
        return 1;
    if (a->mark != IDENTIFIER || b->mark != IDENTIFIER) {
        if (is_numbered(a, b))
            return 1;
    }
    if (!may_be_alike(a, b))
        return 0;
    x = letters_of(a), y = letters_of(b);
    if (x.is_long || y.is_long)
        return are_nearly_equal(a, b);
    if (x.count == 0 || y.count == 0)
        return 0;
    if (!a->is_ascii) {
        bare_x = bare_letters_of(a), bare_y = bare_letters_of(b);
        if (are_same_letters(&bare_x, &bare_y))
            return 1;
    }
    if (is_korean(x.letter[0]) && is_korean(y.letter[0]))
        return are_alike_korean(&x, &y);
    return are_alike_letters(&x, &y, a->mark, b->mark);
}

int is_one_slip(const struct word *a, const struct word *b)
{
    struct letters x = letters_of(a), y = letters_of(b);
    return !x.is_long && !y.is_long && count_slips(&x, &y) == 1;
}

int is_digits(const struct word *word)
{
    for (int64_t k = 0; k < word->size; k++)
        if (!is_of(word->form[k], DIGIT))
            return 0;
    return word->size > 0;
}

int is_misread(const struct word *a, const struct word *b)
{
    struct letters x, y;
    int apart = 0;
    if (is_digits(a) == is_digits(b))
        return 0;
    x = letters_of(a), y = letters_of(b);
    if (x.count != y.count || x.is_long || y.is_long)
        return 0;
    for (int k = 0; k < x.count; k++) {
        if (x.letter[k] == y.letter[k])
            continue;
        apart++;
        if (is_numeral(x.letter[k]) == is_numeral(y.letter[k]))
            return 0;
    }
    return 2 * apart <= x.count;
}

/* The most letters of several words together that are compared if words may be misread. */
#define NOISY 256

struct joined {
    int32_t letter[NOISY];
    int count, is_long, is_digits;
};

static void join(struct joined *joined, const struct word *const *words, int64_t count)
{
    joined->count = joined->is_long = 0;
    joined->is_digits = 1;
    for (int64_t k = 0; k < count; k++) {
        joined->is_digits &= is_digits(words[k]);
        for (int64_t at = 0; at < words[k]->size;) {
            int32_t code = decode(words[k]->form, &at, words[k]->size);
            if (joined->count < NOISY)
                joined->letter[joined->count++] = code;
            else
                joined->is_long = 1;
        }
    }
}

int much_the_same(const struct word *const *a, int64_t a_count, const struct word *const *b,
                  int64_t b_count)
{
    struct joined x, y;
    int row[NOISY + 1] = {0};
    join(&x, a, a_count);
    join(&y, b, b_count);
    if (x.is_long || y.is_long || (x.is_digits && y.is_digits))
        return 0;
    for (int i = 0; i < x.count; i++) {
        int diagonal = 0;
        for (int j = 0; j < y.count; j++) {
            int above = row[j + 1];
            if (x.letter[i] == y.letter[j])
                row[j + 1] = diagonal + 1;
            else if (row[j] > above)
                row[j + 1] = row[j];
            diagonal = above;
        }
    }
    return 10 * row[y.count] >= 3 * (x.count + y.count);
}

/* --- numbers ---------------------------------------------------------------------------------- */

static uint64_t hash_on(uint64_t hash, int32_t code)
{
    return mix64(hash + (uint64_t)(uint32_t)code + 1);
}

uint64_t value_of(const struct word *word)
{
    uint64_t hash = 0;
    int begun = 0, digits[20], count = 0;
    if (word->numeral != 0) {
        for (int64_t left = word->numeral; left > 0 && count < 20; left /= 10)
            digits[count++] = (int)(left % 10);
        while (count > 0)
            hash = hash_on(hash, '0' + digits[--count]);
        return hash;
    }
    for (int64_t at = 0; at < word->size;) {
        int32_t code = decode(word->form, &at, word->size);
        if (!is_numeral(code) || (!begun && code == '0'))
            continue;
        begun = 1;
        hash = hash_on(hash, code);
    }
    return hash;
}

uint64_t unit_of(const struct word *word)
{
    uint64_t hash = 0;
    int64_t at = 0;
    if (word->numeral != 0 || word->size == 0 || !is_of(word->form[0], DIGIT))
        return 0;
    while (at < word->size && is_of(word->form[at], DIGIT))
        at++;
    if (word->size - at == 2 && (memcmp(word->form + at, "st", 2) == 0 ||
                                 memcmp(word->form + at, "nd", 2) == 0 ||
                                 memcmp(word->form + at, "rd", 2) == 0 ||
                                 memcmp(word->form + at, "th", 2) == 0))
        return 0;
    while (at < word->size)
        hash = hash_on(hash, decode(word->form, &at, word->size));
    return hash;
}

int lengthens(const struct text *text, int64_t begin, int64_t end)
{
    if (is_of(byte_at(text, begin - 1), JOINT) && is_of(byte_at(text, begin - 2), DIGIT))
        return 1;
    return is_of(byte_at(text, end), JOINT) && is_of(byte_at(text, end + 1), DIGIT);
}

int is_grouped(const struct text *text, const struct word *words, int64_t count)
{
    for (int64_t k = 1; k < count; k++) {
        const struct word *before = words + k - 1;
        if (words[k].size == 0 || !is_of(words[k].form[0], DIGIT) || before->size == 0 ||
            !is_of(before->form[before->size - 1], DIGIT))
            continue;
        if (words[k].size != 3 || !is_of(byte_at(text, words[k].begin - 1), GROUPING))
            return 0;
    }
    return 1;
}

/* --- links ------------------------------------------------------------------------------------ */

int is_in_link(const struct text *text, int64_t begin)
{
    int64_t from = begin > LINK ? begin - LINK : 0, at = begin;
    if (begin == 0 || is_of(text->cased[begin - 1], SPACE))
        return 0;
    while (at > from && text->cased[at - 1] != ' ' && text->cased[at - 1] != '\n')
        at--;
    for (; at + 2 <= begin; at++) {
        if (memcmp(text->cased + at, "](", 2) == 0)
            return 1;
        if (at + 6 <= begin && memcmp(text->cased + at, "href=\"", 6) == 0)
            return 1;
    }
    return 0;
}

int is_on_the_way(const struct text *text, int64_t begin, int64_t end)
{
    int64_t last = end + LINK < text->size ? end + LINK : text->size, slash = begin - 1;
    while (slash > 0 && begin - slash < LINK && text->cased[slash] != '/')
        slash--;
    if (byte_at(text, slash - 1) == '/')
        return 0; /* it belongs to the host */
    for (int64_t at = end; at < last; at++) {
        uint8_t byte = text->cased[at];
        if (is_of(byte, SPACE) || byte == ')' || byte == '"')
            return 0;
        if (byte == '/' && is_of(byte_at(text, at + 1), ALPHANUMERIC))
            return 1;
    }
    return 0;
}
