import { BUDGETS_PART } from '../parts/budgets.ts';
import { CALLS_PART } from '../parts/calls.ts';
import { HEAD_PART } from '../parts/head.ts';
import { RATES_PART } from '../parts/rates.ts';
import { script } from '../script.ts';

/** One call, by its id. */
export const CALL = script('reads', [
  HEAD_PART,
  CALLS_PART,
  String.raw`
local row = readCall(ARGV[4])
return answer({ 'call', 0, 0, row and told(ARGV[4], row) or {} })
`,
]);

/** Calls that hold money although nobody knows the outcome, the oldest first. */
export const UNRESOLVED = script('reads', [
  HEAD_PART,
  CALLS_PART,
  String.raw`
local calls = {}
for _, member in ipairs(command('ZRANGEBYLEX', INDEX, '[u', '(v', 'LIMIT', 0, ARGV[4])) do
  local id = string.sub(member, PLACE_LENGTH + 2)
  local row = readCall(id)
  calls[#calls + 1] = row and told(id, row) or nil
end
return answer({ 'calls', 0, 0, calls })
`,
]);

/** How budgets and rates stand. A slice of a rolling budget can be asked about as if it were a window. */
export const STATUS = script('reads', [
  HEAD_PART,
  BUDGETS_PART,
  RATES_PART,
  String.raw`
local charges, asked = cjson.decode(ARGV[4]), cjson.decode(ARGV[5])
local buckets, kept = readBudgets(charges, rateFields(asked), #asked / RATE_PARTS)
for at = 1, #charges, PARTS do
  local bucket, start = buckets[charges[at]], tonumber(string.match(charges[at], ':(%d+) $'))
  local slices = start and bucket[SPENT] + bucket[HELD] == 0
    and command('HGET', COUNTERS, string.sub(charges[at], 1, NAME_LENGTH) .. '~')
  slices = slices and cmsgpack.unpack(slices) or {}
  for place = 1, #slices, 3 do
    if slices[place] == start then
      bucket[SPENT], bucket[HELD] = slices[place + 1], slices[place + 2]
    end
  end
end
return answer({ 'status', 0, 0, statusOf(charges, buckets), rateStatusOf(asked, ratesOf(asked, kept), false) })
`,
]);

/** When something has to be done next. Answers `next`: the earliest deadline of a call or notice of an approval, or -1. */
export const NEXT_DEADLINE = script('reads', [
  HEAD_PART,
  String.raw`
local deadline = tonumber(command('ZRANGE', DEADLINES, 0, 0, 'WITHSCORES')[2])
local member = command('ZRANGEBYLEX', INDEX, '[n', '(o', 'LIMIT', 0, 1)[1]
local notice = member and tonumber(string.sub(member, 2, 17))
return answer({ 'next', 0, 0, math.min(deadline or notice or -1, notice or deadline or -1) })
`,
]);
