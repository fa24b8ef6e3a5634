import { ALL_KEYS } from '../keys.ts';
import { HEAD_PART } from '../parts/head.ts';
import { script } from '../script.ts';
import { UNFENCED_PART } from './epoch.ts';

/** Only while the data is lost, and only by the one that began last. ARGV: 1 the lost epoch, 2 whose rebuilding it is. */
const REBUILDING_PART = String.raw`
if epoch or lost ~= ARGV[1] or command('HGET', HEAD, 'rebuilding') ~= ARGV[2] then
  return answer(epoch and 'other' or 'absent')
end
`;

/**
 * Lines that are left of a journal whose data is lost. ARGV: 1 the lost epoch, 2 after which line, 3 how many. Answers `tail`:
 * the hash of that line, empty where it is not known, and the lines after it that are there without a gap.
 */
export const TAIL = script(
  'reads',
  [
    UNFENCED_PART,
    String.raw`
local last, lines = tonumber(ARGV[2]), {}
local link = command('XRANGE', LINKS, ARGV[2], ARGV[2])[1]
if epoch or lost ~= ARGV[1] then
  return { 'tail', '', {} }
end
for _, line in ipairs(command('XRANGE', JOURNAL, exact(last + 1), '+', 'COUNT', ARGV[3])) do
  local fields = line[2]
  if tonumber(string.match(line[1], '^%d+')) ~= last + 1 then
    break
  end
  last = last + 1
  lines[#lines + 1] = { last, tonumber(fields[2]), fields[4], fields[6], fields[8], '', '' }
end
return { 'tail', link and link[2][2] or '', lines }
`,
  ],
  ALL_KEYS,
);

/**
 * Takes away what is left, before it is rebuilt. What no journal has stays: the revisions of the policies, endpoints
 * that were made at run time, and messages. ARGV: 1 the lost epoch, 2 whose rebuilding it is. Answers `lost`, or what it found instead.
 */
export const CLEAR = script(
  'ends',
  [
    UNFENCED_PART,
    String.raw`
if epoch or lost ~= ARGV[1] then
  return answer(epoch and 'other' or 'absent')
end
command('DEL', CALLS, COUNTERS, JOURNAL, DEADLINES, KEPT, APPROVALS, LINKS, MOVES)
-- Of what is listed, messages stay.
command('ZREMRANGEBYLEX', INDEX, '-', '(w')
command('ZREMRANGEBYLEX', INDEX, '[x', '+')
command('HDEL', HEAD, 'due', 'frozen', 'revoked', 'linked', 'trimmed', 'suspect', 'at', 'seq')
command('HSET', HEAD, 'rebuilding', ARGV[2])
return answer('lost')
`,
  ],
  ALL_KEYS,
);

/**
 * Puts rows where the other scripts expect them. ARGV from 3 four each: `f` field, value; `p` field and JSON to pack, both of counters;
 * `c` id of a call, JSON of its row, its words; `i` member of the index; `k` member and until when it is kept; `m` id and parts of a movement.
 */
export const PUT = script(
  'ends',
  [
    UNFENCED_PART,
    REBUILDING_PART,
    String.raw`
local put = {
  f = function(field, value) command('HSET', COUNTERS, field, value) end,
  p = function(field, json) command('HSET', COUNTERS, field, cmsgpack.pack(cjson.decode(json))) end,
  c = function(id, json, words) command('HSET', CALLS, 'c:' .. id, cmsgpack.pack(cjson.decode(json)), 'w:' .. id, words) end,
  i = function(member) command('ZADD', INDEX, 0, member) end,
  k = function(member, score) command('ZADD', KEPT, score, member) end,
  m = function(id, parts) command('HSET', MOVES, id, parts) end,
}
for place = 3, #ARGV, 4 do
  put[ARGV[place]](ARGV[place + 1], ARGV[place + 2], ARGV[place + 3])
end
return answer('lost')
`,
  ],
  ALL_KEYS,
);

/**
 * Opens what was rebuilt. ARGV from 3: epoch, place, time and hash of the last entry that is kept elsewhere, how many budgets are
 * frozen, how many subjects revoked, up to when budgets are suspect, the time of a test or empty, and the facts of the entry. Answers `begun`.
 */
export const FINISH = script(
  'ends',
  [
    UNFENCED_PART,
    REBUILDING_PART,
    String.raw`
seq, at, suspect = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[9])
if seq > 0 then
  command('XADD', LINKS, seq, 'h', ARGV[6])
end
command('HSET', HEAD, 'linked', seq, 'trimmed', seq, 'frozen', ARGV[7], 'revoked', ARGV[8])
command('HDEL', HEAD, 'rebuilding')
command('HSET', HEAD, 'suspect', ARGV[9])
moveCursorsBack()
return goOn(ARGV[3], ARGV[10], ARGV[11])
`,
  ],
  ALL_KEYS,
);

/**
 * Freezes budgets that nobody has looked at since data was lost, and nobody charged before as far as is known: what they spent may
 * be lost. ARGV from 4: their names. Answers `looked`.
 */
export const LOOK_AT = script('ends', [
  HEAD_PART,
  String.raw`
for place = 4, #ARGV do
  if command('HSETNX', COUNTERS, ARGV[place] .. '?', 1) == 1 and command('HSETNX', COUNTERS, ARGV[place] .. '!', 1) == 1 then
    frozen = frozen + 1
  end
end
return answer({ 'looked' })
`,
]);

/** All scripts about rebuilding. */
export const REBUILD_SCRIPTS = [TAIL, CLEAR, PUT, FINISH, LOOK_AT] as const;
