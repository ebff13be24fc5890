/* Rows written as lines of JSON.

   Knows: how JSON writes numbers and texts in ASCII, as Python's json.dumps does. Does not know: what
   a field means, how lines are read. */

#include "characters.h"
#include "kernel.h"

#include <string.h>

/* The line at hand. `size` goes on when `out` is full, and shows that there was no room. */
struct writer {
    uint8_t *out;
    int64_t capacity, size;
};

static void put(struct writer *to, const void *bytes, int64_t size)
{
    if (size <= to->capacity - to->size)
        memcpy(to->out + to->size, bytes, (size_t)size);
    else
        to->capacity = -1;
    to->size += size;
}

static void put_number(struct writer *to, int64_t value)
{
    char digits[24];
    int at = sizeof digits;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do
        digits[--at] = (char)('0' + left % 10);
    while (left /= 10);
    if (value < 0)
        digits[--at] = '-';
    put(to, digits + at, (int64_t)sizeof digits - at);
}

/* Write half of a code point, or a whole one, as a backslash, u and four digits. */
static void put_unit(struct writer *to, uint32_t unit)
{
    static const char digits[] = "0123456789abcdef";
    char escaped[6] = {'\\', 'u'};
    for (int k = 0; k < 4; k++)
        escaped[2 + k] = digits[unit >> (12 - 4 * k) & 15];
    put(to, escaped, 6);
}

static void put_escaped(struct writer *to, int32_t code)
{
    static const char plain[] = "\"\\\n\r\t\f\b", letters[] = "\"\\nrtfb";
    const char *found = code > 0 && code < 0x80 ? strchr(plain, code) : NULL;
    if (found != NULL) {
        char escaped[2] = {'\\', letters[found - plain]};
        put(to, escaped, 2);
    } else if (code < 0) {
        put_unit(to, 0xFFFD); /* a byte that isn't UTF-8 */
    } else if (code < 0x10000) {
        put_unit(to, (uint32_t)code);
    } else {
        put_unit(to, 0xD800 + ((uint32_t)(code - 0x10000) >> 10));
        put_unit(to, 0xDC00 + ((uint32_t)(code - 0x10000) & 0x3FF));
    }
}

static int stays(uint8_t byte)
{
    return byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\';
}

static void put_text(struct writer *to, const uint8_t *bytes, int64_t at, int64_t end)
{
    put(to, "\"", 1);
    while (at < end) {
        int64_t from = at;
        while (at < end && stays(bytes[at]))
            at++;
        put(to, bytes + from, at - from);
        if (at < end)
            put_escaped(to, decode(bytes, &at, end));
    }
    put(to, "\"", 1);
}

static void put_value(struct writer *to, const struct dedup_field *field, int64_t row)
{
    if (field->kind == DEDUP_WHOLE_NUMBER)
        put_number(to, field->begin[row]);
    else if (field->kind == DEDUP_WRITTEN)
        put(to, field->bytes + field->begin[row], field->end[row] - field->begin[row]);
    else
        put_text(to, field->bytes, field->begin[row], field->end[row]);
}

static int are_sound(const struct dedup_field *fields, int64_t count, int64_t rows)
{
    if (count < 0 || rows < 0)
        return 0;
    for (int64_t k = 0; k < count; k++) {
        const struct dedup_field *field = fields + k;
        if (field->label_size < 0 || field->kind < DEDUP_WHOLE_NUMBER || field->kind > DEDUP_TEXT_IF_ANY)
            return 0;
        for (int64_t row = 0; row < rows && field->kind != DEDUP_WHOLE_NUMBER; row++)
            if (field->begin[row] < 0 || field->end[row] < field->begin[row])
                return 0;
    }
    return 1;
}

int64_t dedup_lines(const struct dedup_field *fields, int64_t count, int64_t rows, uint8_t *out,
                    int64_t capacity, int64_t *out_starts)
{
    struct writer to = {out, capacity, 0};
    if (!are_sound(fields, count, rows))
        return DEDUP_BAD_SIZE;
    for (int64_t row = 0; row < rows && to.capacity >= 0; row++) {
        out_starts[row] = to.size;
        put(&to, "{", 1);
        for (int64_t k = 0, some = 0; k < count; k++) {
            const struct dedup_field *field = fields + k;
            if (field->kind == DEDUP_TEXT_IF_ANY && field->begin[row] == field->end[row])
                continue;
            if (some++)
                put(&to, ", ", 2);
            put(&to, field->label, field->label_size);
            put_value(&to, field, row);
        }
        put(&to, "}\n", 2);
    }
    if (to.capacity < to.size)
        return DEDUP_NO_ROOM;
    out_starts[rows] = to.size;
    return to.size;
}
