/* The kernel of dedup: from UTF-8 text to sketches and similarity, over flat arrays.

   It knows lines and blocks of plain text, characters, tokens, hashes, shingles, MinHash, band keys,
   longest common subsequences, buckets, the judge of variants, the rule by which rows are kept, what
   goes with a removed paragraph, and lines of JSON. It does not know files, markup, or what the weights of the judge and the thresholds mean.

   These conventions hold for every function:

   - Rows are ragged: row r of `values` goes from values[starts[r]] to before values[starts[r + 1]].
   - A function works on the rows from `begin` to before `end`, so that threads can share the work.
   - It returns 0 or more if it succeeds, and one of the negative codes below if it fails. After a
     failure, ignore what it wrote.
   - It keeps nothing between calls, has no global state, and frees all the memory that it takes.
   - Any bytes may come in. Sizes count the elements of an array, unless a comment says bytes.

   The terms are those of the glossary in CONTRIBUTING.md. A token is a word in its normal form, a
   shingle is a few neighbouring tokens, and a signature holds the minimum of each permutation over
   the shingles of a row. */

#ifndef DEDUP_KERNEL_H
#define DEDUP_KERNEL_H

#include <stdint.h>

#if defined(_WIN32)
#define DEDUP_API __declspec(dllexport)
#else
#define DEDUP_API __attribute__((visibility("default")))
#endif

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "dedup's hashes are those of little-endian machines; this one is big-endian"
#endif

/* Raise this number whenever a function changes its arguments or its results. */
#define DEDUP_KERNEL_VERSION 7

enum {
    DEDUP_NO_MEMORY = -1, /* an allocation failed */
    DEDUP_NO_ROOM = -2,   /* an output array is too small; try again with a larger one */
    DEDUP_BAD_SIZE = -3   /* sizes overflow, fall, or contradict each other */
};

DEDUP_API int32_t dedup_kernel_version(void);

/* --- characters.c, tokens.c: text to tokens --------------------------------------------------- */

/* What `dedup_read` fills. A line end follows each row of `normal` and belongs to no row, so row r
   ends at normal_starts[r + 1] - 1. */
struct dedup_reading {
    uint8_t *normal;         /* the texts in normal form */
    int64_t normal_capacity; /* the function may need eight bytes more than it writes */
    uint8_t *cased;          /* the same with capitals kept, as long as `normal`; NULL: not wanted */
    int64_t *normal_starts;  /* rows + 1 */
    uint64_t *values;        /* token hashes */
    int64_t value_capacity;
    int64_t *value_starts;   /* rows + 1 */
    int64_t *token_begin;    /* where in its row of `normal` each token begins; NULL: not wanted */
    int64_t *token_end;
    uint8_t *special;        /* 1 for a row whose normal form needs rules that the kernel lacks */
    uint64_t *units;         /* code points of the tokens, a space between words; NULL: not wanted */
    int64_t unit_capacity;
    int64_t *unit_starts;    /* rows + 1, where units are wanted */
};

/* Read the rows of a text: normal form, tokens, hashes.

   folded: the rows are in normal form already, so the function applies no rule. It leaves a special
   row empty. Returns the number of tokens.

   The two lowest bits of a token's hash say how many of the following tokens its shingles include
   (`linked` in `dedup_family`). */
DEDUP_API int64_t dedup_read(const uint8_t *bytes, const int64_t *starts, int64_t rows,
                             int32_t folded, const struct dedup_reading *reading);

/* --- plain.c: plain text to paragraphs -------------------------------------------------------- */

/* What counts as a paragraph: every line that isn't blank; all lines between two blank lines; or one of
   the two for each block of lines, judged by how the lines look. */
enum { DEDUP_EACH_LINE = 0, DEDUP_EACH_BLOCK = 1, DEDUP_JUDGED = 2 };

/* What `dedup_paragraphs` fills: a row for each paragraph. Those of text t begin at starts[t]. */
struct dedup_cutting {
    int64_t *begin, *end;  /* its bytes */
    int64_t *start, *stop; /* its characters, counted from where the document begins */
    int64_t *first, *last; /* its lines, from 1 */
    uint8_t *heads;        /* scratch memory: ignore what it holds after the call */
    int64_t capacity;      /* rows; one for each line that isn't blank is enough */
    int64_t *starts;       /* texts + 1 */
    uint8_t *packed;       /* the paragraphs, one directly after another; NULL: not wanted */
    int64_t packed_capacity;
    int64_t *packed_starts; /* capacity + 1: where each begins in `packed` */
};

