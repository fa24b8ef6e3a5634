import { APPROVALS_PART } from '../parts/approvals.ts';
import { BUDGETS_PART } from '../parts/budgets.ts';
import { CALLS_PART } from '../parts/calls.ts';
import { HEAD_PART } from '../parts/head.ts';
import { END_PARTS } from '../parts/index.ts';
import { SESSIONS_PART } from '../parts/sessions.ts';
import { script } from '../script.ts';

const TELL = String.raw`
local words, under = elevationsOf(approval.session)
return answer({ 'approval', 0, 0, toldApproval(id), approval.revision, words, under, policies or '' })
`;

/**
 * An approval with all that a vote on it is decided by. ARGV: 4 id.
 *
 * Answers `approval`: what is told of it, its revision, the elevations of its session and under which policies they
 * were given, and the active policies; `unknown`; or `late` where its call is past its deadline and has not ended yet.
 */
export const APPROVAL = script('reads', [
  HEAD_PART,
  APPROVALS_PART,
  SESSIONS_PART,
  CALLS_PART,
  String.raw`
local id = ARGV[4]
local approval = readApproval(id)
if not approval then
  return answer({ 'unknown' })
end
local call = readCall(approval.call)
if call and call[DEADLINE] and now >= call[DEADLINE] then
  return answer({ 'late' })
end`,
  TELL,
]);

/** The same of an approval that is known, after its call has ended if it is past its deadline. */
export const LATE_APPROVAL = script('ends', [
  ...END_PARTS,
  SESSIONS_PART,
  String.raw`
local id = ARGV[4]
current(readApproval(id).call)
local approval = readApproval(id)`,
  TELL,
]);

/**
 * Writes what a vote came to, if what it was decided by still holds. ARGV: 4 id, 5 the revision of the approval, 6 until
 * when the decision holds, 7 and 8 the status and the votes after it, 9 when it was resolved or empty, 10 the denial of
 * the call or empty, 11 the active policies or empty, 12 `elevates` or empty, 13 and 14 the elevations of the session
 * before and after where it does, 15 until when those last, and from 16 type and facts of each entry.
 *
 * Answers `voted`, or `changed`, and then nothing was written.
 */
export const VOTE = script('ends', [
  HEAD_PART,
  APPROVALS_PART,
  SESSIONS_PART,
  CALLS_PART,
  BUDGETS_PART,
  String.raw`
local id = ARGV[4]
local approval = readApproval(id)
if not approval or approval.revision ~= tonumber(ARGV[5]) or now >= tonumber(ARGV[6]) then
  return answer({ 'changed' })
end
local elevates = ARGV[12] ~= ''
if ARGV[7] == 'approved' and (policies or '') ~= ARGV[11] then
  return answer({ 'changed' })
end
if elevates and elevationsOf(approval.session) ~= ARGV[13] then
  return answer({ 'changed' })
end

for at = 16, #ARGV, 2 do
  record(ARGV[at], approval.call, ARGV[at + 1])
end
changeApproval(id, approval, { status = ARGV[7], votes = ARGV[8], resolved = tonumber(ARGV[9]) or false })
if elevates then
  elevateSession(approval.session, tonumber(ARGV[15]), ARGV[14])
end
local call = ARGV[10] ~= '' and readCall(approval.call)
if call and call[STATE] == 'waiting' then
  record('call.released', approval.call, '{"reason":"APPROVAL_DENIED"}')
  returnHold(call)
  command('HSET', CALLS, 'd:' .. approval.call, ARGV[10])
  call[DENIED] = 'kept'
  endCall(approval.call, call, 'released')
  keepCall(approval.call, call)
end
return answer({ 'voted' })
`,
]);

/**
 * Withdraws an approval whose call has not started, and ends the call. ARGV: 4 id, 5 the revision of the approval, 6 the
 * facts of the entry, 7 the denial that repeats of the call are told, 8 the active policies or empty, 9 `elevates` where
 * the session may do less from then on or empty, 10 and 11 its elevations before and after where it does, 12 until when
 * those last. Answers `cancelled` and the approval, also where it was cancelled before; `resolved`; or `changed`, and then
 * nothing was written.
 */
