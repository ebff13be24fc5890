/* The look of a word: whether it is a number, a name, an identifier, a function word, a respelling. */

#ifndef DEDUP_WORDS_H
#define DEDUP_WORDS_H

#include "kernel.h"

/* A text as it was read: its normal form, and the same bytes with capitals kept. */
struct text {
    const uint8_t *normal, *cased;
    int64_t size;
};

/* Whether a word is plain, or its capitals or neighbouring characters mark it as more. */
enum mark { PLAIN_WORD, NAME, IDENTIFIER };

/* A word of a text. `form` is its normal form, of `size` bytes; it stands from byte `begin` of the text
   to before `end`. */
struct word {
    const uint8_t *form;
    int64_t size;
    int64_t begin, end;
    enum mark mark;
    int is_ascii, is_function, is_negation, is_number;
    int64_t numeral; /* the number that a numeral written as a word means, 0 for other words */
};

/* Look at the word that stands from byte `begin` to before `end`; hash: of its token. known: 0 at
   first; the function stores there what it finds, so that the next look at this word is quick. */
void look_at_word(struct word *word, const struct dedup_lexicon *lexicon, const struct text *text,
                  int64_t begin, int64_t end, uint64_t hash, uint16_t *known);

/* Write "isn", "t" as "is", "not" and "can", "t" as "can", "not". */
void write_out(struct word *words, int64_t count);

/* Say whether words hold a negation, or the end of one ("don", "t"). */
int negates(const struct word *words, int64_t count);

/* Say whether two words are spellings or inflected forms of one word. */
int are_alike(const struct word *a, const struct word *b);

/* Say whether two words differ by one letter, or by two neighbouring letters that are swapped. */
int is_one_slip(const struct word *a, const struct word *b);

/* Say whether digits of one number stand as letters in the other ("18", "l8"). */
int is_misread(const struct word *a, const struct word *b);

/* Say whether two lists of words may be the same words, misread: three fifths of the letters agree. */
int much_the_same(const struct word *const *a, int64_t a_count, const struct word *const *b,
                  int64_t b_count);

/* value_of: a hash of the digits of a number, without letters and leading zeros. unit_of: a hash of the
   letters after the digits, 0 if there are none. */
uint64_t value_of(const struct word *word);
uint64_t unit_of(const struct word *word);

/* Say whether a word has nothing but digits. */
int is_digits(const struct word *word);

/* Say whether the words from byte `begin` to before `end` are part of a number that goes on beside
   them, as "4" is in "3.4". */
int lengthens(const struct text *text, int64_t begin, int64_t end);

/* Say whether digits are split only where thousands are grouped, as in "3,000". */
int is_grouped(const struct text *text, const struct word *words, int64_t count);

/* Say whether a word that begins at a byte belongs to the target of a Markdown or HTML link. */
int is_in_link(const struct text *text, int64_t begin);

/* Say whether a word of a link's target stands in its path, but not in the last part of it. */
int is_on_the_way(const struct text *text, int64_t begin, int64_t end);

#endif
