import { END_PARTS } from '../parts/index.ts';
import { script } from '../script.ts';

const BODY = String.raw`
-- From 4: id, the state it comes to, facts, the attempt that is meant or empty, what it cost for each currency, and for
-- people.
local id, comesTo, facts, attempt, charged = ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[9]
local row = readCall(id)
if not row then
  return answer({ 'unknown-call' })
end
local charges, state = row[CHARGES], row[STATE]
local isOpen = state == 'held' or state == 'started' or state == 'carved' or state == 'unresolved'

local function ended(first)
  return answer({ 'ended', 0, 0, told(id, row), statusOf(charges, readBudgets(charges, {}, 0)), first })
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
    return answer({ 'in-use', 0, 0, told(id, row) })
  end
  used = { currency, spent }
end
if comesTo ~= 'settled' then
  returnHold(row)
  record('call.released', id, facts)
  endCall(id, row, comesTo)
  keepCall(id, row)
  return ended(1)
end

local amounts = cjson.decode(ARGV[8])
for at = 1, #charges, PARTS do
  if not amounts[charges[at + CURRENCY]] then
    return answer({ 'no-amount', 0, 0, charges[at + CURRENCY] })
  end
end
if used and (amounts[used[1]] or 0) < used[2] then
  return answer({ 'below-spent', 0, 0, used[1], toldAmount(used[2]) })
end

-- Debits what was really spent; answers whether that pushed the budget past its limit.
local function debit(at, buckets)
  local bucket, actual = buckets[charges[at]], amounts[charges[at + CURRENCY]]
  local spent = bucket[SPENT]
  if charges[at + START] then
    spent = bucket[SLICES][sliceOf(bucket[SLICES], charges[at + START]) + 1]
  end
  post(bucket, charges, at, 0 - charges[at + AMOUNT], math.min(actual, MAX_UNITS - spent))
  return actual > charges[at + AMOUNT] and usedBeside(bucket, charges, at) > limitOf(bucket, charges, at)
end

local buckets, stopped = readBudgets(charges, {}, 0), {}
for at = 1, #charges, PARTS do
  if debit(at, buckets) then
    stopped[#stopped + 1] = at
  end
end
writeRolling(buckets)
record('call.settled', id, facts)
for at = 1, #charges, PARTS do
  if charges[at + LIMIT] == 'w' then
    index('h', string.sub(charges[at], 1, NAME_LENGTH))
  end
end
local words = #stopped > 0 and command('HGET', CALLS, 'w:' .. id)
for _, at in ipairs(stopped) do
  if command('HSETNX', COUNTERS, string.sub(charges[at], 1, NAME_LENGTH) .. '!', 1) == 1 then
    frozen = frozen + 1
  end
  record('budget.frozen', id, '[' .. (at - 1) / PARTS .. ']\n' .. words)
end
row[CHARGED] = charged
endCall(id, row, 'settled')
keepCall(id, row)
return ended(1)
`;

/** Settles, releases, withdraws or suspends a call. */
export const END = script('ends', [...END_PARTS, BODY]);
