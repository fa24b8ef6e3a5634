import { ALL_KEYS } from '../keys.ts';
import { HEAD_PART } from '../parts/head.ts';
import { script } from '../script.ts';

/**
 * Reads lines of the journal. A line is told as its place, time, type, call, facts, and the hashes of the line before it
 * and of itself, both empty where nobody has linked it yet.
 */
const JOURNAL_PART = String.raw`
local marks = command('HMGET', HEAD, 'linked', 'trimmed')
-- The last line that is linked, and the last one that is in the journal no more, because a ledger has it.
local linked, trimmed = tonumber(marks[1] or 0), tonumber(marks[2] or 0)

local function hashOf(place)
  local found = command('XRANGE', LINKS, place, place)[1]
  return found and found[2][2] or ''
end

local function placeOf(line)
  return tonumber(string.match(line[1], '^%d+'))
end

local function toldLine(line)
  local place, fields = placeOf(line), line[2]
  local isLinked = place <= linked
  return { place, tonumber(fields[2]), fields[4], fields[6], fields[8], isLinked and place > 1 and hashOf(place - 1) or '',
    isLinked and hashOf(place) or '' }
end
`;

/** Appends lines, all in one step. ARGV from 4: type, call or empty, facts, and the name of who was denied or empty. */
export const APPEND = script('grants', [
  HEAD_PART,
  String.raw`
for at = 4, #ARGV, 4 do
  record(ARGV[at], ARGV[at + 1], ARGV[at + 2])
  if ARGV[at + 3] ~= '' then
    index('d', ARGV[at + 3])
  end
end
return answer({ 'appended' })
`,
]);

/**
 * Lines in order. ARGV: 4 after which, 5 how many, 6 how many to look at, 7 types between spaces, or empty for all.
 *
 * Answers `lines`: the last line that is linked, the last one that was looked at, and those that were found; `trimmed` with the last line that a
 * ledger has; or `missing` with the line that is not there and has to be.
 */
export const LINES = script(
  'reads',
  [
    HEAD_PART,
    JOURNAL_PART,
    String.raw`
local last, limit, look, types = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
if last < trimmed then
  return answer({ 'trimmed', 0, 0, trimmed })
end
local told = {}
local page = command('XRANGE', JOURNAL, exact(last + 1), '+', 'COUNT', look)
for _, line in ipairs(page) do
  if placeOf(line) ~= last + 1 then
    return answer({ 'missing', 0, 0, last + 1 })
  end
  last = last + 1
  if types == '' or string.find(types, ' ' .. line[2][4] .. ' ', 1, true) then
    told[#told + 1] = toldLine(line)
    if #told == limit then
      break
    end
  end
end
if #page < look and #told < limit and last < seq then
  return answer({ 'missing', 0, 0, last + 1 })
end
return answer({ 'lines', 0, 0, linked, last, told })
`,
  ],
  ALL_KEYS,
);

/**
 * Lines that a name is found by, newest first. ARGV: 4 letter and name, 5 before which line or empty, 6 how many. Answers
 * `lines`: the last line that is linked, and those that were found; of one that a ledger has, its place alone.
 */
export const FOUND_LINES = script(
  'reads',
  [
    HEAD_PART,
    JOURNAL_PART,
    String.raw`
local name, told = ARGV[4], {}
-- A place is sixteen digits, and ':' comes after every digit.
local before = ARGV[5] == '' and ':' or string.format('%016.0f', ARGV[5])
for at, member in ipairs(command('ZREVRANGEBYLEX', INDEX, '(' .. name .. before, '[' .. name, 'LIMIT', 0, ARGV[6])) do
  local place = tonumber(string.sub(member, #name + 1))
  local line = command('XRANGE', JOURNAL, place, place)[1]
  told[at] = line and toldLine(line) or { place }
end
return answer({ 'lines', 0, 0, linked, told })
`,
  ],
  ALL_KEYS,
);

/** The next lines to link. ARGV: 4 how many. Answers `lines`: the last one that is linked, its hash, and those after it. */
export const UNLINKED = script(
  'reads',
  [
    HEAD_PART,
    JOURNAL_PART,
    String.raw`
local told = {}
for at, line in ipairs(command('XRANGE', JOURNAL, exact(linked + 1), '+', 'COUNT', ARGV[4])) do
  told[at] = toldLine(line)
end
return answer({ 'lines', 0, 0, linked, linked > 0 and hashOf(linked) or '', told })
`,
  ],
  ALL_KEYS,
);

/**
 * Keeps the hashes of lines. ARGV: 4 the place of the first, and from 5 a hash each. Only the next line is ever linked:
 * whoever comes later with the same ones changes nothing.
 */
export const LINK = script(
  'ends',
  [
    HEAD_PART,
    JOURNAL_PART,
    String.raw`
local first = tonumber(ARGV[4])
local before = linked
for at = 5, #ARGV do
  local place = first + at - 5
  if place == linked + 1 and place <= seq then
    command('XADD', LINKS, place, 'h', ARGV[at])
    linked = place
  end
end
if linked > before then
  command('HSET', HEAD, 'linked', linked)
end
return answer({ 'linked', 0, 0, linked })
`,
  ],
  ALL_KEYS,
);

/**
 * Takes lines out of the journal that a ledger has. ARGV: 4 the last of them, 5 how many denials of each agent stay to be
 * found, and from 6 the names of agents who were denied in them. The hash of the last one stays: the next one names it.
 */
export const TRIM = script(
  'ends',
  [
    HEAD_PART,
    JOURNAL_PART,
    String.raw`
local last = math.min(tonumber(ARGV[4]), linked)
if last <= trimmed then
  return answer({ 'trimmed', 0, 0, trimmed })
end
command('HSET', HEAD, 'trimmed', last)
command('XTRIM', JOURNAL, 'MINID', exact(last + 1))
command('XTRIM', LINKS, 'MINID', exact(last))
for at = 6, #ARGV do
  local list = 'd' .. ARGV[at]
  local oldest = command('ZREVRANGEBYLEX', INDEX, '(' .. list .. ':', '[' .. list, 'LIMIT', ARGV[5], 1)[1]
  if oldest then
    command('ZREMRANGEBYLEX', INDEX, '[' .. list, '[' .. oldest)
  end
end
return answer({ 'trimmed', 0, 0, last })
`,
  ],
  ALL_KEYS,
);

/** All scripts about the journal. */
export const JOURNAL_SCRIPTS = [APPEND, LINES, FOUND_LINES, UNLINKED, LINK, TRIM] as const;
