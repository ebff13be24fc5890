/* The one way in which 64-bit values are scrambled, and the multipliers for places. */

#ifndef DEDUP_HASHES_H
#define DEDUP_HASHES_H

#include <stdint.h>

/* How many of the following tokens a token brings along: the two lowest bits of its hash. */
#define REACH 3u

/* Scramble 64 bits one to one: the finaliser of MurmurHash3. */
static inline uint64_t mix64(uint64_t value)
{
    value ^= value >> 33;
    value *= 0xFF51AFD7ED558CCDu;
    value ^= value >> 33;
    value *= 0xC4CEB9FE1A85EC53u;
    return value ^ value >> 33;
}

/* Scramble 32 bits one to one: the finaliser of MurmurHash3, as datasketch has it. */
static inline uint32_t mix32(uint32_t value)
{
    value ^= value >> 16;
    value *= 0x85EBCA6Bu;
    value ^= value >> 13;
    value *= 0xC2B2AE35u;
    return value ^ value >> 16;
}

#endif
