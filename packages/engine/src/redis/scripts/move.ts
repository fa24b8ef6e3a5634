import { ALL_KEYS } from '../keys.ts';
import { ACCOUNTS_PART } from '../parts/accounts.ts';
import { BUDGETS_PART } from '../parts/budgets.ts';
import { HEAD_PART } from '../parts/head.ts';
import { script } from '../script.ts';

const BODY = String.raw`
-- From 4: id, what a repeat must have too, names of the accounts or empty, units, currency, type of the entry, facts.
local id, parts, from, to, units, currency = ARGV[4], ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8]), ARGV[9]
-- Without the ids of all movements each could be made twice.
if command('EXISTS', MOVES) == 0 then
  return { 'fenced', 0, 0 }
end
local known = command('HGET', MOVES, id)
if known then
  return answer({ known == parts and 'moved' or 'conflict', 0, 0, 0 })
end

local source, target = {}, {}
for name, account in pairs({ [from] = source, [to] = target }) do
  if name ~= '' then
    account[1], account[2], account[3], account[4], account[5] = accountOf(name)
    account[5] = account[5] or currency
  end
end
for _, account in ipairs({ source, target }) do
  if account[5] and account[5] ~= currency then
    return answer({ 'other-currency', 0, 0, account[5] })
  end
end
if from ~= '' then
  if frozen > 0 and command('HGET', COUNTERS, from .. '!') then
    return answer({ 'frozen' })
  end
  local left = math.max(0, source[1] - source[2] - source[3])
  if left < units then
    return answer({ 'insufficient', 0, 0, toldAmount(left) })
  end
end
if to ~= '' and target[1] > MAX_UNITS - units then
  return answer({ 'too-much' })
end

record(ARGV[10], '', ARGV[11])
command('HSET', MOVES, id, parts)
if from ~= '' then
  command('HSET', COUNTERS, from .. ':0 f', source[1] - units, from .. ':0 c', currency)
end
if to ~= '' then
  command('HSET', COUNTERS, to .. ':0 f', target[1] + units, to .. ':0 c', currency)
end
for _, name in ipairs({ from, to }) do
  if name ~= '' then
    index('h', name)
  end
end
return answer({ 'moved', 0, 0, 1 })
`;

/** Moves money into a wallet, out of one or between two. */
export const MOVE = script('grants', [HEAD_PART, BUDGETS_PART, ACCOUNTS_PART, BODY], ALL_KEYS);
