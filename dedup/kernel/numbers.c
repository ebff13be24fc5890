/* Numbers of four bytes for tokens: equal tokens get the same number, and different ones don't.

   Knows: the tokens in the table. Does not know: what a token is the hash of, who keeps the numbers. */

#include "kernel.h"

static int is_sound(const struct dedup_numbers *numbers)
{
    int64_t bits = numbers->slot_bits, capacity = numbers->capacity;
    return bits >= 1 && bits <= 32 && capacity >= 0 && capacity <= (int64_t)1 << (bits - 1) &&
           numbers->count >= 0 && numbers->count <= capacity;
}

int64_t dedup_number(struct dedup_numbers *numbers, const uint64_t *values, int64_t size,
                     uint32_t *out)
{
    if (size < 0 || !is_sound(numbers))
        return DEDUP_BAD_SIZE;
    const uint64_t last = ((uint64_t)1 << numbers->slot_bits) - 1;
    const int shift = 64 - numbers->slot_bits;
    for (int64_t k = 0; k < size; k++) {
        uint64_t token = values[k], slot = token * numbers->multiplier >> shift;
        uint32_t next;
        while ((next = numbers->slots[slot]) != 0 && numbers->tokens[next - 1] != token)
            slot = (slot + 1) & last;
        if (next == 0) {
            if (numbers->count == numbers->capacity)
                return k;
            numbers->tokens[numbers->count++] = token;
            next = numbers->slots[slot] = (uint32_t)numbers->count;
        }
        out[k] = next - 1;
    }
    return size;
}