/* Cut plain texts, or sections of documents, into paragraphs.

   character, line: the numbers of characters and line ends of the document before each text. rule:
   one of the three above. Returns the number of paragraphs. */
DEDUP_API int64_t dedup_paragraphs(const uint8_t *bytes, const int64_t *starts,
                                   const int64_t *character, const int64_t *line, int64_t texts,
                                   int32_t rule, const struct dedup_cutting *out);

/* --- removal.c: paragraphs taken out of plain texts ------------------------------------------- */

/* What `dedup_remove` fills. Positions are bytes. What has room for one place a paragraph that goes
   says so; the cuts are as many or fewer, in order. */
struct dedup_removal {
    int64_t *cut_begin, *cut_end;       /* each cut; one a paragraph that goes */
    int64_t *before_begin, *before_end; /* what is cut out before each of these paragraphs */
    int64_t *after_begin, *after_end;   /* and after it */
    uint8_t *rest;                      /* what is left of each text, one after another */
    int64_t rest_capacity;
    int64_t *rest_starts;               /* texts + 1 */
};

/* Take paragraphs out of plain texts, with the lines that they have for themselves and the blank
   lines around these.

   begin, end: the bytes of the paragraphs, as `dedup_paragraphs` gives them: rising, with nothing
   but white space between them. Those of text t begin at row_starts[t]. going: the rows of the
   `count` paragraphs that go, rising. A text that loses none leaves no bytes in `rest`. Returns the
   number of cuts. */
DEDUP_API int64_t dedup_remove(const uint8_t *bytes, const int64_t *starts, int64_t texts,
                               const int64_t *begin, const int64_t *end, const int64_t *row_starts,
                               const int64_t *going, int64_t count,
                               const struct dedup_removal *out);

/* --- lines.c: rows to lines of JSON ----------------------------------------------------------- */

/* What a field holds: numbers; bytes that are JSON already; texts; texts where they aren't empty. */
enum { DEDUP_WHOLE_NUMBER = 0, DEDUP_WRITTEN = 1, DEDUP_TEXT = 2, DEDUP_TEXT_IF_ANY = 3 };

/* A field of all rows. Row r has the number begin[r], or bytes[begin[r]] to before bytes[end[r]]. */
struct dedup_field {
    int32_t kind;
    const uint8_t *label; /* what stands before the value: the field's name and a colon */
    int64_t label_size;
    const int64_t *begin, *end;
    const uint8_t *bytes;
};

/* Write each row as a line that holds an object of JSON in ASCII, with ", " between its fields.

   out_starts: rows + 1. Returns the bytes written. */
DEDUP_API int64_t dedup_lines(const struct dedup_field *fields, int64_t count, int64_t rows,
                              uint8_t *out, int64_t capacity, int64_t *out_starts);

/* --- sketch.c: tokens to signatures, band keys and sketches ----------------------------------- */

/* How rows become signatures. width: the tokens of a shingle, 1 to 8. linked: whether a token brings
   along as many of the following tokens as its two lowest bits say. a, b: the permutations
   h -> a * h + b modulo 2**32. */
struct dedup_family {
    int32_t width, linked;
    const uint32_t *a, *b;
    int64_t permutations;
    int64_t bands, band_rows; /* bands * band_rows is at most `permutations` */
    int64_t sketch_words;     /* 16 places of four bits in each */
};

#define DEDUP_BAG_WORDS 4 /* 64-bit words of a row's bag */

/* What `dedup_sketch` fills. A pointer is NULL where the array isn't wanted. Row r goes to place
   r - begin of arrays that have room for `stride` rows. Signatures and keys stand in columns. */
struct dedup_sketches {
    uint32_t *signatures; /* permutations x stride */
    uint32_t *keys;       /* bands x stride */
    uint64_t *sketches;   /* rows x sketch_words */
    uint64_t *bags;       /* rows x DEDUP_BAG_WORDS: a bit for each token; tokens may share one */
    int64_t stride;
};

DEDUP_API int64_t dedup_sketch(const struct dedup_family *family, const uint64_t *values,
                               const int64_t *starts, int64_t begin, int64_t end,
                               const struct dedup_sketches *out);

