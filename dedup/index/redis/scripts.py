"""The two Lua scripts of a page: the look and the write, each one atomic step.

Knows: buckets, rows. Does not know: the rule. The comment of a script says what it is given after
what every script is given (see ``lua``), and what it replies.
"""

from __future__ import annotations

from dedup.index.redis.lua import HEAD, SWEEP, script

#: Given: how many rows, slots and band keys (bands, n), fingerprints or nothing. Replies every
#: member of a bucket (band, row, number); the numbers that are stored, and their rows; of the last
#: band, the numbers and the users' keys; how many changes there ever were. The last band is looked
#: at first: a row with an exact copy is not looked for in other bands.
LOOK = script(
    HEAD
    + """
local n, prints = tonumber(ARGV[3]), ARGV[6]
local last, left, form = #KEYS - 4, {}, ''
local hits, there, heads, there_last, seen, fresh = {}, {}, {}, {}, {}, {}

local function look(band)
  local slots = {struct.unpack(form, ARGV[4], band * n * 3 + 1)}
  local keys = {struct.unpack(form, ARGV[5], band * n * 3 + 1)}
  local asked = {}
  for k = 1, #left do asked[k] = slots[left[k]] end
  local bodies = call('HMGET', KEYS[4 + band], unpack(asked))
  for k = 1, #left do
    local slot = bodies[k]
    if slot and find(slot, keys[left[k]], 1, true) then
      local row = left[k]
      local key = keys[row]
      local at = member(slot, key, 1)
      if at then
        local place = struct.pack('<I2I2', band, row - 1)
        repeat
          local number = sub(slot, at + 3, at + 6)
          hits[#hits + 1] = place
          hits[#hits + 1] = number
          if not seen[number] then
            seen[number] = true
            fresh[#fresh + 1] = number
          end
          at = member(slot, key, at + 7)
        until not at
      end
    end
  end
end

local function see(named)
  local numbers = fresh
  fresh = {}
  local rows, exact = fetch(ROWS, numbers), {}
  for k = 1, #numbers do
    if alive(rows[k]) then
      there[#there + 1] = numbers[k]
      heads[#heads + 1] = rows[k]
      if named then
        there_last[#there_last + 1] = numbers[k]
        exact[numbers[k]] = sub(rows[k], 21, 36)
      end
    end
  end
  return exact
end

form = string.rep('c3', n)
for row = 1, n do left[row] = row end
look(last)
local exact = see(true)
if last > 0 then
  local done = {}
  for k = 1, #hits, 2 do
    local _, row = struct.unpack('<I2I2', hits[k])
    if exact[hits[k + 1]] == sub(prints, row * 16 + 1, row * 16 + 16) then done[row + 1] = true end
  end
  left = {}
  for row = 1, n do if not done[row] then left[#left + 1] = row end end
  for band = 0, #left > 0 and last - 1 or -1 do look(band) end
  see(false)
end
local names = fetch(TEXTS, there_last)
for k = 1, #there_last do
  names[k] = sub(names[k], 5, 4 + struct.unpack('<I4', names[k]))
end
return {table.concat(hits), table.concat(there), table.concat(heads),
  table.concat(there_last), names, call('HGET', META, 'changes') or '0'}
"""
)

