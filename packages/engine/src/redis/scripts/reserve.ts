import { FIND_PART } from '../parts/find.ts';
import { ENTRY_PARTS } from '../parts/index.ts';
import { LEDGER_PART } from '../parts/together.ts';
import { RATES_PART } from '../parts/rates.ts';
import { script } from '../script.ts';

const BODY = String.raw`
-- A reservation is these values in a row, from 4 on: id, hash of the request, fingerprint or empty, attempt, words, terms,
-- and what it opens besides.
local HASH, PRINT, ATTEMPTED, WORDS, TERMS, SPECIAL, VALUES = 1, 2, 3, 4, 5, 6, 7

-- Terms are what many reservations have in common, as one list: the state that it makes, for how long, from when and until
-- when it may be granted, policies, names of the caller, whether its session counts it (r or w) or empty, charges, rates.
local THEN, TTL, FROM, UNTIL, POLICIES, CALLER, SESSION, CHARGED_TO, RATED_BY = 1, 2, 3, 4, 5, 6, 7, 8, 9

local function holdAll(charges, buckets)
  for at = 1, #charges, PARTS do
    local bucket = buckets[charges[at]]
    if charges[at + START] then
      forget(bucket, now - charges[at + COUNTS])
      post(bucket, charges, at, charges[at + AMOUNT], 0)
    else
      bucket[HELD], bucket[OWED] = bucket[HELD] + charges[at + AMOUNT], bucket[OWED] + charges[at + AMOUNT]
    end
  end
end

-- Keeps the denial as figures, which whoever reads it makes sentences of.
local function deny(base, terms, place, figures)
  local id, words = ARGV[base], ARGV[base + WORDS]
  local print = ARGV[base + PRINT]
  keepCall(id, { 'denied', ARGV[base + ATTEMPTED], now, false, now, false, ARGV[base + HASH], print ~= '' and print, {}, place, '',
    'kept', false, false, false })
  command('HSET', CALLS, 'w:' .. id, words, 'd:' .. id, figures)
  command('ZADD', KEPT, now + KEPT_AFTER_END_MS, 'c' .. id)
  record('call.denied', id, figures .. '\n' .. words)
  index('d', string.sub(terms[CALLER], AGENT_FROM, AGENT_TO))
  if terms[SESSION] ~= '' then
    countDecision(string.sub(terms[CALLER], SESSION_FROM), terms[SESSION] == 'w', true)
  end
  return { 'refused', 0, figures }
end

-- What a request is told that asks again.
local function repeated(base, terms, known, knownId)
  if known[REQUEST] ~= ARGV[base + HASH] then
    return { 'conflict', 0, knownId }
  end
  local asked = terms[RATED_BY]
  local rates = #asked > 0 and command('HMGET', COUNTERS, unpack(rateFields(asked))) or {}
  return { 'repeated', 0, told(knownId, known), statusOf(known[CHARGES], readBudgets(known[CHARGES], {}, 0)),
    rateStatusOf(asked, ratesOf(asked, rates), false) }
end

-- Holds every charge or none. The reservation is the values of ARGV from 'base' on. They are read before anything is
-- written, and all checks come before the first write of the reservation itself.
local function reserve(base, terms)
  local id, print = ARGV[base], ARGV[base + PRINT]
  local charges, asked = terms[CHARGED_TO], terms[RATED_BY]
  local withdrawn
  if isKnown(id, print) then
    writeAll()
    local known, knownId
    known, knownId, withdrawn = find(id, print)
    if known then
      return repeated(base, terms, known, knownId)
    end
  end
  if isStale(terms[POLICIES]) then
    return { 'stale-policies', 0, policies }
  end
  if now < terms[FROM] or now >= terms[UNTIL] then
    return { 'stale-window', 0 }
  end

  local fits, buckets, rates = judgeWithRoom(charges, function()
    local read, counted = readTogether(charges, asked)
    return haveRoom(charges, read), read, counted
  end)
  local subject, why
  if revoked > 0 then
    subject, why = revokedSubject(terms[CALLER])
  end
  local place = withdrawn and withdrawn[PLACE] or string.format('%016.0f', seq)
  if subject or not fits or not ratesFit(asked, rates) then
    return deny(base, terms, place, figuresOf(statusOf(charges, buckets), rateStatusOf(asked, rates, true), subject, why))
  end

  if withdrawn then
    command('ZREM', KEPT, 'c' .. id)
  end
  holdAll(charges, buckets)
  countTogether(asked, rates)
  local row = { terms[THEN], ARGV[base + ATTEMPTED], now, now + terms[TTL], false, false, ARGV[base + HASH], print ~= '' and print,
    charges, place, terms[CALLER], false, false, false, false }
  deadlineTogether(id, row)
  record('call.reserved', id, ARGV[base + WORDS])
  if row[STATE] == 'waiting' then
    row[APPROVAL] = openApproval(ARGV[base + SPECIAL], id, row[DEADLINE])
  elseif row[STATE] == 'carved' then
    row[CARVED] = string.sub(ARGV[base + SPECIAL], 1, NAME_LENGTH)
    writeAll()
    setAside(row[CARVED], string.match(ARGV[base + SPECIAL], '^(%d+) (.*)$', NAME_LENGTH + 1))
  end
  keepTogether(id, row, ARGV[base + WORDS])
  if terms[SESSION] ~= '' then
    countDecision(string.sub(terms[CALLER], SESSION_FROM), terms[SESSION] == 'w', false)
  end
  return { 'reserved', 0, statusOf(charges, buckets), rateStatusOf(asked, rates, false) }
end

-- One that fails is answered that it failed, and the others are as they would be without it.
local answers, read = { 'answers', 0, 0 }, {}
lookFor(4, VALUES, PRINT)
for base = 4, #ARGV, VALUES do
  local text = ARGV[base + TERMS]
  read[text] = read[text] or cjson.decode(text)
  local done, told = pcall(reserve, base, read[text])
  if not done then
    told = { 'failed', 0 }
  end
  told[2] = seq
  answers[#answers + 1] = told
end
writeAll()
return answer(answers)
`;

/** Holds every charge of a call, or none; for several calls, one after the other. */
export const RESERVE = script('grants', [...ENTRY_PARTS, RATES_PART, FIND_PART, LEDGER_PART, BODY]);
