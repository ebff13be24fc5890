"""The scripts beside those of a page, in Lua: opening, reading all, removing, sweeping, filling.

Knows: meta, rows, texts. Does not know: pages, the rule.
"""

from __future__ import annotations

from dedup.index.redis.lua import HEAD, MARK, SWEEP, script

#: Asked: whether it may be made; program, format, settings, created, bits, ttl, mark. Told: what is
#: there, nothing where nothing is.
OPEN = script(
    """
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'none' and kind ~= 'hash' then return redis.error_reply('DEDUP OTHER') end
if kind == 'none' then
  if redis.call('EXISTS', KEYS[2], KEYS[3]) > 0 then return redis.error_reply('DEDUP OTHER') end
  if ARGV[1] == '0' then return {} end
  redis.call('HSET', KEYS[1], 'program', ARGV[2], 'format', ARGV[3], 'settings', ARGV[4],
    'created', ARGV[5], 'bits', ARGV[6], 'ttl', ARGV[7], 'mark', ARGV[8], 'next', 0)
end
return redis.call('HMGET', KEYS[1], 'program', 'format', 'settings', 'bits', 'ttl', 'mark')
"""
)

#: Asked: cursor, count, what is wanted: 0 rows, 1 senders' keys too, 2 bodies too, 3 their lengths.
#: Told: cursor, numbers, rows, texts or one length.
SCAN = script(
    HEAD
    + """
local told = call('HSCAN', ROWS, ARGV[3], 'COUNT', ARGV[4])
local numbers, heads = {}, {}
for at = 1, #told[2], 2 do
  if alive(told[2][at + 1]) then
    numbers[#numbers + 1] = told[2][at]
    heads[#heads + 1] = told[2][at + 1]
  end
end
local texts, length = {}, 0
if ARGV[5] ~= '0' then texts = fetch(TEXTS, numbers) end
for k = 1, #texts do
  local size = texts[k] and struct.unpack('<I4', texts[k]) or 0
  if ARGV[5] == '1' then texts[k] = sub(texts[k], 1, 4 + size) end
  if ARGV[5] == '3' then length = length + #texts[k] - 4 - size end
end
if ARGV[5] == '3' then texts = length end
return {told[1], table.concat(numbers), table.concat(heads), texts}
"""
)

#: Asked: numbers, and when each was last met, if it matters. Told: how many were removed.
REMOVE = script(
    HEAD
    + """
local numbers, last = cut(ARGV[3], 4), cut(ARGV[4], 8)
local removed = 0
for k = 1, #numbers do
  local row = call('HGET', ROWS, numbers[k])
  if row and (#last == 0 or sub(row, 1, 8) == last[k]) then
    call('HDEL', ROWS, numbers[k])
    call('HDEL', TEXTS, numbers[k])
    if alive(row) then removed = removed + 1 end
  end
end
if removed > 0 then
  call('HINCRBY', META, 'removed', removed)
  call('HINCRBY', META, 'removals', removed)
  call('HINCRBY', META, 'changes', 1)
end
return removed
"""
)

#: Asked: cursor, count; keys: one band, or none for the rows. Told: cursor.
CLEAN = script(
    HEAD
    + SWEEP
    + """
if KEYS[4] then return sweep(KEYS[4], ARGV[3], ARGV[4]) end
return expire(ARGV[3], ARGV[4])
"""
)

#: Asked: how many had been removed when a sweep of everything began. A full server takes no number.
CLEANED = script(
    MARK
    + """
if redis.call('HGET', META, 'removed') == ARGV[3] then
  redis.call('HDEL', META, 'removed')
elseif ARGV[3] ~= '0' then
  redis.call('HINCRBY', META, 'removed', -ARGV[3])
end
"""
)

#: Asked: how many rows there are; keys: all, then the same as they were filled. Told: 1, or 0 where
#: the index is not empty.
ADOPT = script(
    MARK
    + """
if redis.call('HGET', META, 'next') ~= '0' then return 0 end
redis.call('HINCRBY', META, 'next', ARGV[3])
redis.call('HINCRBY', META, 'changes', 1)
local half = (#KEYS - 1) / 2
for k = 2, 1 + half do
  if redis.call('EXISTS', KEYS[k + half]) == 1 then
    redis.call('RENAME', KEYS[k + half], KEYS[k])
    redis.call('PERSIST', KEYS[k])
    if ARGV[4] ~= '0' then redis.call('PEXPIRE', KEYS[k], (ARGV[4] + 60) * 1000) end
  end
end
return 1
"""
)
