import { ALL_KEYS } from '../keys.ts';
import { HEAD_PART } from '../parts/head.ts';
import { script } from '../script.ts';

/**
 * How revisions are kept, in the slot of the default tenant: `r` and a number its words, `d` and a number its documents,
 * `h` and a hash its number, `last` the highest number, `active` which one decides and who let it.
 */
const REVISIONS_PART = String.raw`
-- The parts of a revision, with or without its documents; an empty list where there is none.
local function toldRevision(number, whole)
  local kept = command('HMGET', REVISIONS, 'r' .. number, 'd' .. number)
  if not kept[1] then
    return {}
  end
  return { number, kept[1], whole and kept[2] or '' }
end

local function lastRevision()
  return tonumber(command('HGET', REVISIONS, 'last') or 0)
end

-- The number of the active revision, empty where none is, and in words who activated it.
local function activation()
  local kept = command('HMGET', REVISIONS, 'active', 'activation')
  return kept[1] or '', kept[2] or ''
end
`;

/** A revision that is known by its hash. ARGV: 4 hash. Answers `revision`: its parts, and the highest number. */
export const REVISION_OF = script(
  'reads',
  [
    HEAD_PART,
    REVISIONS_PART,
    String.raw`
local number = command('HGET', REVISIONS, 'h' .. ARGV[4])
return answer({ 'revision', 0, 0, number and toldRevision(number, true) or {}, lastRevision() })
`,
  ],
  ALL_KEYS,
);

/**
 * Keeps a revision, if its number is still the next one and its hash new. ARGV: 4 number, 5 hash, 6 words, 7 documents, 8
 * facts of the entry. Answers `saved` or `changed`.
 */
export const SAVE_REVISION = script(
  'grants',
  [
    HEAD_PART,
    REVISIONS_PART,
    String.raw`
local number, hash = ARGV[4], ARGV[5]
if lastRevision() + 1 ~= tonumber(number) or command('HEXISTS', REVISIONS, 'h' .. hash) == 1 then
  return answer({ 'changed' })
end
record('policies.saved', '', ARGV[8])
command('HSET', REVISIONS, 'h' .. hash, number, 'r' .. number, ARGV[6], 'd' .. number, ARGV[7], 'last', number)
return answer({ 'saved' })
`,
  ],
  ALL_KEYS,
);

/**
 * What an activation is decided by. ARGV: 4 number, or empty for none but the active one. Answers `revisions`: the parts of
 * that revision and of the active one, and in words who activated it.
 */
export const ACTIVATION = script(
  'reads',
  [
    HEAD_PART,
    REVISIONS_PART,
    String.raw`
local active, words = activation()
return answer({ 'revisions', 0, 0, toldRevision(ARGV[4], true), toldRevision(active, true), words })
`,
  ],
  ALL_KEYS,
);

/**
 * Lets a revision decide from the next reservation on, if the active one is still the one that the entry speaks of. ARGV:
 * 4 number, 5 its hash, 6 the number that is active until then or empty, 7 who activates it in words, 8 facts of the entry.
 * Answers `activated` with a number that grows with every activation, which other slots are told; or `changed`.
 */
export const ACTIVATE = script(
  'ends',
  [
    HEAD_PART,
    REVISIONS_PART,
    String.raw`
if activation() ~= ARGV[6] then
  return answer({ 'changed' })
end
record('policies.activated', '', ARGV[8])
command('HSET', REVISIONS, 'active', ARGV[4], 'activation', ARGV[7])
command('HSET', HEAD, 'policies', ARGV[5])
-- No lower than the time: a slot that was lost and begun anew must not count from one again, which would be news to nobody.
local count = math.max(tonumber(command('HGET', HEAD, 'activation') or 0) + 1, now)
command('HSET', HEAD, 'activation', exact(count))
return answer({ 'activated', 0, 0, count })
`,
  ],
  ALL_KEYS,
);

/** Which policies are active. Answers `policies`: their hash or empty, and the number of their activation. */
export const POLICIES = script('reads', [
  HEAD_PART,
  String.raw`
return answer({ 'policies', 0, 0, policies or '', tonumber(command('HGET', HEAD, 'activation') or 0) })
`,
]);

/**
 * Tells another slot which policies are active. ARGV: 4 their hash, 5 the number of their activation. Answers `set`, or
 * `later` where it knows of a later activation: news may arrive in any order.
 */
export const SET_POLICIES = script('ends', [
  HEAD_PART,
  String.raw`
if tonumber(command('HGET', HEAD, 'activation') or 0) >= tonumber(ARGV[5]) then
  return answer({ 'later' })
end
command('HSET', HEAD, 'policies', ARGV[4], 'activation', ARGV[5])
return answer({ 'set' })
`,
]);

/** One revision. ARGV: 4 number. Answers `revision`: its parts. */
export const REVISION = script(
  'reads',
  [
    HEAD_PART,
    REVISIONS_PART,
    String.raw`
return answer({ 'revision', 0, 0, toldRevision(ARGV[4], true) })
`,
  ],
  ALL_KEYS,
);

/** Revisions without their documents, newest first. ARGV: 4 how many. Answers `revisions`: the parts of each. */
export const REVISION_LIST = script(
  'reads',
  [
    HEAD_PART,
    REVISIONS_PART,
    String.raw`
local told, last = {}, lastRevision()
for number = last, math.max(1, last - ARGV[4] + 1), -1 do
  told[#told + 1] = toldRevision(exact(number), false)
end
return answer({ 'revisions', 0, 0, told })
`,
  ],
  ALL_KEYS,
);

/** All scripts about revisions. */
export const REVISION_SCRIPTS = [
  REVISION_OF,
  SAVE_REVISION,
  ACTIVATION,
  ACTIVATE,
  POLICIES,
  SET_POLICIES,
  REVISION,
  REVISION_LIST,
] as const;
