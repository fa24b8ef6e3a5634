/**
 * What several reservations of one script have in common: each is judged by what those before it left, and what they
 * changed is written once. What others of the script read or write themselves they do after 'writeAll'.
 */
export const TOGETHER_PART = String.raw`
-- Buckets and slices of rates that are known; slices, rows and deadlines that are not written yet; and fields of calls that
-- may be there.
local books, counts, counted, rows, deadlines, found, packed = {}, {}, {}, {}, {}, {}, {}

-- Finds out with one command which calls are known: 'values' apart from each other, beginning at 'first'.
local function lookFor(first, values, print)
  local fields = {}
  for base = first, #ARGV, values do
    fields[#fields + 1] = 'c:' .. ARGV[base]
    if ARGV[base + print] ~= '' then
      fields[#fields + 1] = 'f:' .. ARGV[base + print]
    end
  end
  local kept = command('HMGET', CALLS, unpack(fields))
  for place = 1, #fields do
    found[fields[place]] = kept[place]
  end
end

local function isKnown(id, print)
  return found['c:' .. id] or (print ~= '' and found['f:' .. print])
end

-- Writes what is not written yet, and reads anew whatever is read from now on.
-- INVARIANT: comes before anything else reads or writes the same fields, and before the answer.
function writeAll()
  writeBuckets(books)
  for field, slices in pairs(counted) do
    command('HSET', COUNTERS, field, cmsgpack.pack(slices))
  end
  if #rows > 0 then
    command('HSET', CALLS, unpack(rows))
    command('ZADD', DEADLINES, unpack(deadlines))
    rows, deadlines = {}, {}
  end
  books, counts, counted = {}, {}, {}
end

-- Keeps the packed row of a call, and its words.
local function keepTogether(id, kept, words)
  local count = #rows
  rows[count + 1], rows[count + 2], rows[count + 3], rows[count + 4] = 'c:' .. id, kept, 'w:' .. id, words
  found['c:' .. id] = true
end

local function openTogether(print, id)
  rows[#rows + 1] = 'f:' .. print
  rows[#rows + 1] = id
  found['f:' .. print] = true
end

local function setDeadlineTogether(id, place, deadline)
  local count = #deadlines
  deadlines[count + 1], deadlines[count + 2] = deadline, place .. id
  dueBy(deadline)
end

-- What of a list, whose members are 'parts' values each, is not known.
local function unknownOf(list, parts, known)
  local unknown = {}
  for at = 1, #list, parts do
    if not known[list[at]] then
      for part = at, at + parts - 1 do
        unknown[#unknown + 1] = list[part]
      end
    end
  end
  return unknown
end

-- The buckets of charges and the slices of rates, read only where they are not known.
local function readTogether(charges, asked)
  local isNew = false
  for at = 1, #charges, PARTS do
    local bucket = books[charges[at]]
    if bucket then
      bucket[ASKED] = 0
    else
      isNew = true
    end
  end
  for at = 1, #asked, RATE_PARTS do
    isNew = isNew or not counts[asked[at]]
  end
  if not isNew then
    return books, counts
  end
  local newCharges, newRates = unknownOf(charges, PARTS, books), unknownOf(asked, RATE_PARTS, counts)
  local read, kept = readBudgets(newCharges, rateFields(newRates), #newRates / RATE_PARTS)
  for name, bucket in pairs(read) do
    books[name] = bucket
  end
  for field, slices in pairs(ratesOf(newRates, kept)) do
    counts[field] = slices
  end
  return books, counts
end

-- Counts one call towards each.
local function countTogether(asked, rates)
  for at = 1, #asked, RATE_PARTS do
    local field = asked[at]
    countCall(rates[field], asked[at + SLICE_MS])
    counted[field] = rates[field]
  end
end
`;
