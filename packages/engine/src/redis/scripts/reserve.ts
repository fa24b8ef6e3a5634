import { EACH_PART } from '../parts/each.ts';
import { FIND_PART } from '../parts/find.ts';
import { ENTRY_PARTS } from '../parts/index.ts';
import { RATES_PART } from '../parts/rates.ts';
import { TOGETHER_PART } from '../parts/together.ts';
import { script } from '../script.ts';

const BODY = String.raw`
-- A reservation is these values in a row, from 4 on: id, hash of the request, fingerprint or empty, attempt, words, terms,
-- and what it opens besides.
local HASH, PRINT, ATTEMPTED, WORDS, TERMS, SPECIAL, VALUES = 1, 2, 3, 4, 5, 6, 7

-- Terms are what many reservations have in common, as one list: the state that it makes, for how long, from when and until
-- when it may be granted, policies, names of the caller, whether its session counts it (r or w) or empty, charges, rates.
-- Empty where they are those of the one before.
local THEN, TTL, FROM, UNTIL, POLICIES, CALLER, SESSION, CHARGED_TO, RATED_BY = 1, 2, 3, 4, 5, 6, 7, 8, 9

local lastTerms, termsRead = '', {}
local function termsOf(text)
  lastTerms = text == '' and lastTerms or text
  termsRead[lastTerms] = termsRead[lastTerms] or cjson.decode(lastTerms)
  return termsRead[lastTerms]
end

local function holdAll(charges, buckets)
  for at = 1, #charges, PARTS do
    local bucket = buckets[charges[at]]
    if charges[at + START] then
      forget(bucket, now - charges[at + COUNTS])
    end
    post(bucket, charges, at, charges[at + AMOUNT], 0)
  end
end

-- Keeps the denial as figures, which whoever reads it makes sentences of.
local function deny(base, terms, place, figures)
  local id, words = ARGV[base], ARGV[base + WORDS]
  local print = ARGV[base + PRINT]
  record('call.denied', id, figures .. '\n' .. words)
  found['c:' .. id] = true
  keepCall(id, { 'denied', ARGV[base + ATTEMPTED], now, false, now, false, ARGV[base + HASH], print ~= '' and print, {}, place, '',
    'kept', false, false, false })
  command('HSET', CALLS, 'w:' .. id, words, 'd:' .. id, figures)
  command('ZADD', KEPT, now + KEPT_AFTER_END_MS, 'c' .. id)
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

-- The approval that a call waits for, or the account that it set something aside in.
local function openBesides(terms, id, special)
  if terms[THEN] == 'waiting' then
    return openApproval(special, id, now + terms[TTL]), false
  elseif terms[THEN] == 'carved' then
    local name = string.sub(special, 1, NAME_LENGTH)
    writeAll()
    setAside(name, string.match(special, '^(%d+) (.*)$', NAME_LENGTH + 1))
    return false, name
  end
  return false, false
end

-- The packed row of a call.
local function rowOf(base, terms, place, approval, carved)
  local attempt, hash, print = ARGV[base + ATTEMPTED], ARGV[base + HASH], ARGV[base + PRINT]
  print = print ~= '' and print
  if approval or carved then
    return cmsgpack.pack({ terms[THEN], attempt, now, now + terms[TTL], false, approval, hash, print, terms[CHARGED_TO], place,
      terms[CALLER], false, false, false, carved })
  end
  packed[terms] = packed[terms] or cmsgpack.pack(terms[CHARGED_TO], { terms[THEN], now, now + terms[TTL], terms[CALLER] })
  return cmsgpack.pack({ attempt, hash, print, place }) .. packed[terms]
end

local function judgeTogether(charges, asked)
  local buckets, rates = readTogether(charges, asked)
  return haveRoom(charges, buckets), buckets, rates
end

-- Holds every charge or none. The reservation is the values of ARGV from 'base' on. They are read before anything is
-- written, and all checks come before the first write of the reservation itself. What is told of a hold is put into
-- 'answers', behind the first 'before'.
local function reserve(base, answers, before)
  local id, print, terms = ARGV[base], ARGV[base + PRINT], termsOf(ARGV[base + TERMS])
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

  local fits, buckets, rates = judgeWithRoom(charges, judgeTogether, asked)
  local subject, why
  if revoked > 0 then
    subject, why = revokedSubject(terms[CALLER], charges)
  end
  local place = withdrawn and withdrawn[PLACE] or string.format('%016.0f', seq)
  if subject or not fits or not ratesFit(asked, rates) then
    return deny(base, terms, place, figuresOf(statusOf(charges, buckets), rateStatusOf(asked, rates, true), subject, why))
  end

  if withdrawn then
    command('ZREM', KEPT, 'c' .. id)
  end
  -- First, because a journal that cannot be written holds nothing.
  record('call.reserved', id, ARGV[base + WORDS])
  holdAll(charges, buckets)
  countTogether(asked, rates)
  local approval, carved = openBesides(terms, id, ARGV[base + SPECIAL])
  setDeadlineTogether(id, place, now + terms[TTL])
  keepTogether(id, rowOf(base, terms, place, approval, carved), ARGV[base + WORDS])
  if print ~= '' then
    openTogether(print, id)
  end
  if terms[SESSION] ~= '' then
    countDecision(string.sub(terms[CALLER], SESSION_FROM), terms[SESSION] == 'w', false)
  end
  answers[before + 1], answers[before + 2], answers[before + 3] = 'reserved', 0, 0
  statusOf(charges, buckets, answers, before + 3)
  local count = #answers
  answers[before + 3] = count - before - 3
  for _, figure in ipairs(#asked > 0 and rateStatusOf(asked, rates, false) or asked) do
    count = count + 1
    answers[count] = figure
  end
  return count - before
end

lookFor(4, VALUES, PRINT)
return answerEach(VALUES, reserve, writeAll)
`;

/** Holds every charge of a call, or none; for several calls, one after the other. */
export const RESERVE = script('grants', [
  ...ENTRY_PARTS,
  RATES_PART,
  FIND_PART,
  TOGETHER_PART,
  EACH_PART,
  BODY,
]);
