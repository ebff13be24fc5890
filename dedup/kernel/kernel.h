/* The kernel of dedup: from UTF-8 text to sketches and similarity, over flat arrays.

   What it knows: lines and blocks of plain text, characters, tokens, hashes, shingles, MinHash, band
   keys, longest common subsequences, buckets. What it does not know: files, markup, thresholds' meaning, who is kept.

   Conventions, true of every function:

   - Rows are ragged: row r of `values` is values[starts[r]] up to, not including, values[starts[r + 1]].
   - A function works on the rows from `begin` to before `end`, so that threads can share the work.
   - It returns 0 or more for success, and one of the negative codes below otherwise. What it wrote
     until then means nothing.
   - It keeps nothing between calls and has no global state. Memory it takes it gives back.
   - Any bytes may come in. Sizes are in elements of the array, not in bytes, unless said otherwise.

   The terms are those of the project's glossary: a token is a word in its normal form, a shingle
   some neighbouring tokens, a signature the minima of the permutations over a row's shingles. */

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

/* Changes whenever a function changes its arguments or its results. */
#define DEDUP_KERNEL_VERSION 6

enum {
    DEDUP_NO_MEMORY = -1, /* an allocation failed */
    DEDUP_NO_ROOM = -2,   /* an output array is too small; try again with a larger one */
    DEDUP_BAD_SIZE = -3   /* sizes that overflow, fall or contradict each other */
};

DEDUP_API int32_t dedup_kernel_version(void);

/* --- characters.c, tokens.c: text to tokens --------------------------------------------------- */

/* What `dedup_read` fills. Rows of `normal` are parted by a line end, which is in no row:
   normal_starts[r + 1] - 1 is the end of row r. */
struct dedup_reading {
    uint8_t *normal;         /* the texts in normal form */
    int64_t normal_capacity; /* eight bytes more than is written may be needed */
    uint8_t *cased;          /* the same with capitals kept, as long as `normal`; NULL: not wanted */
    int64_t *normal_starts;  /* rows + 1 */
    uint64_t *values;        /* token hashes */
    int64_t value_capacity;
    int64_t *value_starts;   /* rows + 1 */
    int64_t *token_begin;    /* where in its row of `normal` each token begins; NULL: not wanted */
    int64_t *token_end;
    uint8_t *special;        /* 1 for a row whose normal form needs rules that are not here */
    uint64_t *units;         /* code points of the tokens, words parted by one space; NULL: not wanted */
    int64_t unit_capacity;
    int64_t *unit_starts;    /* rows + 1, where units are wanted */
};

/* Read the rows of a text: normal form, tokens, hashes.

   folded: the rows are in normal form already, so no rule is applied. A row that is special is left
   empty. Returns how many tokens there are.

   The two lowest bits of a token's hash say how many neighbours it takes along (`linked` in
   `dedup_family`). */
DEDUP_API int64_t dedup_read(const uint8_t *bytes, const int64_t *starts, int64_t rows,
                             int32_t folded, const struct dedup_reading *reading);

/* --- plain.c: plain text to paragraphs -------------------------------------------------------- */

/* What is a paragraph: every line that isn't blank, what stands between blank lines, or whichever of
   the two each block of lines was evidently written in. */
enum { DEDUP_EACH_LINE = 0, DEDUP_EACH_BLOCK = 1, DEDUP_JUDGED = 2 };

/* What `dedup_paragraphs` fills, a row a paragraph; those of text t stand from starts[t] on. */
struct dedup_cutting {
    int64_t *begin, *end;  /* its bytes */
    int64_t *start, *stop; /* its characters, counted from where the document begins */
    int64_t *first, *last; /* its lines, from 1 */
    uint8_t *heads;        /* room for the function, of no meaning behind it */
    int64_t capacity;      /* rows; as many as there are lines with something on them are needed */
    int64_t *starts;       /* texts + 1 */
    uint8_t *packed;       /* the paragraphs without what stands between them; NULL: not wanted */
    int64_t packed_capacity;
    int64_t *packed_starts; /* capacity + 1: where each begins in `packed` */
};

/* Cut plain texts, or sections of documents, into paragraphs.

   character, line: how many characters and line ends of its document stand before a text. rule: one
   of the three above. Returns how many paragraphs there are. */
DEDUP_API int64_t dedup_paragraphs(const uint8_t *bytes, const int64_t *starts,
                                   const int64_t *character, const int64_t *line, int64_t texts,
                                   int32_t rule, const struct dedup_cutting *out);

