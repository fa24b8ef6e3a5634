import { ENTRY_PARTS } from '../parts/index.ts';
import { CANCEL_PART } from '../parts/cancel.ts';
import { FIND_PART } from '../parts/find.ts';
import { script } from '../script.ts';

const BODY = String.raw`
-- From 4: id and whatever else says whose call it is, in this order; then its words, the denial, its code, and the facts.
local HASH, PRINT, POLICIES, ATTEMPTED, CALLER, SESSION = 1, 2, 3, 4, 5, 6
local id, print, denial, code, facts = ARGV[4], ARGV[4 + PRINT], ARGV[12], ARGV[13], ARGV[14]
local known, knownId, withdrawn = find(id, print)
if known and known[REQUEST] ~= ARGV[4 + HASH] then
  return answer({ 'conflict', 0, 0, knownId })
end
local isOpen = known and (known[STATE] == 'waiting' or known[STATE] == 'held')
if known and not isOpen then
  return answer({ 'repeated', 0, 0, told(knownId, known), statusOf(known[CHARGES], readBudgets(known[CHARGES], {}, 0)) })
end
if isStale(ARGV[4 + POLICIES]) then
  return answer({ 'stale-policies', 0, 0, policies })
end

local row = { 'denied', ARGV[4 + ATTEMPTED], now, false, now, false, ARGV[4 + HASH], print ~= '' and print, {}, string.format('%016.0f', seq),
  ARGV[4 + CALLER], 'kept', false, false, false }
local words = ARGV[11]
if known then
  -- The charges of what it held stay to be seen, with the words that they were reserved by.
  words = words .. '\n' .. (command('HGET', CALLS, 'w:' .. knownId) or '')
  cancel(knownId, known, code)
  row[CREATED], row[APPROVAL], row[CHARGES], row[EXTENSION] = known[CREATED], known[APPROVAL], known[CHARGES], known[EXTENSION]
  row[PLACE] = known[PLACE]
elseif withdrawn then
  row[PLACE] = withdrawn[PLACE]
end
record('call.denied', knownId, facts)
keepCall(knownId, row)
command('HSET', CALLS, 'w:' .. knownId, words, 'd:' .. knownId, denial)
command('ZADD', KEPT, now + KEPT_AFTER_END_MS, 'c' .. knownId)
index('d', string.sub(ARGV[4 + CALLER], AGENT_FROM, AGENT_TO))
if ARGV[4 + SESSION] ~= '' then
  countDecision(string.sub(ARGV[4 + CALLER], SESSION_FROM), ARGV[4 + SESSION] == 'w', true)
end
return answer({ 'refused', 0, 0, knownId })
`;

/** Keeps the denial that policy gave, and ends a call of the same id that has not started. */
export const REFUSE = script('ends', [...ENTRY_PARTS, FIND_PART, CANCEL_PART, BODY]);
