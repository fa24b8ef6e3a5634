import { HEAD_PART } from '../parts/head.ts';
import { SESSIONS_PART } from '../parts/sessions.ts';
import { script } from '../script.ts';

/**
 * What a session did and may do. ARGV: 4 its name. Answers `session`: its calls, denials and writes, its elevations and
 * under which policies they were given, and the active policies.
 */
export const SESSION = script('reads', [
  HEAD_PART,
  SESSIONS_PART,
  String.raw`
local kept = not isForgotten(ARGV[4]) and command('HGET', COUNTERS, ARGV[4] .. '$')
local counts = kept and cmsgpack.unpack(kept) or { 0, 0, 0 }
local words, under = elevationsOf(ARGV[4])
return answer({ 'session', 0, 0, counts[1], counts[2], counts[3], words, under, policies or '' })
`,
]);

/** All scripts about sessions. */
export const SESSION_SCRIPTS = [SESSION] as const;