/* --- sketch.c: tokens to signatures, band keys and sketches ----------------------------------- */

/* How rows become signatures. width: neighbours in a shingle, 1 to 8; linked: tokens take along the
   neighbours that their lowest bits ask for; a, b: the permutations h -> a * h + b modulo 2**32. */
struct dedup_family {
    int32_t width, linked;
    const uint32_t *a, *b;
    int64_t permutations;
    int64_t bands, band_rows; /* bands * band_rows is at most `permutations` */
    int64_t sketch_words;     /* 16 places of four bits in each */
};

#define DEDUP_BAG_WORDS 4 /* of a row's bag */

/* What `dedup_sketch` fills, each NULL where it isn't wanted. Row r is written at place r - begin
   of arrays that hold `stride` rows; a signature stands in a column, a key too. */
struct dedup_sketches {
    uint32_t *signatures; /* permutations x stride */
    uint32_t *keys;       /* bands x stride */
    uint64_t *sketches;   /* rows x sketch_words */
    uint64_t *bags;       /* rows x DEDUP_BAG_WORDS: a bit for each token, which several may share */
    int64_t stride;
};

DEDUP_API int64_t dedup_sketch(const struct dedup_family *family, const uint64_t *values,
                               const int64_t *starts, int64_t begin, int64_t end,
                               const struct dedup_sketches *out);

/* Cut signatures that were made elsewhere into keys and sketches: permutations x rows in, the rest
   as `dedup_sketch` fills it, except bags. */
DEDUP_API int64_t dedup_cut(const struct dedup_family *family, const uint32_t *signatures,
                            int64_t rows, const struct dedup_sketches *out);

/* Hash every shingle of every row to 32 bits. out_starts: rows + 1. A row shorter than `width`
   gives one shingle of all it has, an empty row none. */
DEDUP_API int64_t dedup_shingles(const uint64_t *values, const int64_t *starts, int64_t rows,
                                 int32_t width, int32_t linked, uint32_t *out,
                                 int64_t *out_starts);

/* --- numbers.c: tokens in four bytes ---------------------------------------------------------- */

/* The tokens that got numbers so far, number after number, and where each is found.

   slots: 2**slot_bits, 0 at first, then the number and one more of the token that is found there.
   capacity: of tokens, at most half the slots. multiplier: an odd one that nobody can foretell, or
   texts could be written whose tokens all fall into one slot. */
struct dedup_numbers {
    uint64_t *tokens;
    int64_t count, capacity;
    uint32_t *slots;
    uint64_t multiplier;
    int32_t slot_bits;
};

/* Number tokens: each the number that it has, or the next one. Returns for how many of them there
   was room. To make more, number `tokens` in larger arrays: all keep their numbers. */
DEDUP_API int64_t dedup_number(struct dedup_numbers *numbers, const uint64_t *values, int64_t size,
                               uint32_t *out);

/* --- similarity.c: how alike rows are --------------------------------------------------------- */

/* Similarity of the rows left[k] and right[k], for k from begin to before end: out[k - begin].
   Rows of numbers have four bytes a token: `values` is NULL then.

   It is 2 * L / (a + b), L the length of their longest common subsequence; 1 for two empty rows.
   NaN where the product of the lengths is above most_cells once common ends are off. */
DEDUP_API int64_t dedup_similarities(const uint64_t *values, const uint32_t *numbers,
                                     const int64_t *starts, const int64_t *left,
                                     const int64_t *right, int64_t begin, int64_t end,
                                     int64_t most_cells, double *out);

/* Say which of the pairs left[k], right[k] may reach the threshold, for k from begin to before end:
   out[k - begin] is 0 for a pair whose similarity is surely below it.

   bags: of so many rows, as `dedup_sketch` fills them; sizes: their tokens. Nothing is said of a
   pair with an empty bag, nor of one whose lengths have a product above most_cells: it is 1. */
DEDUP_API int64_t dedup_may_be_similar(const uint64_t *bags, const int32_t *sizes, int64_t rows,
                                       const int64_t *left, const int64_t *right, int64_t begin,
                                       int64_t end, double threshold, int64_t most_cells,
                                       uint8_t *out);

/* The pairs found by `dedup_all_similar`: their rows and similarities. next: the first row on the
   left that was not looked at, for want of room. */
struct dedup_pairs {
    int64_t *left, *right;
    double *similarity;
    int64_t capacity, next;
};

