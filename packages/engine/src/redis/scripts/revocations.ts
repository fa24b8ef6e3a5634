import { HEAD_PART } from '../parts/head.ts';
import { REVOCATIONS_PART } from '../parts/revocations.ts';
import { script } from '../script.ts';

/**
 * Revokes a subject. ARGV: 4 its name, 5 the subject, 6 the reason, 7 the facts of the entry. Answers `revoked`, or
 * `known` where it was before.
 */
export const REVOKE = script('ends', [
  HEAD_PART,
  REVOCATIONS_PART,
  String.raw`
local name = ARGV[4]
if readRevocation(name) then
  return answer({ 'known' })
end
record('access.revoked', '', ARGV[7])
local place = string.format('%016.0f', seq)
command('HSET', COUNTERS, name .. '#', cmsgpack.pack({ place = place, at = now, subject = ARGV[5], reason = ARGV[6] }))
command('ZADD', INDEX, 0, 'r' .. place .. name)
revoked = revoked + 1
return answer({ 'revoked' })
`,
]);

/** The revocation of a subject. ARGV: 4 its name. Answers `revoked`: its place and reason; or `free`. */
export const REVOCATION = script('reads', [
  HEAD_PART,
  REVOCATIONS_PART,
  String.raw`
local known = readRevocation(ARGV[4])
if not known then
  return answer({ 'free' })
end
return answer({ 'revoked', 0, 0, known.place, known.reason })
`,
]);

/**
 * Restores a subject, if its revocation is still the one that the entry speaks of. ARGV: 4 its name, 5 the place of the
 * revocation, 6 the facts of the entry. Answers `restored` or `changed`.
 */
export const RESTORE = script('ends', [
  HEAD_PART,
  REVOCATIONS_PART,
  String.raw`
local name = ARGV[4]
local known = readRevocation(name)
if not known or known.place ~= ARGV[5] then
  return answer({ 'changed' })
end
record('access.restored', '', ARGV[6])
command('HDEL', COUNTERS, name .. '#')
command('ZREM', INDEX, 'r' .. known.place .. name)
revoked = revoked - 1
return answer({ 'restored' })
`,
]);

/** Who is revoked, newest first. ARGV: 4 how many. Answers `revocations`: subject, reason and time of each. */
export const REVOCATIONS = script('reads', [
  HEAD_PART,
  REVOCATIONS_PART,
  String.raw`
local told = {}
for place, member in ipairs(command('ZREVRANGEBYLEX', INDEX, '(r:', '[r', 'LIMIT', 0, ARGV[4])) do
  local known = readRevocation(string.sub(member, 18))
  told[place] = { known.subject, known.reason, known.at }
end
return answer({ 'revocations', 0, 0, told })
`,
]);

/** All scripts about revocations. */
export const REVOCATION_SCRIPTS = [REVOKE, REVOCATION, RESTORE, REVOCATIONS] as const;
