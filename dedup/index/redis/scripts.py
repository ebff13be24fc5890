"""The two Lua scripts of a page: the look and the write, each one atomic step.

Knows: buckets, rows. Does not know: the rule. The comment of a script says what it is given after
what every script is given (see ``lua``), and what it replies.
"""

from __future__ import annotations

from dedup.index.redis.lua import HEAD, SWEEP, script

#: Given: how many rows; their places (bands, 2, n); fingerprints, or nothing; how many texts may
#: come along. Replies every member of a bucket (band, row, its place in what follows); the numbers
#: of the members; their rows; their texts, or if these are too many, the users' keys of the members
#: in the last band, which come first; which rows have an exact copy (row, its place); how many
#: changes there ever were. The last band is looked at first: a row with an exact copy is not looked
#: for in other bands.
LOOK = script(
    HEAD
    + """
local n, places, prints, most = tonumber(ARGV[3]), ARGV[4], ARGV[5], tonumber(ARGV[6])
local last, form = #KEYS - 4, string.rep('c3', 2 * n)
local hits, size, numbers, heads, place_of = {}, 0, {}, {}, {}
local exact, done = {}, {}

local function meet(number)
  local row, place = call('HGET', ROWS, number), false
  if alive(row) then
    place = struct.pack('<I4', #numbers)
    numbers[#numbers + 1] = number
    heads[#heads + 1] = row
  end
  place_of[number] = place
  return place
end

local function look(band, rows)
  local both, bodies = {struct.unpack(form, places, band * n * 6 + 1)}, nil
  if #rows == n then
    bodies = call('HMGET', KEYS[4 + band], unpack(both, 1, n))
  else
    local asked = {}
    for k = 1, #rows do asked[k] = both[rows[k]] end
    bodies = call('HMGET', KEYS[4 + band], unpack(asked))
  end
  for k = 1, #rows do
    local slot = bodies[k]
    if slot then
      local row = rows[k]
      local key = both[n + row]
      local at = find(slot, key, 1, true)
      if at then at = member(slot, key, at) end
      while at do
        local number = sub(slot, at + 3, at + 6)
        local place = place_of[number]
        if place == nil then place = meet(number) end
        if place then
          hits[size + 1], hits[size + 2] = struct.pack('<I2I2', band, row - 1), place
          size = size + 2
          if band == last and prints ~= ''
            and sub(heads[struct.unpack('<I4', place) + 1], 21, 36)
              == sub(prints, row * 16 - 15, row * 16) then
            exact[#exact + 1] = struct.pack('<I4', row - 1) .. place
            done[row] = true
          end
        end
        at = member(slot, key, at + 7)
      end
    end
  end
end

local rows = {}
for row = 1, n do rows[row] = row end
look(last, rows)
local named = #numbers
if last > 0 then
  local left = {}
  for row = 1, n do if not done[row] then left[#left + 1] = row end end
  for band = 0, #left > 0 and last - 1 or -1 do look(band, left) end
end
local texts
if #numbers <= most then
  texts = fetch(TEXTS, numbers)
else
  texts = fetch(TEXTS, numbers, named)
  for k = 1, named do
    texts[k] = texts[k] and sub(texts[k], 1, 4 + struct.unpack('<I4', texts[k]))
  end
end
return {table.concat(hits), table.concat(numbers), table.concat(heads), texts,
  table.concat(exact), call('HGET', META, 'changes') or '0'}
"""
)