/* Cut given signatures, permutations x rows, into keys and sketches, as `dedup_sketch` does. It
   fills no bags. */
DEDUP_API int64_t dedup_cut(const struct dedup_family *family, const uint32_t *signatures,
                            int64_t rows, const struct dedup_sketches *out);

/* Hash every shingle of every row to 32 bits. out_starts: rows + 1. A row that is shorter than
   `width` gives one shingle of all its tokens, and an empty row gives none. */
DEDUP_API int64_t dedup_shingles(const uint64_t *values, const int64_t *starts, int64_t rows,
                                 int32_t width, int32_t linked, uint32_t *out,
                                 int64_t *out_starts);

/* --- numbers.c: tokens in four bytes ---------------------------------------------------------- */

/* A hash table from tokens to their numbers.

   tokens: the tokens that have numbers, in the order of these. slots: 2**slot_bits of them, each 0
   while it is free, and otherwise one more than the number of the token there. capacity: the room
   in `tokens`, at most half as many as slots. multiplier: odd and drawn at random. If it could be
   foretold, somebody could write a text whose tokens all fall into one slot. */
struct dedup_numbers {
    uint64_t *tokens;
    int64_t count, capacity;
    uint32_t *slots;
    uint64_t multiplier;
    int32_t slot_bits;
};

/* Give each token its number; a new token gets the next one. Returns how many tokens found room. For
   more room, number `tokens` again in a larger table: every token keeps its number. */
DEDUP_API int64_t dedup_number(struct dedup_numbers *numbers, const uint64_t *values, int64_t size,
                               uint32_t *out);

/* --- similarity.c: how alike rows are --------------------------------------------------------- */

/* Similarity of the rows left[k] and right[k], for k from begin to before end: out[k - begin].
   The tokens are either `values`, of eight bytes, or `numbers`, of four; the other pointer is NULL.

   The similarity is 2 * L / (a + b), where L is the length of the longest common subsequence, and a
   and b are the lengths of the rows. It is 1 for two empty rows. It is NaN where the product of the
   lengths without common ends is above most_cells. */
DEDUP_API int64_t dedup_similarities(const uint64_t *values, const uint32_t *numbers,
                                     const int64_t *starts, const int64_t *left,
                                     const int64_t *right, int64_t begin, int64_t end,
                                     int64_t most_cells, double *out);

/* Say which of the pairs left[k], right[k] may reach the threshold, for k from begin to before end:
   out[k - begin] is 0 for a pair whose similarity is surely below it.

   bags: the bags of all rows, as `dedup_sketch` fills them; sizes: their numbers of tokens. It is
   always 1 for a pair with an empty bag, and where the product of the lengths is above most_cells. */
DEDUP_API int64_t dedup_may_be_similar(const uint64_t *bags, const int32_t *sizes, int64_t rows,
                                       const int64_t *left, const int64_t *right, int64_t begin,
                                       int64_t end, double threshold, int64_t most_cells,
                                       uint8_t *out);

/* The pairs that `dedup_all_similar` finds: their rows and similarities. next: the first row on the
   left that it didn't reach, because the arrays were full. */
struct dedup_pairs {
    int64_t *left, *right;
    double *similarity;
    int64_t capacity, next;
};

/* Find all pairs of a row from begin to before end and a row from right_begin to before right_end
   that are similar enough, the later row on the right. The arrays need room for at least
   right_end - right_begin pairs. Pairs that are too long to compare are among them, with NaN.
   Returns the number of pairs. */
DEDUP_API int64_t dedup_all_similar(const uint64_t *values, const int64_t *starts, int64_t begin,
                                    int64_t end, int64_t right_begin, int64_t right_end,
                                    double threshold, int64_t most_cells,
                                    struct dedup_pairs *pairs);

/* --- alignment.c: what rows have in common ---------------------------------------------------- */

/* What `dedup_align` fills. A block is a stretch of tokens that both rows have: where it begins in
   each row, and its number of tokens. The blocks of a pair rise in both rows and don't touch. whole:
   0 for a pair that is too long; it gets only its common ends. */
struct dedup_blocks {
    int64_t *left, *right, *size;
    int64_t capacity;
    int64_t *starts; /* pairs + 1: the first block of each pair */
    uint8_t *whole;
};