/* Find all pairs of a row from begin to before end and a row from right_begin to before right_end
   that are similar enough, the later row on the right. Needs room for right_end - right_begin pairs
   at least. Pairs too long to compare are among them, with NaN. Returns how many it found. */
DEDUP_API int64_t dedup_all_similar(const uint64_t *values, const int64_t *starts, int64_t begin,
                                    int64_t end, int64_t right_begin, int64_t right_end,
                                    double threshold, int64_t most_cells,
                                    struct dedup_pairs *pairs);

/* --- alignment.c: what rows have in common ---------------------------------------------------- */

/* What `dedup_align` fills. A block is a stretch that both rows have: where it begins in either and
   how many tokens it has; blocks of a pair rise in both rows and don't touch. whole: 0 for a pair
   that is too long, of which there are the common ends alone. */
struct dedup_blocks {
    int64_t *left, *right, *size;
    int64_t capacity;
    int64_t *starts; /* pairs + 1: the first block of each pair */
    uint8_t *whole;
};

/* Align the rows left[k] and right[k] along a longest common subsequence. A pair is too long where
   the product of the lengths is above most_cells once common ends are off. Returns how many blocks. */
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

/* Hashes of words that are looked up, each list rising: those that carry no fact, those that
   negate, and numerals that are written as words, with what they stand for (1 or more). */
struct dedup_lexicon {
    const uint64_t *functions, *negations, *numerals;
    const int64_t *numeral_values;
    int64_t function_count, negation_count, numeral_count;
};

