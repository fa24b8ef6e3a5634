import { EACH_PART } from '../parts/each.ts';
import { END_PARTS } from '../parts/index.ts';
import { script } from '../script.ts';

const BODY = String.raw`
-- An end is these values in a row, from 4 on: id, the state it comes to, facts, the attempt that is meant or empty, what it
-- cost for each currency, and for people.
local COSTS, VALUES = 4, 6

local function finish(base)
  local id, comesTo, facts, attempt, charged = ARGV[base], ARGV[base + 1], ARGV[base + 2], ARGV[base + 3], ARGV[base + 5]
  local row = readCall(id)
  if not row then
    return { 'unknown-call', 0 }
  end
  local charges, state = row[CHARGES], row[STATE]
  local isOpen = state == 'held' or state == 'started' or state == 'carved' or state == 'unresolved'

  local function ended(first, buckets)
    return { 'ended', 0, told(id, row), statusOf(charges, buckets or readBudgets(charges, {}, 0)), first }
  end

  if not isOpen or (comesTo == 'withdrawn' and attempt ~= row[ATTEMPT]) then
    return ended(0)
  end
  if comesTo == 'unresolved' then
    if state ~= 'unresolved' then
      if row[CARVED] then
        closeAccount(id, row[CARVED], facts)
      end
      record('call.unresolved', id, facts)
      leaveUnresolved(id, row)
      keepCall(id, row)
    end
    return ended(1)
  end

  local used
  if row[CARVED] then
    local _, spent, held, closed, currency = accountOf(row[CARVED])
    if not closed or held > 0 or (comesTo ~= 'settled' and spent > 0) then
      return { 'in-use', 0, told(id, row) }
    end
    used = { currency, spent }
  end
  if comesTo ~= 'settled' then
    record('call.released', id, facts)
    returnHold(row)
    endCall(id, row, comesTo)
    keepCall(id, row)
    return ended(1)
  end

  local amounts = cjson.decode(ARGV[base + COSTS])
  for at = 1, #charges, PARTS do
    if not amounts[currencyOf(charges, at)] then
      return { 'no-amount', 0, currencyOf(charges, at) }
    end
  end
  if used and (amounts[used[1]] or 0) < used[2] then
    return { 'below-spent', 0, used[1], toldAmount(used[2]) }
  end

  -- Debits what was really spent; answers whether that pushed the budget past its limit. Alerts that it passed are noted
  -- as the beginning of their lines in the journal.
  local alerts = {}
  local function debit(at, buckets)
    local bucket, actual = buckets[charges[at]], amounts[currencyOf(charges, at)]
    local before = spentOf(bucket, charges, at)
    local spent = bucket[SPENT]
    if charges[at + START] then
      spent = bucket[SLICES][sliceOf(bucket[SLICES], charges[at + START]) + 1]
    end
    post(bucket, charges, at, 0 - charges[at + AMOUNT], math.min(actual, MAX_UNITS - spent))
    local after = spentOf(bucket, charges, at)
    for percent, units in string.gmatch(charges[at + CURRENCY], ' (%d+) (%d+)') do
      if before < tonumber(units) and after >= tonumber(units) then
        alerts[#alerts + 1] = string.format('[%d,%s,"%.0f"]\n', (at - 1) / PARTS, percent, after)
      end
    end
    return actual > charges[at + AMOUNT] and usedBeside(bucket, charges, at) > limitOf(bucket, charges, at)
  end

  local buckets, stopped = readBudgets(charges, {}, 0), {}
  record('call.settled', id, facts)
  for at = 1, #charges, PARTS do
    if debit(at, buckets) then
      stopped[#stopped + 1] = at
    end
    if charges[at + LIMIT] == 'w' then
      index('h', string.sub(charges[at], 1, NAME_LENGTH))
    end
  end
  writeBuckets(buckets)
  local words = #stopped + #alerts > 0 and command('HGET', CALLS, 'w:' .. id)
  for _, alert in ipairs(alerts) do
    record('budget.threshold_reached', id, alert .. words)
  end
  for _, at in ipairs(stopped) do
    if command('HSETNX', COUNTERS, string.sub(charges[at], 1, NAME_LENGTH) .. '!', 1) == 1 then
      frozen = frozen + 1
    end
    record('budget.frozen', id, '[' .. (at - 1) / PARTS .. ']\n' .. words)
  end
  row[CHARGED] = charged
  endCall(id, row, 'settled')
  keepCall(id, row)
  return ended(1, #stopped == 0 and buckets)
end

return answerEach(VALUES, finish)
`;

/** Settles, releases, withdraws or suspends a call; several calls one after the other. */
export const END = script('ends', [...END_PARTS, EACH_PART, BODY]);