/* Align the rows left[k] and right[k] along a longest common subsequence. A pair is too long where
   the product of the lengths without common ends is above most_cells. Returns the number of blocks. */
DEDUP_API int64_t dedup_align(const uint64_t *values, const int64_t *starts, const int64_t *left,
                              const int64_t *right, int64_t pairs, int64_t most_cells,
                              const struct dedup_blocks *out);

/* --- words.c, judge.c: edited copy or variant --------------------------------------------------- */

/* Texts that were read with the places of their tokens and with their capitals. */
struct dedup_page {
    const uint8_t *normal, *cased;
    const int64_t *normal_starts; /* rows + 1; each text ends one byte before the next begins */
    const uint64_t *values;
    const int64_t *starts;        /* rows + 1 */
    const int64_t *begin, *end;   /* of each token, counted from where its text begins */
    int64_t rows;
};

/* Hashes of the words that the judge looks up, each list rising: function words, negations, and
   numerals written as words, with the numbers that these mean (1 or more). */
struct dedup_lexicon {
    const uint64_t *functions, *negations, *numerals;
    const int64_t *numeral_values;
    int64_t function_count, negation_count, numeral_count;
};

/* The readings of a stretch in which two texts differ. */
enum dedup_reading_of {
    DEDUP_SPELLING,       /* the same words, respelt or inflected */
    DEDUP_SPACING,        /* the same letters with spaces elsewhere */
    DEDUP_MOVED,          /* words that stand elsewhere in the other text */
    DEDUP_LINK,           /* another target of a link */
    DEDUP_LINK_NUMBER,    /* a number in the target of a link */
    DEDUP_NUMBER,         /* another number */
    DEDUP_LABEL,          /* the number of a paragraph, at its head */
    DEDUP_NEGATED,        /* negated on one side */
    DEDUP_RECURS,         /* the same words replace the same words elsewhere */
    DEDUP_CODE,           /* an identifier for an identifier or name */
    DEDUP_NAME,           /* a name for a name */
    DEDUP_HALF_NAME,      /* a name or identifier for plain words */
    DEDUP_HALF_NUMBER,    /* a number for words without one */
    DEDUP_WORD,           /* one plain word for one */
    DEDUP_WORDS,          /* two or three plain words for as many */
    DEDUP_PHRASE,         /* up to three plain words for others, among function words or respelt ones */
    DEDUP_TERM,           /* up to three plain words for more or fewer */
    DEDUP_REWORDED,       /* more than three plain words on one side */
    DEDUP_REWRITTEN,      /* more words than the judge looks into */
    DEDUP_FUNCTION,       /* function words on both sides */
    DEDUP_PRONOUN,        /* plain words for function words */
    DEDUP_PRONOUN_NAME,   /* a name or identifier for function words */
    DEDUP_ADDED_FUNCTION, /* only one text has them: function words, */
    DEDUP_ADDED_WORDS,    /* up to three plain words, */
    DEDUP_ADDED_NAME,     /* up to three words with a name, identifier or number, */
    DEDUP_ADDED_HEAD,     /* up to three words that the text begins with, */
    DEDUP_ADDED_LONG,     /* more words */
    DEDUP_READINGS
};

/* The features of a pair as a whole. They follow the readings in the list of features. */
enum dedup_feature_of_pair {
    DEDUP_BIAS = DEDUP_READINGS, /* always 1 */
    DEDUP_ALL_REPLACED,          /* each difference is a replacement */
    DEDUP_ONE_SIDED,             /* each difference is words that only one text has */
    DEDUP_REPLACED,              /* words are replaced */
    DEDUP_FACT,                  /* a fact is replaced */
    DEDUP_EDIT,                  /* there is an edit */
    DEDUP_MORE_EDITS,            /* how many edits */
    DEDUP_LENGTH,                /* how many tokens the two texts have: 0 for 63, from -2 to 3 */
    DEDUP_FEATURES
};

/* How to judge pairs. weights: one for each feature, in tenths. replaced, facts, edits: a bit for
   each reading that counts as one. noisy: whether words may be misread. A pair is a variant if its
   score is `border` or more. */
struct dedup_judge {
    const struct dedup_lexicon *lexicon;
    const int32_t *weights;
    uint64_t replaced, facts, edits;
    int64_t border, most_cells;
    int32_t noisy;
};

