/* What the reader of texts knows of a single code point. dedup/core/characters.py writes
   its entries into characters.inc when the kernel is built. */

#ifndef DEDUP_CHARACTERS_H
#define DEDUP_CHARACTERS_H

#include <stdint.h>

#define DEDUP_CODE_POINTS 0x110000
#define BLOCK 128 /* code points that share a row of the table */

/* What a character is to the tokeniser, the three lowest bits of its entry. A mark belongs to what
   it stands on; from IDEOGRAPH on each character is a token with the marks on it. */
enum kind { SEPARATOR, MARK, WORD, IDEOGRAPH, KANA, LETTER };
#define KIND 7u

/* The other bits of an entry. */
#define MAPPED 8u        /* becomes the string at the offset in the bits from OFFSET_SHIFT on */
#define SPECIAL 16u      /* its row needs the rules of Python */
#define FIRST 32u        /* may be composed with a SECOND that stands behind it */
#define SECOND 64u
#define ARABIC 128u      /* a letter of Arabic script: may be part of an affix */
#define MARKED 256u      /* has or is a combining mark: too many in a row are cut off */
#define SOFT 512u        /* a soft hyphen: may part a word at a line end */
#define HYPHEN 1024u     /* a hyphen: the same */
#define BLANK 2048u      /* white space that may stand between a hyphen and a line end */
#define ORDER_SHIFT 12   /* eight bits: the combining class of a mark; 255 for what ends in marks */
#define OFFSET_SHIFT 12  /* for MAPPED: twenty bits */

/* A letter of two bytes that becomes two bytes, in the lowest sixteen bits of its pair. */
#define PAIR_MARKED (1u << 16)
#define PAIR_ARABIC (1u << 17)

/* Marks in a row from which on Python has to count them. */
#define MANY_MARKS 14

/* The entry of a code point; whether it is a digit or numeral of any script, or a small letter. */
uint32_t dedup_entry(int32_t code);
int dedup_is_numeral(int32_t code);
int dedup_is_lower(int32_t code);

/* Decode the character at *at, which is below end, and move *at behind it. What is no UTF-8 gives
   -1 for each byte. Surrogates are let through: Python's strings may hold them. */
static inline int32_t decode(const uint8_t *bytes, int64_t *at, int64_t end)
{
    int64_t left = end - *at;
    const uint8_t *p = bytes + *at;
    uint32_t code;
    if (p[0] < 0x80) {
        *at += 1;
        return p[0];
    }
    if (p[0] >= 0xC2 && p[0] < 0xE0 && left > 1 && (p[1] & 0xC0) == 0x80) {
        *at += 2;
        return (p[0] & 0x1F) << 6 | (p[1] & 0x3F);
    }
    if ((p[0] & 0xF0) == 0xE0 && left > 2 && (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80) {
        code = (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
        if (code >= 0x800) {
            *at += 3;
            return (int32_t)code;
        }
    }
    if ((p[0] & 0xF8) == 0xF0 && left > 3 && (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80 &&
        (p[3] & 0xC0) == 0x80) {
        code = (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 |
               (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3F);
        if (code >= 0x10000 && code < DEDUP_CODE_POINTS) {
            *at += 4;
            return (int32_t)code;
        }
    }
    *at += 1;
    return -1;
}

#endif
