import { ENTRY_PARTS } from '../parts/index.ts';
import { FIND_PART } from '../parts/find.ts';
import { script } from '../script.ts';

const BODY = String.raw`
-- From 4: id, what it may cost for each currency, how long it may stay as it is, policies, and the extension in words.
local id, deadline, decidedBy, extension = ARGV[4], now + ARGV[6], ARGV[7], ARGV[8]
local amounts = cjson.decode(ARGV[5])
local row = current(id)
if not row then
  return answer({ 'unknown-call' })
end
if row[STATE] ~= 'held' and row[STATE] ~= 'started' then
  return answer({ 'not-extendable', 0, 0, told(id, row) })
end
local charges = row[CHARGES]
local raised = false
for at = 1, #charges, PARTS do
  local amount = amounts[currencyOf(charges, at)]
  if not amount then
    return answer({ 'no-amount', 0, 0, currencyOf(charges, at) })
  end
  raised = raised or amount > charges[at + AMOUNT]
end
if raised and isStale(decidedBy) then
  return answer({ 'stale-policies', 0, 0, policies })
end

local fits = true
if raised then
  fits = judgeWithRoom(charges, function()
    return haveRoom(charges, readBudgets(charges, {}, 0), function(at)
      local more = amounts[currencyOf(charges, at)] - charges[at + AMOUNT]
      return more > 0 and more
    end)
  end)
end
local subject, reason = revokedSubject(row[SUBJECTS], charges)
local buckets = readBudgets(charges, {}, 0)
local words = command('HGET', CALLS, 'w:' .. id) or ''
if subject or not fits then
  local figures = figuresOf(fits and {} or statusOf(charges, buckets), {}, subject, reason)
  local before = told(id, row)
  record('call.denied', id, 'x' .. figures .. '\n' .. extension .. '\n' .. (row[EXTENSION] or '') .. '\n' .. words)
  index('d', string.sub(row[SUBJECTS], AGENT_FROM, AGENT_TO))
  return answer({ 'refused', 0, 0, before, figures })
end

record('call.extended', id, extension .. '\n' .. words)
for at = 1, #charges, PARTS do
  local more = amounts[currencyOf(charges, at)] - charges[at + AMOUNT]
  if more ~= 0 then
    post(buckets[charges[at]], charges, at, more, 0)
    charges[at + AMOUNT] = amounts[currencyOf(charges, at)]
  end
end
writeBuckets(buckets)
row[EXTENSION] = extension
setDeadline(id, row, deadline)
keepCall(id, row)
return answer({ 'extended', 0, 0, told(id, row), statusOf(charges, buckets) })
`;

/** Holds another amount for a call, and gives it more time. */
export const EXTEND = script('grants', [...ENTRY_PARTS, FIND_PART, BODY]);