/* What `dedup_judge` fills. A pointer is NULL where the array isn't wanted.

   scores: the sum of weight times feature, or INT64_MIN for two texts without a difference.
   features: DEDUP_FEATURES for each pair, in 64ths. A count of stretches becomes log2(1 + count),
   interpolated between powers of two, and so does the number of tokens. stretches: four numbers for
   each, the first token and the token after the last, in the left text and then in the right one.
   readings: one for each stretch. starts: pairs + 1, the first stretch of each pair. */
struct dedup_judged {
    int64_t *scores, *features;
    int64_t *stretches;
    uint8_t *readings;
    int64_t *starts;
    int64_t capacity; /* stretches that there is room for */
};

/* Judge the pairs left[k], right[k] for k from begin to before end; the results begin at place 0. The
   answer depends only on the two texts, not on their order. */
DEDUP_API int64_t dedup_judge(const struct dedup_page *page, const struct dedup_judge *judge,
                              const int64_t *left, const int64_t *right, int64_t begin,
                              int64_t end, const struct dedup_judged *out);

/* --- walk.c: who is kept ---------------------------------------------------------------------- */

/* What the walk carries from block to block. kept: a byte for each row, 1 until the row is decided.
   remembered: room for `cap` rows for each bucket. filled: how many rows each bucket remembers. met:
   how many kept rows it met. kept_rows: how many of the walked rows are kept. uncompared: an upper
   bound of the pairs of a decided row and a kept one that were not compared. */
struct dedup_walk {
    uint8_t *kept;
    int64_t row_count;
    uint32_t *remembered;
    int64_t *filled, *met;
    int64_t bucket_count;
    int64_t kept_rows, uncompared;
};

/* The limits of the rule at the head of walk.c. scoped: whether the last word of a sketch is a scope;
   only rows of the same scope are candidates. */
struct dedup_rule {
    int64_t cap, most, least, most_cells;
    double threshold;
    int32_t scoped;
};

/* The rows of a block, and what their buckets remembered before it.

   Some pairs of row k with earlier rows are known already. They begin at pair_starts[k]: the earlier
   row, the number of places in which the sketches agree, and the place of the earlier row among the
   known rows, -1 where it isn't there. The buckets of row k begin at bucket_starts[k], as places in
   a list of the block's buckets. For each of these, `remembered` has room for `cap` places of known
   rows (-1 for a row that must be passed over), and `filled` says how many of them count. at: the
   place of a row's sketch; it matters only for a row with buckets. */
struct dedup_meeting {
    int64_t count;
    const int64_t *pair_starts, *earlier, *known_place;
    const uint8_t *agreement;
    int64_t pair_count;
    const int64_t *bucket_starts, *buckets;
    int64_t membership_count;
    const int64_t *remembered, *filled;
    int64_t bucket_count;
    const int64_t *known_rows;
    const uint64_t *known_sketches;
    int64_t known_count;
    const int64_t *at;
    const uint64_t *sketches;
    int64_t words, sketch_count;
};

/* The candidates of row k, from starts[k] on: the earlier row, the number of places in which the
   sketches agree, and the number of the pair among those that were known before, -1 for a new pair.
   Each row gets at most `most` of them, those that agree most. left_out: how many more there were. */
struct dedup_met {
    int64_t *starts, *earlier, *pair, *left_out;
    uint8_t *agreement;
    int64_t capacity;
};

/* List the candidates of the rows among those that buckets remembered. Returns how many there are. */
DEDUP_API int64_t dedup_meet(const struct dedup_rule *rule, const struct dedup_meeting *of,
                             const struct dedup_met *out);

/* The rows of a block in the order of rank, and what is known of them.

   rows: their numbers, rising. The pairs of row k with earlier rows begin at pair_starts[k]: the
   number of places in which the sketches agree, the similarity (NaN: too long), the verdict (0: not
   judged yet, 1: a copy, 2: a variant), and the place of the earlier row in the page. left_out: how
   many more pairs were left out because they agree less. The buckets of row k begin at
   bucket_starts[k]. at: the place of a row's sketch and tokens if it has buckets, otherwise -1. A
   row there without tokens is too long to be compared.

   judge: NULL if every pair that is similar enough is a copy; the function doesn't read the page
   then. page_row: the place of a row in the page. It and pair_page_row are -1 for a row that is in
   no pair to be judged. */
