/**
 * What several reservations of one script have in common: each is judged by what those before it left, and what they
 * changed is written once. What others of the script read or write themselves they do after 'writeAll'.
 */
export const TOGETHER_PART = String.raw`
-- Buckets and slices of rates that are known, rows and deadlines that are not written yet, and fields of calls that may
-- be there.
local books, counts, rows, deadlines, found = {}, {}, {}, {}, {}

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
  for name, bucket in pairs(books) do
    if bucket[OWED] > 0 then
      command('HINCRBY', COUNTERS, name .. 'h', bucket[OWED])
      bucket[OWED] = 0
    end
  end
  writeRolling(books)
  for field, slices in pairs(counts) do
    command('HSET', COUNTERS, field, cmsgpack.pack(slices))
  end
  if #rows > 0 then
    command('HSET', CALLS, unpack(rows))
    command('ZADD', DEADLINES, unpack(deadlines))
    rows, deadlines = {}, {}
  end
  books, counts = {}, {}
end

local function keepTogether(id, row, words)
  local count, print = #rows, row[FINGERPRINT]
  rows[count + 1], rows[count + 2], rows[count + 3], rows[count + 4] = 'c:' .. id, cmsgpack.pack(row), 'w:' .. id, words
  found['c:' .. id] = true
  if print then
    rows[count + 5], rows[count + 6] = 'f:' .. print, id
    found['f:' .. print] = true
  end
  count = #deadlines
  deadlines[count + 1], deadlines[count + 2] = row[DEADLINE], row[PLACE] .. id
  dueBy(row[DEADLINE])
end

-- The charges whose buckets are not known, and the rates whose slices are not.
local function unknownOf(charges, asked)
  local buckets, rates = {}, {}
  for at = 1, #charges, PARTS do
    local bucket = books[charges[at]]
    if bucket then
      bucket[ASKED] = 0
    else
      for part = at, at + PARTS - 1 do
        buckets[#buckets + 1] = charges[part]
      end
    end
  end
  for at = 1, #asked, RATE_PARTS do
    if not counts[asked[at]] then
      for part = at, at + RATE_PARTS - 1 do
        rates[#rates + 1] = asked[part]
      end
    end
  end
  return buckets, rates
end

-- The buckets of charges and the slices of rates, read only where they are not known.
local function readTogether(charges, asked)
  local newCharges, newRates = unknownOf(charges, asked)
  local read, kept = readBudgets(newCharges, rateFields(newRates), #newRates / RATE_PARTS)
  for name, bucket in pairs(read) do
    books[name] = bucket
  end
  for field, slices in pairs(ratesOf(newRates, kept)) do
    counts[field] = slices
  end
  return books, counts
end
`;