export const CANCEL = script('ends', [
  ...END_PARTS,
  SESSIONS_PART,
  String.raw`
local id = ARGV[4]
local approval = readApproval(id)
if not approval or approval.revision ~= tonumber(ARGV[5]) then
  return answer({ 'changed' })
end
local lowers = ARGV[9] ~= ''
if lowers and ((policies or '') ~= ARGV[8] or elevationsOf(approval.session) ~= ARGV[10]) then
  return answer({ 'changed' })
end
local call = current(approval.call)
-- It may have ended with its call just now.
approval = readApproval(id)
if approval.status == 'cancelled' then
  return answer({ 'cancelled', 0, 0, toldApproval(id) })
end
-- The call of an approval that was used may be another one by now, which waits for an approval of its own.
if not call or call[STATE] ~= 'waiting' or call[APPROVAL] ~= id then
  return answer({ 'resolved' })
end
record('approval.cancelled', approval.call, ARGV[6])
record('call.released', approval.call, '{"reason":"APPROVAL_CANCELLED"}')
changeApproval(id, approval, { status = 'cancelled', resolved = now })
returnHold(call)
command('HSET', CALLS, 'd:' .. approval.call, ARGV[7])
call[DENIED] = 'kept'
endCall(approval.call, call, 'released')
keepCall(approval.call, call)
if lowers then
  elevateSession(approval.session, tonumber(ARGV[12]), ARGV[11])
end
return answer({ 'cancelled', 0, 0, toldApproval(id) })
`,
]);

/**
 * Gives notices that are due, the earliest first. ARGV: 4 how many at most; an approval past its deadline ends instead,
 * which uses up one of them too. Answers `announced`: how many were given.
 */
export const ANNOUNCE = script('ends', [
  ...END_PARTS,
  String.raw`
local given = 0
for _ = 1, tonumber(ARGV[4]) do
  local member = command('ZRANGEBYLEX', INDEX, '[n', '(n' .. timeText(now + 1), 'LIMIT', 0, 1)[1]
  if not member then
    break
  end
  local id = string.sub(member, 18)
  current(readApproval(id).call)
  local approval = readApproval(id)
  if approval.status == 'pending' then
    local notices = cjson.decode(command('HGET', APPROVALS, 'n:' .. id))
    local noticed = approval.noticed + 1
    record(notices[noticed][2], approval.call, notices[noticed][3])
    changeApproval(id, approval, { noticed = noticed, notice = noticeAt(notices, noticed, approval.created) })
    given = given + 1
  end
end
return answer({ 'announced', 0, 0, given })
`,
]);

/**
 * One page of a list of approvals, newest first. ARGV: 4 the list, 5 the member that it goes on after or empty, 6 how
 * many. Answers `approvals`: the last member of this page, empty where there are no more, and what is told of each.
 */
export const APPROVALS = script('reads', [
  HEAD_PART,
  APPROVALS_PART,
  String.raw`
local list, limit, after = ARGV[4], tonumber(ARGV[6]), ARGV[5]
local id = string.sub(after, #list + 17)
local known = readApproval(id)
if known and known.place then
  after = list .. known.place .. id
end
-- Whatever follows the name of a list begins with a digit, and ':' comes after every digit.
local first = after == '' and '(' .. list .. ':' or '(' .. after
local members = command('ZREVRANGEBYLEX', INDEX, first, '[' .. list, 'LIMIT', 0, limit)
local told = {}
for place, member in ipairs(members) do
  told[place] = toldApproval(string.sub(member, #list + 17))
end
return answer({ 'approvals', 0, 0, #members == limit and members[limit] or '', told })
`,
]);

/** All scripts about approvals. */
export const APPROVAL_SCRIPTS = [APPROVAL, LATE_APPROVAL, VOTE, CANCEL, ANNOUNCE, APPROVALS] as const;