/* What a stretch in which two texts differ is read as. */
enum dedup_reading_of {
    DEDUP_SPELLING,       /* the same words, respelt or inflected */
    DEDUP_SPACING,        /* the same letters, parted elsewhere */
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
    DEDUP_REWRITTEN,      /* more words than are looked into */
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

/* What is said of a pair as a whole, behind the readings in the list of features. */
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

/* How pairs are judged. weights: of each feature, in tenths; replaced, facts, edits: which readings
   are one, a bit for each; noisy: words may be misread. A pair whose score is `border` or more is a
   variant. */
struct dedup_judge {
    const struct dedup_lexicon *lexicon;
    const int32_t *weights;
    uint64_t replaced, facts, edits;
    int64_t border, most_cells;
    int32_t noisy;
};

/* What is told of pairs, each NULL where it isn't wanted. scores: the sum of weights and features,
   INT64_MIN for two texts without a difference. features: DEDUP_FEATURES for each pair, in 64ths;
   how many stretches have a reading counts as log2(1 + count), straight between whole logarithms,
   the number of tokens in the same way. Stretches: from which token to which in the left text, then
   in the right one, four for each; their readings; starts: pairs + 1. */
struct dedup_judged {
    int64_t *scores, *features;
    int64_t *stretches;
    uint8_t *readings;
    int64_t *starts;
    int64_t capacity; /* stretches that there is room for */
};

/* Judge the pairs left[k], right[k] of texts from begin to before end; results from 0 on. The answer
   depends on the two texts alone and not on their order. */
DEDUP_API int64_t dedup_judge(const struct dedup_page *page, const struct dedup_judge *judge,
                              const int64_t *left, const int64_t *right, int64_t begin,
                              int64_t end, const struct dedup_judged *out);

/* --- walk.c: who is kept ---------------------------------------------------------------------- */

/* What is carried from block to block. kept: of every row, 1 until it is decided; remembered: for
   each bucket room for `cap` rows; filled: how many it remembers; met: how many kept rows it met;
   kept_rows: how many rows that were walked are kept; uncompared: an upper bound of the kept rows
   that those decided were not compared with. */
struct dedup_walk {
    uint8_t *kept;
    int64_t row_count;
    uint32_t *remembered;
    int64_t *filled, *met;
    int64_t bucket_count;
    int64_t kept_rows, uncompared;
};

/* The limits of the rule at the head of walk.c. scoped: whether the last word of a sketch is a scope,
   which must be equal. */
struct dedup_rule {
    int64_t cap, most, least, most_cells;
    double threshold;
    int32_t scoped;
};

/* Some rows, and what is to be listed of them: the rows before them that their buckets show.

   The pairs of row k with earlier rows that are known anyhow stand from pair_starts[k] on: the row,
   in how many places they agree, and its place among the known rows, -1 where it isn't there. The
   buckets of row k stand from bucket_starts[k] on, as places in the list of those that occur here;
   of these `remembered` has `cap` places of known rows each, -1 for one that is passed over, and
   `filled` how many count. at: the place of a row's sketch, for a row with buckets. */
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

/* The pairs of each row, from starts[k] on: the earlier row, in how many places they agree, and its
   number among the pairs that were handed in, -1 for none. At most `most` for each row, those that
   agree most; left_out: how many more there were. */
struct dedup_met {
    int64_t *starts, *earlier, *pair, *left_out;
    uint8_t *agreement;
    int64_t capacity;
};

/* List the candidates of rows from what was remembered before them. Returns how many. */
DEDUP_API int64_t dedup_meet(const struct dedup_rule *rule, const struct dedup_meeting *of,
                             const struct dedup_met *out);

/* Some rows in the order of rank, and what is known of them.

   rows: their numbers, rising. The pairs of row k with earlier rows stand from pair_starts[k] on:
   in how many places they agree, how similar they are (NaN: too long), the verdict (0: to be judged,
   1: a copy, 2: a variant), and where the earlier row stands in the page; left_out: how many more
   were left out for agreeing less. Its buckets stand from bucket_starts[k] on. at: where the sketch
   and the tokens of a row stand, for a row with buckets, -1 for others; one without tokens is too
   long to be compared. judge: NULL where whatever is alike is a copy, and the page and what stands in
   it is not looked at then. page_row: where a row stands in the page; it and pair_page_row are -1 for
   a row that is in no pair that must be judged. */
struct dedup_block {
    const int64_t *rows;
    int64_t count;
    const int64_t *pair_starts, *earlier;
    const uint8_t *agreement;
    const double *score;
    const uint8_t *verdict;
    const int64_t *pair_page_row;
    int64_t pair_count;       /* of all rows, which the starts end at */
    const int64_t *left_out;
    const int64_t *bucket_starts, *buckets;
    int64_t membership_count; /* the same of the buckets */
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

/* What was decided: match and similarity of each row, its own and 1 where it is like none. */
struct dedup_decided {
    int64_t *match;
    double *similarity;
};

/* Decide the rows of a block, the rows before it being decided. Returns 0. */
DEDUP_API int64_t dedup_walk_block(struct dedup_walk *walk, const struct dedup_rule *rule,
                                   const struct dedup_block *block, struct dedup_decided *out);

/* --- page.c: a page of paragraphs against an index ----------------------------------------------- */

/* Most rows of a page. */
#define DEDUP_PAGE_ROWS 64

/* Paragraphs that come together, in order of rank. prints: two for each row; keys: their band keys,
   bands x count; sketches: count x words; exact: the number of the stored row with the same
   fingerprint, -1 for none; together: whether a row is compared with those before it, and not with
   the index alone. */
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

/* The stored rows that are in the buckets of a page: which row of the page meets which one in which
   band. place: where the stored row stands among the sketches. */
struct dedup_members {
    const int64_t *row, *band, *place;
    int64_t count;
    const uint64_t *sketches;
    int64_t stored_count;
};

/* The pairs of a page that are worth comparing. Those of row k stand from starts[k] on: the stored
   row, by its place in `used`, and in how many places they agree. used: the stored rows of which
   the texts are wanted, rising; compared: whether the text of each row of the page is wanted. Room
   for as many pairs and stored rows as there are members. */
struct dedup_proposed {
    int64_t *starts, *stored;
    uint8_t *agreement;
    int64_t *used;
    int64_t used_count;
    uint8_t *compared;
};

/* List the pairs of a page with stored rows that agree in enough places, `most` of a row at most, of
   which those that agree most. Returns how many. */
DEDUP_API int64_t dedup_page_candidates(const struct dedup_rule *rule,
                                        const struct dedup_arrivals *page,
                                        const struct dedup_members *members,
                                        struct dedup_proposed *out);

/* How a row is like the one that it repeats. */
enum dedup_kind { DEDUP_UNIQUE, DEDUP_EXACT, DEDUP_NEAR, DEDUP_VARIANT };

/* What became of each row. kept: whether it is stored; partner: the row that it is like: its place in
   `used`, from used_count on a row of the page, -1 for none and for a row with an exact copy in the
   index; held: bands x count, which buckets remember the kept rows. */
struct dedup_outcomes {
    uint8_t *kept, *kind, *held;
    int64_t *partner;
    double *similarity;
};

/* Decide a page by the rule at the head of walk.c. values, starts: the tokens of the page's texts,
   then of the stored ones in `used`; a text without tokens is too long to be compared, unless it
   isn't wanted. texts: the same, laid out for the judge; NULL where there is no judge. Returns 0. */
DEDUP_API int64_t dedup_page_decide(const struct dedup_rule *rule, const struct dedup_judge *judge,
                                    const struct dedup_arrivals *page,
                                    const struct dedup_members *members,
                                    const struct dedup_proposed *proposed,
                                    const struct dedup_page *texts, const uint64_t *values,
                                    int64_t value_count, const int64_t *starts,
                                    const struct dedup_outcomes *out);

/* --- memtable.c: which rows have a key in a band ----------------------------------------------- */

/* The newest rows of an index: a ring of `size` of them, a power of two, and for each band a hash
   table of chains. Each array has size for each band: the key of a row, the place of the next row in
   its chain and of the first row of each chain (0: none, otherwise one more), whether it counts.
   end: one past the newest row. */
struct dedup_memtable {
    uint32_t *keys, *next, *heads;
    uint8_t *held;
    int64_t bands, size, end;
};

/* Put in rows first, first + 1, ...: keys and held are bands x count. Returns 0. */
DEDUP_API int64_t dedup_memtable_add(struct dedup_memtable *table, int64_t first,
                                     const uint32_t *keys, const uint8_t *held, int64_t count);

/* Answers of a table: the place of the key that was asked about, and the number of a row. */
struct dedup_found {
    int64_t *question, *number;
    int64_t capacity;
};

/* Find the rows with keys, bands x count, in the bands from `first_band` on. Returns how many. */
DEDUP_API int64_t dedup_memtable_find(const struct dedup_memtable *table, int64_t first_band,
                                      const uint32_t *keys, int64_t bands, int64_t count,
                                      const struct dedup_found *out);

/* A sorted run of a band. marks: its Bloom filter of 2**mark_bits bits, or NULL, which lets every key
   pass. The first slot_bits bits of a key choose its slot; first_slot: the id of the run's first one. */
struct dedup_run {
    int64_t band, first_slot, slot_bits, mark_bits;
    const uint8_t *marks;
};

/* Slots that may hold a key: the place of the key that was asked about, the place of the run, the id of
   the slot. */
struct dedup_likely {
    int64_t *question, *run, *slot;
    int64_t capacity;
};

/* List the slots that may hold keys, bands x count, of the bands from `first_band` on: run after run.
   Returns how many. */
DEDUP_API int64_t dedup_runs_find(const struct dedup_run *runs, int64_t run_count,
                                  int64_t first_band, const uint32_t *keys, int64_t bands,
                                  int64_t count, const struct dedup_likely *out);

/* Find keys in slots, one key in each. The entries of slot k are bodies[starts[k]:starts[k + 1]], each the
   low three bytes of a key and a number of widths[k] bytes. Returns how many. */
DEDUP_API int64_t dedup_slots_find(const uint8_t *bodies, const int64_t *starts,
                                   const int64_t *widths, const uint32_t *keys, int64_t count,
                                   const struct dedup_found *out);

/* --- buckets.c: which rows share a key -------------------------------------------------------- */

/* Sort the packed values key << 32 | row, and list the rows whose key another row has too: bucket
   after bucket, rows rising in each. spare: as long as packed. sizes: members of each bucket.
   Returns how many rows; *buckets: how many buckets. */
DEDUP_API int64_t dedup_buckets(uint64_t *packed, uint64_t *spare, int64_t count, uint32_t *rows,
                                int64_t *sizes, int64_t *buckets);

/* Pack keys of some rows for `dedup_buckets`: keys[rows[k]] << 32 | k. Returns 0. */
DEDUP_API int64_t dedup_pack(const uint32_t *keys, int64_t key_count, const int64_t *rows,
                             int64_t count, uint64_t *packed);

/* What is looked at before a pair is proposed: the sketches of the rows, and in how many places two
   of them must agree. Without words all pairs are proposed. */
struct dedup_look {
    const uint64_t *sketches; /* rows x words */
    int64_t rows, words, least;
};

/* The pairs that are proposed, earlier << 32 | later. next: the first bucket whose pairs are not
   among them, for want of room. */
struct dedup_proposals {
    uint64_t *pairs;
    int64_t capacity, next;
};

/* List the pairs inside the buckets from begin to before end that agree in enough places. Bucket b
   has the rows rows[starts[b]] to before rows[starts[b + 1]], rising. Returns how many pairs. Needs
   room for all pairs of the first bucket at least. */
DEDUP_API int64_t dedup_bucket_pairs(const uint32_t *rows, const int64_t *starts, int64_t begin,
                                     int64_t end, const struct dedup_look *look,
                                     struct dedup_proposals *out);

#endif