#: Given: the time; how many rows were looked at, how many are new; the ttl. Of the look: its
#: places, and what it replied: members, numbers, rows with an exact copy, changes. Of the new rows:
#: the rows themselves, their places (bands + 2, 2, m), and for each bucket whether it remembers the
#: row (0, 1, or 2 if an earlier row of the page goes into the same slot; nothing if all are 1).
#: Numbers met and how often; texts.
#: Replies 1, or 0 if what was looked at has changed; then nothing was stored. If nobody has changed
#: anything since the look, it is not compared. The first write is one that a full server refuses,
#: so all is stored or nothing.
WRITE = script(
    HEAD
    + SWEEP
    + """
local now, n, m = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local there = {}

local function same(band, left, counts)
  local both = {struct.unpack(string.rep('c3', 2 * n), ARGV[7], band * n * 6 + 1)}
  local asked = {}
  for k = 1, #left do asked[k] = both[left[k]] end
  local bodies = call('HMGET', KEYS[4 + band], unpack(asked))
  for k = 1, #left do
    local slot, row = bodies[k], left[k]
    local missing = counts[band * n + row] or 0
    local at = slot and member(slot, both[n + row], 1)
    while at do
      local number = sub(slot, at + 3, at + 6)
      if there[number] then
        missing = missing - 1
      elseif alive(call('HGET', ROWS, number)) then
        return false
      end
      at = member(slot, both[n + row], at + 7)
    end
    if missing ~= 0 then return false end
  end
  return true
end

if (call('HGET', META, 'changes') or '0') ~= ARGV[11] then
  local known = cut(ARGV[9], 4)
  local rows = fetch(ROWS, known)
  for k = 1, #known do
    if not alive(rows[k]) then return 0 end
    there[known[k]] = true
  end
  local counts, exact, left = {}, {}, {}
  for at = 1, #ARGV[8], 8 do
    local band, row = struct.unpack('<I2I2', ARGV[8], at)
    local bucket = band * n + row + 1
    counts[bucket] = (counts[bucket] or 0) + 1
  end
  for at = 1, #ARGV[10], 8 do exact[struct.unpack('<I4', ARGV[10], at) + 1] = true end
  for row = 1, n do if not exact[row] then left[#left + 1] = row end end
  for band = 0, #left > 0 and #KEYS - 5 or -1 do
    if not same(band, left, counts) then return 0 end
  end
end

local met, met_numbers = cut(ARGV[15], 8), {}
for k = 1, #met do met_numbers[k] = sub(met[k], 1, 4) end
local met_rows = fetch(ROWS, met_numbers)
for k = 1, #met do
  if not met_rows[k] then return 0 end
end

if m > 0 then
  local last = call('HINCRBY', META, 'next', m)
  if last > 4294967295 then
    call('HINCRBY', META, 'next', -m)
    return redis.error_reply('DEDUP FULL')
  end
  local heads, numbers, pairs, texts = cut(ARGV[12], #ARGV[12] / m), {}, {}, {}
  for k = 1, m do
    local number = struct.pack('<I4', last - m + k - 1)
    numbers[k] = number
    pairs[2 * k - 1], pairs[2 * k] = number, heads[k]
    texts[2 * k - 1], texts[2 * k] = number, ARGV[15 + k]
  end
  store(ROWS, pairs)
  store(TEXTS, texts)
  local form, places, held = string.rep('c3', 2 * m), ARGV[13], ARGV[14]
  local all = held == ''
  for band = 0, #KEYS - 4 do
    local name, both = KEYS[4 + band], {struct.unpack(form, places, band * m * 6 + 1)}
    local bodies, changed, size = call('HMGET', name, unpack(both, 1, m)), {}, 0
    for k = 1, m do
      if all or byte(held, band * m + k) == 1 then
        changed[size + 1] = both[k]
        changed[size + 2] = (bodies[k] or '') .. both[m + k] .. numbers[k]
        size = size + 2
      end
    end
    if size > 0 then call('HSET', name, unpack(changed, 1, size)) end
    for k = 1, all and 0 or m do
      if byte(held, band * m + k) == 2 then
        local body = call('HGET', name, both[k]) or ''
        call('HSET', name, both[k], body .. both[m + k] .. numbers[k])
      end
    end
  end
end

for k = 1, #met do
  local row = met_rows[k]
  local last, first, count = struct.unpack('<I8I8I4', row)
  call('HSET', ROWS, met_numbers[k], struct.pack('<I8', math.max(last, now)) .. sub(row, 9, 16)
    .. struct.pack('<I4', count + struct.unpack('<I4', met[k], 5)) .. sub(row, 21))
end
call('HINCRBY', META, 'changes', 1)

local ttl = tonumber(ARGV[6])
if ttl > 0 then
  if m > 0 then
    local was = call('HMGET', META, 'band', 'slot', 'row')
    local band = tonumber(was[1] or 0)
    local slot = sweep(KEYS[4 + band], was[2] or '0', m)
    if slot == '0' then band = (band + 1) % (#KEYS - 3) end
    call('HSET', META, 'band', band, 'slot', slot, 'row', expire(was[3] or '0', 2 * m))
  end
  -- All have expired by then, so the keys may go whole; a minute for clocks that differ.
  for k = 2, #KEYS do call('PEXPIRE', KEYS[k], (ttl + 60) * 1000) end
end
return 1
"""
)
