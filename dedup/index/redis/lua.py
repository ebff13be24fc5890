"""What scripts on the server share, in Lua.

Knows: how a script is known to a server, the keys of an index (see ``dedup.index.redis``), what is
there and what has expired. Does not know: looks, writes.

Every script but ``OPEN`` gets the keys meta, rows, texts and some bands, and first of all the mark
of the index and the second before which the last meeting of a paragraph must not lie.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple


class Script(NamedTuple):
    """A script and the digest by which a server knows it."""

    text: str
    digest: str


def script(text: str) -> Script:
    """Make a script of its text."""
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


#: A server that was emptied, or filled anew by somebody else, doesn't know the mark.
MARK = """
local META, ROWS, TEXTS = KEYS[1], KEYS[2], KEYS[3]
if redis.call('HGET', META, 'mark') ~= ARGV[1] then return redis.error_reply('DEDUP GONE') end
"""

#: ``unpack`` takes no more than some thousand values, so long lists are cut.
HEAD = (
    MARK
    + """
local before = tonumber(ARGV[2])
local sub, find, byte, call = string.sub, string.find, string.byte, redis.call

local function alive(row)
  return row and (before == 0 or struct.unpack('<I8', row) >= before)
end

local function fetch(key, fields)
  local out = {}
  for at = 1, #fields, 1000 do
    local some = call('HMGET', key, unpack(fields, at, math.min(at + 999, #fields)))
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

#: Slots without what is not there, rows that have expired: some at a time.
SWEEP = """
local function sweep(key, cursor, count)
  local told = call('HSCAN', key, cursor, 'COUNT', count)
  for at = 1, #told[2], 2 do
    local entries, numbers, left = cut(told[2][at + 1], 7), {}, {}
    for k = 1, #entries do numbers[k] = sub(entries[k], 4) end
    local rows = fetch(ROWS, numbers)
    for k = 1, #entries do
      if alive(rows[k]) then left[#left + 1] = entries[k] end
    end
    if #left == 0 then
      call('HDEL', key, told[2][at])
    elseif #left < #entries then
      -- A full server takes no value first of all, but one in the place of a larger one.
      call('HDEL', key, told[2][at])
      call('HSET', key, told[2][at], table.concat(left))
    end
  end
  return told[1]
end

local function expire(cursor, count)
  local told = call('HSCAN', ROWS, cursor, 'COUNT', count)
  for at = 1, #told[2], 2 do
    if not alive(told[2][at + 1]) then
      call('HDEL', ROWS, told[2][at])
      call('HDEL', TEXTS, told[2][at])
    end
  end
  return told[1]
end
"""
