/** How money is held, spent and counted in budgets. */
export const JUDGING_PART = String.raw`
-- A charge is six values in a row: bucket, amount, limit, where its slice starts and for how long that counts (both false
-- where the budget does not roll), currency; behind that, with a space before each, percent and units of every alert. Charges of an account have a text as their limit: 'w' for a wallet, 'c' and
-- the id of the call for what that set aside.
-- The bucket of a window is the two fields 'name:start s' (spent) and 'name:start h' (held); an account has three more,
-- f (funds) and x (closed), and c (currency). All slices of a rolling budget are the field 'name~', packed, the oldest first: start, spent,
-- held, start, ... A field 'name!' stands while the budget is frozen, and is looked at only while any of the slot is.
local BUCKET, AMOUNT, LIMIT, START, COUNTS, CURRENCY, PARTS = 0, 1, 2, 3, 4, 5, 6
local MAX_UNITS = 9007199254740991
local type = type

-- A bucket while a script runs.
-- Changed: what is held of it, or one of its slices, is not written yet; paid: nor is what is spent of it. Funds: false
-- for what is no account.
local SPENT, HELD, ASKED, FROZEN, SLICES, CHANGED, FUNDS, CLOSED, PAID = 1, 2, 3, 4, 5, 6, 7, 8, 9

local function isAccount(charges, at)
  return type(charges[at + LIMIT]) == 'string'
end

local function currencyOf(charges, at)
  return string.sub(charges[at + CURRENCY], 1, 3)
end

-- The fields that a charge is judged by, after 'count' others.
local function fieldsOf(charges, at, fields, count)
  local name = charges[at]
  if charges[at + START] then
    fields[count + 1], count = name, count + 1
  else
    fields[count + 1], fields[count + 2], count = name .. 's', name .. 'h', count + 2
    if isAccount(charges, at) then
      fields[count + 1], fields[count + 2], count = name .. 'f', name .. 'x', count + 2
    end
  end
  if frozen > 0 then
    fields[count + 1], count = string.sub(name, 1, NAME_LENGTH) .. '!', count + 1
  end
  return count
end

-- The bucket that those fields, after 'count' others, say.
local function bucketOf(charges, at, kept, count)
  local bucket
  if charges[at + START] then
    local slices = kept[count + 1]
    bucket, count = { 0, 0, 0, false, slices and cmsgpack.unpack(slices) or {}, false, false, false, false }, count + 1
  else
    local spent, held = kept[count + 1], kept[count + 2]
    bucket, count = { tonumber(spent or 0), tonumber(held or 0), 0, false, false, false, false, false, false }, count + 2
    if isAccount(charges, at) then
      bucket[FUNDS], bucket[CLOSED], count = tonumber(kept[count + 1] or 0), kept[count + 2], count + 2
    end
  end
  if frozen > 0 then
    bucket[FROZEN], count = kept[count + 1], count + 1
  end
  return bucket, count
end

-- Reads the buckets of charges together with 'count' other fields, which come first. Two charges of one bucket share it.
local function readBudgets(charges, fields, count)
  local cursor = count
  for at = 1, #charges, PARTS do
    cursor = fieldsOf(charges, at, fields, cursor)
  end
  local buckets = {}
  if cursor == 0 then
    return buckets, buckets
  end
  local kept = command('HMGET', COUNTERS, unpack(fields, 1, cursor))
  cursor = count
  for at = 1, #charges, PARTS do
    local name, bucket = charges[at], nil
    bucket, cursor = bucketOf(charges, at, kept, cursor)
    buckets[name] = buckets[name] or bucket
  end
  return buckets, kept
end

-- What counts in a rolling window that began after 'after'. Sums above 2^53 are inexact, and above every limit all the
-- same.
local function sumOf(slices, after)
  local spent, held = 0, 0
  for at = 1, #slices, 3 do
    if slices[at] > after then
      spent, held = spent + slices[at + 1], held + slices[at + 2]
    end
  end
  return spent, held
end

-- What is spent in the window of a charge, as far as it counts now.
local function spentOf(bucket, charges, at)
  if not charges[at + START] then
    return bucket[SPENT]
  end
  return (sumOf(bucket[SLICES], now - charges[at + COUNTS]))
end

-- What counts against the limit of a charge now.
local function usedOf(bucket, charges, at)
  if not charges[at + START] then
    return bucket[SPENT] + bucket[HELD]
  end
  local spent, held = sumOf(bucket[SLICES], now - charges[at + COUNTS])
  return spent + held
end

-- The same where the charge itself is judged: its own slice counts even when it counts no more, as a forced debit of long
-- ago is still one, and so is what a call adds to a hold of long ago.
local function usedBeside(bucket, charges, at)
  local start = charges[at + START]
  if not start or start > now - charges[at + COUNTS] then
    return usedOf(bucket, charges, at)
  end
  local used = usedOf(bucket, charges, at)
  for place = 1, #bucket[SLICES], 3 do
    if bucket[SLICES][place] == start then
      used = used + bucket[SLICES][place + 1] + bucket[SLICES][place + 2]
    end
  end
  return used
end

-- What may be spent and held at most. An account says it itself.
local function limitOf(bucket, charges, at)
  return bucket[FUNDS] or charges[at + LIMIT]
end

-- Whether there is room for the amounts of charges in their buckets, or for those that 'amountOf' says, two of one
-- bucket together. What is closed has none.
local function haveRoom(charges, buckets, amountOf)
  local fits = true
  for at = 1, #charges, PARTS do
    local bucket, amount = buckets[charges[at]], charges[at + AMOUNT]
    if amountOf then
      amount = amountOf(at)
    end
    if amount then
      local used = charges[at + START] and usedBeside(bucket, charges, at) or bucket[SPENT] + bucket[HELD]
      local left = (bucket[CLOSED] and used or limitOf(bucket, charges, at)) - used - bucket[ASKED]
      bucket[ASKED] = bucket[ASKED] + amount
      fits = fits and not bucket[FROZEN] and amount <= left
    end
  end
  return fits
end

-- The slice that a charge is posted to, made where there is none yet.
local function sliceOf(slices, start)
  local place = #slices - 2
  while place > 0 and slices[place] > start do
    place = place - 3
  end
  if place < 1 or slices[place] ~= start then
    place = place < 1 and 1 or place + 3
    for _, value in ipairs({ 0, 0, start }) do
      table.insert(slices, place, value)
    end
  end
  return place
end

-- Changes what is held and spent in the bucket of a charge. Never by a negated zero, which Redis refuses as a number.
-- INVARIANT: buckets are written by writeBuckets after all changes, and before anybody else reads them.
local function post(bucket, charges, at, held, spent)
  bucket[CHANGED] = true
  if charges[at + START] then
    local slices = bucket[SLICES]
    local place = sliceOf(slices, charges[at + START])
    slices[place + 1], slices[place + 2] = slices[place + 1] + spent, slices[place + 2] + held
    return
  end
  bucket[HELD] = bucket[HELD] + held
  if spent ~= 0 then
    bucket[SPENT], bucket[PAID] = bucket[SPENT] + spent, true
  end
end

-- Drops slices that count no more, but none that holds money or belongs to a frozen budget.
local function forget(bucket, untilMs)
  local slices, kept = bucket[SLICES], {}
  if bucket[FROZEN] or not slices[1] or slices[1] > untilMs then
    return
  end
  for at = 1, #slices, 3 do
    if slices[at] > untilMs or slices[at + 2] > 0 then
      kept[#kept + 1], kept[#kept + 2], kept[#kept + 3] = slices[at], slices[at + 1], slices[at + 2]
    end
  end
  bucket[SLICES] = kept
end

-- Writes what was changed of buckets, with one command for all of them.
local function writeBuckets(buckets)
  local fields, count = {}, 0
  for name, bucket in pairs(buckets) do
    if bucket[CHANGED] and bucket[SLICES] then
      fields[count + 1], fields[count + 2], count = name, cmsgpack.pack(bucket[SLICES]), count + 2
    elseif bucket[CHANGED] then
      fields[count + 1], fields[count + 2], count = name .. 'h', bucket[HELD], count + 2
      if bucket[PAID] then
        fields[count + 1], fields[count + 2], count = name .. 's', bucket[SPENT], count + 2
      end
    end
    bucket[CHANGED], bucket[PAID] = false, false
  end
  if count > 0 then
    command('HSET', COUNTERS, unpack(fields))
  end
end

-- How budgets stand, as figures in a row: whether frozen; for a window spent and held; for an account funds and whether
-- closed besides; for a rolling one how many slices count or are the charge's own, and each of them.
-- They follow 'before' others of a list, where there is one.
local function statusOf(charges, buckets, list, before)
  local status, count = list or {}, before or 0
  for at = 1, #charges, PARTS do
    local bucket = buckets[charges[at]]
    status[count + 1] = bucket[FROZEN] and 1 or 0
    if not charges[at + START] then
      local spent, held = bucket[SPENT], bucket[HELD]
      -- One look at both: a call for each took longer than the rest.
      if spent + held > MOST_TOLD then
        spent, held = toldAmount(spent), toldAmount(held)
      end
      status[count + 2], status[count + 3], count = spent, held, count + 3
      if bucket[FUNDS] then
        status[count + 1], status[count + 2], count = toldAmount(bucket[FUNDS]), bucket[CLOSED] and 1 or 0, count + 2
      end
    else
      local slices, mark, start, after = bucket[SLICES], count + 2, charges[at + START], now - charges[at + COUNTS]
      count = mark
      for place = 1, #slices, 3 do
        if slices[place] > after or slices[place] == start then
          status[count + 1], status[count + 2] = slices[place], toldAmount(slices[place + 1])
          status[count + 3], count = toldAmount(slices[place + 2]), count + 3
        end
      end
      status[mark] = (count - mark) / 3
    end
  end
  return status
end
`;

/** What most steps do not do with budgets. */
export const BUDGET_ENDS_PART = String.raw`
-- Takes the hold of a call out of its budgets.
local function returnHold(row)
  local charges = row[CHARGES]
  local buckets = readBudgets(charges, {}, 0)
  for at = 1, #charges, PARTS do
    post(buckets[charges[at]], charges, at, 0 - charges[at + AMOUNT], 0)
  end
  writeBuckets(buckets)
end

-- Figures as the text of a list. One call of string.format for many, as each costs as much as a command.
local function textOf(figures)
  local texts = {}
  for first = 1, #figures, 100 do
    local last = math.min(first + 99, #figures)
    texts[#texts + 1] = string.format(string.rep('%.0f,', last - first + 1), unpack(figures, first, last))
  end
  return '[' .. string.sub(table.concat(texts), 1, -2) .. ']'
end
`;

/** Both. */
export const BUDGETS_PART = `${JUDGING_PART}${BUDGET_ENDS_PART}`;