#: Given: the time; how many rows, their slots and band keys (bands + 1, n) as they were looked at;
#: how many members each bucket had, and which numbers were stored; how many new rows, these, their
#: places among those looked at (from 1), held (bands + 2, m), slots and band keys of their users'
#: keys; numbers met and how often; the ttl; how many changes there ever were by then; texts.
#: Replies 1, or 0 if what was looked at has changed; then nothing was stored. If nobody has changed
#: anything since the look, it is not compared. The first write is one that a full server refuses,
#: so all is stored or nothing.
WRITE = script(
    HEAD
    + SWEEP
    + """
local now, n, counts, m = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[7], tonumber(ARGV[9])
local unchanged = (call('HGET', META, 'changes') or '0') == ARGV[17]
local there = {}
if not unchanged then
  local known = cut(ARGV[8], 4)
  local rows = fetch(ROWS, known)
  for k = 1, #known do
    if not alive(rows[k]) then return 0 end
    there[known[k]] = true
  end
end

local met, met_numbers = cut(ARGV[15], 8), {}
for k = 1, #met do met_numbers[k] = sub(met[k], 1, 4) end
local met_rows = fetch(ROWS, met_numbers)
for k = 1, #met do
  if not met_rows[k] then return 0 end
end

local have, slots, keys, rows = {}, {}, {}, {byte(ARGV[11], 1, m)}
local form = string.rep('c3', n)

local function read(band)
  local mine, asked = {}, {}
  for k = 1, m do asked[k] = slots[band][rows[k]] end
  local bodies = call('HMGET', KEYS[4 + band], unpack(asked))
  for k = 1, m do mine[asked[k]] = bodies[k] or nil end
  return mine
end

local function compare(band)
  local bodies = call('HMGET', KEYS[4 + band], unpack(slots[band], 1, n))
  local mine = {}
  for row = 1, n do
    local slot, left = bodies[row], byte(counts, band * n + row)
    if slot then
      local key = keys[band][row]
      mine[slots[band][row]] = slot
      local at = member(slot, key, 1)
      while at do
        local number = sub(slot, at + 3, at + 6)
        if there[number] then
          left = left - 1
        elseif alive(call('HGET', ROWS, number)) then
          return nil
        end
        at = member(slot, key, at + 7)
      end
    end
    if left ~= 0 then return nil end
  end
  return mine
end

for band = 0, n > 0 and not (unchanged and m == 0) and #KEYS - 5 or -1 do
  slots[band] = {struct.unpack(form, ARGV[5], band * n * 3 + 1)}
  keys[band] = {struct.unpack(form, ARGV[6], band * n * 3 + 1)}
  have[band] = unchanged and read(band) or compare(band)
  if not have[band] then return 0 end
end

if m > 0 then
  local heads, held = cut(ARGV[10], ARGV[10]:len() / m), ARGV[12]
  slots[#KEYS - 4], keys[#KEYS - 4] = cut(ARGV[13], 3), cut(ARGV[14], 3)
  local last = call('HINCRBY', META, 'next', m)
  if last > 4294967295 then
    call('HINCRBY', META, 'next', -m)
    return redis.error_reply('DEDUP FULL')
  end
  local numbers, pairs, texts = {}, {}, {}
  for k = 1, m do
    numbers[k] = struct.pack('<I4', last - m + k - 1)
    pairs[2 * k - 1], pairs[2 * k] = numbers[k], heads[k]
    texts[2 * k - 1], texts[2 * k] = numbers[k], ARGV[17 + k]
  end
  store(ROWS, pairs)
  store(TEXTS, texts)
  local names = #KEYS - 4
  have[names] = {}
  local bodies = call('HMGET', KEYS[4 + names], unpack(slots[names]))
  for k = 1, m do have[names][slots[names][k]] = bodies[k] or nil end
  for band = 0, names do
    local mine, changed, size = have[band], {}, 0
    for k = 1, m do
      if byte(held, band * m + k) == 1 then
        local row = band < names and rows[k] or k
        local slot, key = slots[band][row], keys[band][row]
        -- Of two rows in a slot the later holds the earlier, and is written after it.
        local entries = (mine[slot] or '') .. key .. numbers[k]
        mine[slot] = entries
        changed[size + 1], changed[size + 2] = slot, entries
        size = size + 2
      end
    end
    store(KEYS[4 + band], changed)
  end
end

for k = 1, #met do
  local row = met_rows[k]
  local last, first, count = struct.unpack('<I8I8I4', row)
  call('HSET', ROWS, met_numbers[k], struct.pack('<I8', math.max(last, now)) .. sub(row, 9, 16)
    .. struct.pack('<I4', count + struct.unpack('<I4', met[k], 5)) .. sub(row, 21))
end
call('HINCRBY', META, 'changes', 1)

local ttl = tonumber(ARGV[16])
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
