"""What scripts on the server share, in Lua.

Knows: how a script is known to a server, the keys of an index (see ``dedup.index.redis``), what is
there and what has expired. Does not know: looks, writes.

Every script but ``OPEN`` is given the keys meta, rows, texts and some bands; its first arguments
are the mark of the index, and a time: a paragraph that was last met before has expired.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple


class Script(NamedTuple):
    """The text of a script, and the digest by which a server knows it."""

    text: str
    digest: str


def script(text: str) -> Script:
    """Make a script from its text."""
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


#: The mark is unknown to a server that was emptied, or that holds another index by now.
MARK = """
local META, ROWS, TEXTS = KEYS[1], KEYS[2], KEYS[3]
if redis.call('HGET', META, 'mark') ~= ARGV[1] then return redis.error_reply('DEDUP GONE') end
"""

#: Lua's ``unpack`` returns no more than some thousand values, so long lists are cut.
HEAD = (
    MARK
    + """
local before = tonumber(ARGV[2])
local sub, find, byte, call = string.sub, string.find, string.byte, redis.call

local function alive(row)
  return row and (before == 0 or struct.unpack('<I8', row) >= before)
end

local function fetch(key, fields, most)
  local out, last = {}, most or #fields
  for at = 1, last, 1000 do
    local some = call('HMGET', key, unpack(fields, at, math.min(at + 999, last)))
    for k = 1, #some do out[at + k - 1] = some[k] end
  end
  return out
end

local function store(key, pairs)
  for at = 1, #pairs, 1000 do
    call('HSET', key, unpack(pairs, at, math.min(at + 999, #pairs)))
  end
end

local function cut(packed, width)
  local out = {}
  for at = 1, #packed, width do out[#out + 1] = sub(packed, at, at + width - 1) end
  return out
end

local function member(slot, key, at)
  at = find(slot, key, at, true)
  while at and at % 7 ~= 1 do at = find(slot, key, at + 1, true) end
  return at
end
"""
)

#: ``sweep`` drops from slots what is not stored, ``expire`` drops rows that have expired.
SWEEP = """
local function sweep(key, cursor, count)
  local reply = call('HSCAN', key, cursor, 'COUNT', count)
  for at = 1, #reply[2], 2 do
    local entries, numbers, left = cut(reply[2][at + 1], 7), {}, {}
    for k = 1, #entries do numbers[k] = sub(entries[k], 4) end
    local rows = fetch(ROWS, numbers)
    for k = 1, #entries do
      if alive(rows[k]) then left[#left + 1] = entries[k] end
    end
    if #left == 0 then
      call('HDEL', key, reply[2][at])
    elseif #left < #entries then
      -- A full server takes no value first of all, but one in the place of a larger one.
      call('HDEL', key, reply[2][at])
      call('HSET', key, reply[2][at], table.concat(left))
    end
  end
  return reply[1]
end

local function expire(cursor, count)
  local reply, dropped = call('HSCAN', ROWS, cursor, 'COUNT', count), false
  for at = 1, #reply[2], 2 do
    if not alive(reply[2][at + 1]) then
      call('HDEL', ROWS, reply[2][at])
      call('HDEL', TEXTS, reply[2][at])
      dropped = true
    end
  end
  if dropped then call('HINCRBY', META, 'changes', 1) end
  return reply[1]
end
"""