struct dedup_block {
    const int64_t *rows;
    int64_t count;
    const int64_t *pair_starts, *earlier;
    const uint8_t *agreement;
    const double *score;
    const uint8_t *verdict;
    const int64_t *pair_page_row;
    int64_t pair_count;       /* of all rows: the last of pair_starts */
    const int64_t *left_out;
    const int64_t *bucket_starts, *buckets;
    int64_t membership_count; /* of all rows: the last of bucket_starts */
    const int64_t *at;
    const uint64_t *sketches;
    int64_t words, sketch_count;
    const uint64_t *values;
    int64_t value_count;
    const int64_t *starts;    /* sketch_count + 1 */
    const struct dedup_judge *judge;
    const struct dedup_page *page;
    const int64_t *page_row;
};

/* The decision: the match of each row and their similarity. A row without a match has itself and 1. */
struct dedup_decided {
    int64_t *match;
    double *similarity;
};

/* Decide the rows of a block. All rows before it must be decided. Returns 0. */
DEDUP_API int64_t dedup_walk_block(struct dedup_walk *walk, const struct dedup_rule *rule,
                                   const struct dedup_block *block, struct dedup_decided *out);

/* --- page.c: a page of paragraphs against an index ----------------------------------------------- */

/* Most rows of a page. */
#define DEDUP_PAGE_ROWS 64

/* The paragraphs of a page, in order of rank. prints: their fingerprints, two numbers for each row;
   keys: their band keys, bands x count; sketches: count x words; exact: the number of the stored row
   with the same fingerprint, -1 for none; together: whether each row is also compared with the rows of
   the page before it, and not only with the index. */
struct dedup_arrivals {
    int64_t count;
    const uint64_t *prints;
    const uint32_t *keys;
    int64_t bands;
    const uint64_t *sketches;
    int64_t words;
    const int64_t *exact;
    int32_t together;
};

/* The stored rows that share a key with a row of the page: the row of the page, the band, and the place
   of the stored row among `sketches`, the sketches of stored_count stored rows. */
struct dedup_members {
    const int64_t *row, *band, *place;
    int64_t count;
    const uint64_t *sketches;
    int64_t stored_count;
};

/* The pairs of a page that are worth comparing. The pairs of row k begin at starts[k]: the stored row,
   by its place in `used`, and the number of places in which the sketches agree. used: the stored rows
   whose texts the second call needs, rising; compared: whether it needs the text of each row of the
   page. The arrays need room for as many pairs and stored rows as there are members. */
struct dedup_proposed {
    int64_t *starts, *stored;
    uint8_t *agreement;
    int64_t *used;
    int64_t used_count;
    uint8_t *compared;
};

/* List the pairs of a row of the page and a stored row that agree in enough places. A row gets at most
   `most` pairs, those that agree most. Returns the number of pairs. */
DEDUP_API int64_t dedup_page_candidates(const struct dedup_rule *rule,
                                        const struct dedup_arrivals *page,
                                        const struct dedup_members *members,
                                        struct dedup_proposed *out);

/* How a row relates to its partner. */
enum dedup_kind { DEDUP_UNIQUE, DEDUP_EXACT, DEDUP_NEAR, DEDUP_VARIANT };

/* The outcome of each row. kept: whether it is stored. partner: the row that it repeats, or of which it
   is a variant: a number below used_count is a place in `used`, a number from there on is used_count
   plus a row of the page; -1 for none, and for a row with an exact copy in the index. held: bands x
   count, whether the bucket of each band remembers the row. */
struct dedup_outcomes {
    uint8_t *kept, *kind, *held;
    int64_t *partner;
    double *similarity;
};

/* Decide a page by the rule at the head of walk.c. values, starts: the tokens of the texts of the page,
   then of the stored texts in `used`. If a text is needed but has no tokens, it is too long to be
   compared. texts: the same texts, laid out for the judge; NULL without a judge. Returns 0. */
DEDUP_API int64_t dedup_page_decide(const struct dedup_rule *rule, const struct dedup_judge *judge,
                                    const struct dedup_arrivals *page,
                                    const struct dedup_members *members,
                                    const struct dedup_proposed *proposed,
                                    const struct dedup_page *texts, const uint64_t *values,
                                    int64_t value_count, const int64_t *starts,
                                    const struct dedup_outcomes *out);

/* --- memtable.c: which rows have a key in a band ----------------------------------------------- */

