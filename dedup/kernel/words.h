/* What a word of a text looks like: a number, a name, an identifier, a function word, a respelling. */

#ifndef DEDUP_WORDS_H
#define DEDUP_WORDS_H

#include "kernel.h"

/* A text as it was read: its normal form, and the same bytes with capitals kept. */
struct text {
    const uint8_t *normal, *cased;
    int64_t size;
};

/* What a word is beyond a plain one: its capitals or its neighbours mark it. */
enum mark { PLAIN_WORD, NAME, IDENTIFIER };

/* A word of a text. `form` is its normal form, `begin` and `end` say where it stands. */
struct word {
    const uint8_t *form;
    int64_t size;
    int64_t begin, end;
    enum mark mark;
    int is_ascii, is_function, is_negation, is_number;
    int64_t numeral; /* what a numeral that is written as a word stands for, 0 for none */
};

/* Look at the word that stands from byte `begin` to before `end`; hash: of its token. known: what was
   seen of it before, 0 at first. */
void look_at_word(struct word *word, const struct dedup_lexicon *lexicon, const struct text *text,
                  int64_t begin, int64_t end, uint64_t hash, uint16_t *known);

/* Write "isn", "t" as "is", "not" and "can", "t" as "can", "not". */
void write_out(struct word *words, int64_t count);

/* Say whether words hold a negation, or the end of one ("don", "t"). */
int negates(const struct word *words, int64_t count);

/* Say whether two words are one, spelt or inflected in two ways. */
int are_alike(const struct word *a, const struct word *b);

/* Say whether two words differ by one letter, or by two that change places. */
int is_one_slip(const struct word *a, const struct word *b);

/* Say whether digits of one number stand as letters in the other ("18", "l8"). */
int is_misread(const struct word *a, const struct word *b);

/* Say whether two lots of words may be one that was misread: three fifths of the letters agree. */
int much_the_same(const struct word *const *a, int64_t a_count, const struct word *const *b,
                  int64_t b_count);

/* The value of a number without its letters and leading zeros, hashed; the letters behind it,
   hashed, 0 for none. */
uint64_t value_of(const struct word *word);
uint64_t unit_of(const struct word *word);

/* Say whether a number is made of digits alone. */
int is_digits(const struct word *word);

/* Say whether words that stand from byte `begin` to before `end` continue a number beside them. */
int lengthens(const struct text *text, int64_t begin, int64_t end);

/* Say whether words that are put together part a number at thousands only ("3,000"). */
int is_grouped(const struct text *text, const struct word *words, int64_t count);

/* Say whether a word that begins at a byte belongs to the target of a Markdown or HTML link. */
int is_in_link(const struct text *text, int64_t begin);

/* Say whether a word of a link's target stands in its path, but not in the last part of it. */
int is_on_the_way(const struct text *text, int64_t begin, int64_t end);

#endif
