"""The Lua scripts that are not about a page: open, read all, remove, sweep, adopt a bulk load.

Knows: meta, rows, texts. Does not know: pages, the rule. The comment of a script says what it is
given after what every script is given (see ``lua``), and what it replies.
"""

from __future__ import annotations

from dedup.index.redis.lua import HEAD, MARK, SWEEP, script

#: Given: whether an index may be made; program, format, settings, created, bits, ttl, mark. Replies
#: what the index says of itself, or nothing if there is none.
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

#: Given: cursor, count, what is wanted: 0 rows, 1 users' keys too, 2 payloads too, 3 their total
#: length. Replies cursor, numbers, rows, texts or the length.
SCAN = script(
    HEAD
    + """
local reply = call('HSCAN', ROWS, ARGV[3], 'COUNT', ARGV[4])
local numbers, heads = {}, {}
for at = 1, #reply[2], 2 do
  if alive(reply[2][at + 1]) then
    numbers[#numbers + 1] = reply[2][at]
    heads[#heads + 1] = reply[2][at + 1]
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
return {reply[1], table.concat(numbers), table.concat(heads), texts}
"""
)

#: Given: numbers, and when each was last met, if that matters. Replies how many were removed.
REMOVE = script(
    HEAD
    + """
local numbers, last = cut(ARGV[3], 4), cut(ARGV[4], 8)
local removed, dropped = 0, 0
for k = 1, #numbers do
  local row = call('HGET', ROWS, numbers[k])
  if row and (#last == 0 or sub(row, 1, 8) == last[k]) then
    call('HDEL', ROWS, numbers[k])
    call('HDEL', TEXTS, numbers[k])
    dropped = dropped + 1
    if alive(row) then removed = removed + 1 end
  end
end
if removed > 0 then
  call('HINCRBY', META, 'removed', removed)
  call('HINCRBY', META, 'removals', removed)
end
if dropped > 0 then call('HINCRBY', META, 'changes', 1) end
return removed
"""
)

#: Given: cursor, count; keys: one band, or none for the rows. Replies the cursor.
CLEAN = script(
    HEAD
    + SWEEP
    + """
if KEYS[4] then return sweep(KEYS[4], ARGV[3], ARGV[4]) end
return expire(ARGV[3], ARGV[4])
"""
)

#: Given: how many had been removed when a sweep of everything began. A full server accepts no
#: number.
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

#: Given: how many rows there are; keys: those of the index, then the temporary keys of the bulk
#: load in the same order. Replies 1, or 0 if the index is not empty.
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