/* The newest rows of an index: a ring of `size` rows, a power of two, and for each band a hash table of
   chains. Each array has `size` elements for each band. keys: the key of each row. next: the next row
   in the chain of each row. heads: the first row of each chain. Both are one more than a place in the
   ring, and 0 at the end of a chain. held: whether the bucket of the band remembers the row. end: one
   more than the number of the newest row. */
struct dedup_memtable {
    uint32_t *keys, *next, *heads;
    uint8_t *held;
    int64_t bands, size, end;
};

/* Add the rows first, first + 1, ...: keys and held are bands x count. Returns 0. */
DEDUP_API int64_t dedup_memtable_add(struct dedup_memtable *table, int64_t first,
                                     const uint32_t *keys, const uint8_t *held, int64_t count);

/* Answers: `question` is the place of a key in `keys`, and `number` is a row that has this key. */
struct dedup_found {
    int64_t *question, *number;
    int64_t capacity;
};

/* Find the rows that have one of the keys, bands x count, in the bands from `first_band` on. Returns the
   number of answers. */
DEDUP_API int64_t dedup_memtable_find(const struct dedup_memtable *table, int64_t first_band,
                                      const uint32_t *keys, int64_t bands, int64_t count,
                                      const struct dedup_found *out);

/* A sorted run of a band: the keys and numbers of older rows, cut into slots. The first slot_bits bits of
   a key choose its slot; first_slot: the id of the first slot. marks: the Bloom filter of the run, of
   2**mark_bits bits; NULL for a run without a filter, which may have any key. */
struct dedup_run {
    int64_t band, first_slot, slot_bits, mark_bits;
    const uint8_t *marks;
};

/* Slots that may hold a key: the place of the key in `keys`, the place of the run in `runs`, and the id
   of the slot. */
struct dedup_likely {
    int64_t *question, *run, *slot;
    int64_t capacity;
};

/* List the slots that may hold one of the keys, bands x count, of the bands from `first_band` on, run
   after run. Returns the number of slots. */
DEDUP_API int64_t dedup_runs_find(const struct dedup_run *runs, int64_t run_count,
                                  int64_t first_band, const uint32_t *keys, int64_t bands,
                                  int64_t count, const struct dedup_likely *out);

/* Find keys in slots: key k in slot k. The entries of slot k are the bytes from bodies[starts[k]] to
   before bodies[starts[k + 1]]. An entry is the low three bytes of a key, and the number of a row in
   widths[k] bytes. Returns the number of answers. */
DEDUP_API int64_t dedup_slots_find(const uint8_t *bodies, const int64_t *starts,
                                   const int64_t *widths, const uint32_t *keys, int64_t count,
                                   const struct dedup_found *out);

/* --- buckets.c: which rows share a key -------------------------------------------------------- */

/* Sort the packed values key << 32 | row, and list the rows whose key another row has too, bucket
   after bucket, rows rising in each. spare: scratch memory, as long as packed. sizes: the members
   of each bucket. Returns the number of rows, and in *buckets the number of buckets. */
DEDUP_API int64_t dedup_buckets(uint64_t *packed, uint64_t *spare, int64_t count, uint32_t *rows,
                                int64_t *sizes, int64_t *buckets);

/* Pack keys of some rows for `dedup_buckets`: keys[rows[k]] << 32 | k. Returns 0. */
DEDUP_API int64_t dedup_pack(const uint32_t *keys, int64_t key_count, const int64_t *rows,
                             int64_t count, uint64_t *packed);

/* Which pairs to propose: the sketches of the rows, and the number of places in which two of them must
   agree. If words is 0, all pairs are proposed. */
struct dedup_look {
    const uint64_t *sketches; /* rows x words */
    int64_t rows, words, least;
};

/* The proposed pairs, earlier << 32 | later. next: the first bucket whose pairs found no room. */
struct dedup_proposals {
    uint64_t *pairs;
    int64_t capacity, next;
};

/* List the pairs inside the buckets from begin to before end that agree in enough places. Bucket b
   has the rows rows[starts[b]] to before rows[starts[b + 1]], rising. There must be room for all
   pairs of the first bucket. Returns the number of pairs. */
DEDUP_API int64_t dedup_bucket_pairs(const uint32_t *rows, const int64_t *starts, int64_t begin,
                                     int64_t end, const struct dedup_look *look,
                                     struct dedup_proposals *out);

#endif
