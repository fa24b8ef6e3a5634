/**
 * What is kept of an approval. `o:id` is the question as it was asked, which no script looks into, `n:id` its notices (how
 * long after it was asked, and type and facts of the entry), and `s:id` what became of it. Uses only names of the head, so
 * that every script that ends calls can end their approvals.
 */
export const APPROVALS_PART = String.raw`
-- Those of before there were notices keep their 'place' in the lists, a number of the journal and so after all others, and
-- name only who may decide.
local function readApproval(id)
  local kept = command('HGET', APPROVALS, 's:' .. id)
  local approval = kept and cmsgpack.unpack(kept) or nil
  if approval and approval.place then
    approval.names, approval.noticed = approval.approvers, approval.noticed or 0
  end
  return approval
end

-- Digits of a time, so that texts are ordered as the times are.
local function timeText(time)
  return string.format('%016.0f', time)
end

-- Every list that an approval is in, newest last: all of them, those of its status, and both for each name that it is
-- found by. While it is pending it is also in the list of those whose next notice is due at some time.
local function listsOf(id, approval)
  local letter, entry = string.sub(approval.status, 1, 1), (approval.place or timeText(approval.created)) .. id
  local members = { 'aa' .. entry, 'as' .. letter .. entry }
  if approval.status == 'pending' and approval.notice then
    members[3] = 'n' .. timeText(approval.notice) .. id
  end
  for at = 1, #approval.names, NAME_LENGTH do
    local name = string.sub(approval.names, at, at + NAME_LENGTH - 1)
    members[#members + 1] = 'ap' .. name .. entry
    members[#members + 1] = 'aq' .. name .. letter .. entry
  end
  return members
end

-- Changes an approval and whatever lists it. The revision tells whoever decided by the approval as it was.
local function changeApproval(id, approval, changes)
  for _, member in ipairs(approval.created and listsOf(id, approval) or {}) do
    command('ZREM', INDEX, member)
  end
  for name, value in pairs(changes) do
    approval[name] = value
  end
  approval.revision = approval.revision + 1
  for _, member in ipairs(listsOf(id, approval)) do
    command('ZADD', INDEX, 0, member)
  end
  command('HSET', APPROVALS, 's:' .. id, cmsgpack.pack(approval))
end

-- One line of a text, and where the next one begins.
local function lineAt(text, from)
  local stop = string.find(text, '\n', from, true)
  return string.sub(text, from, stop - 1), stop + 1
end

-- When the next notice is due of one that was opened at 'created'; false where there is none.
local function noticeAt(notices, noticed, created)
  local notice = notices[noticed + 1]
  return notice and created + notice[1] or false
end

-- Opens what the caller put into one text: the names that it is found by, the name of the session, the hash of the
-- action, the facts of the entry, the notices, the question and, last because it may be any text, the id. An id that is
-- known is of a call that was taken back and asked for anew.
local function openApproval(text, callId, expires)
  local names, session, action, facts, notices, question, from
  names, from = lineAt(text, 1)
  session, from = lineAt(text, from)
  action, from = lineAt(text, from)
  facts, from = lineAt(text, from)
  notices, from = lineAt(text, from)
  question, from = lineAt(text, from)
  local id = string.sub(text, from)
  record('approval.created', callId, facts)
  command('HSET', APPROVALS, 'o:' .. id, question, 'n:' .. id, notices)
  changeApproval(id, readApproval(id) or { revision = 0 }, { status = 'pending', created = now, expires = expires,
    resolved = false, call = callId, names = names, session = session, action = action, votes = '[]', noticed = 0,
    notice = noticeAt(cjson.decode(notices), 0, now) })
  return id
end

-- Ends an approval with its call, which records that. Answers whether there is one.
local function endApproval(id, status)
  local approval = readApproval(id)
  if not approval then
    return false
  end
  changeApproval(id, approval, { status = status, resolved = now })
  return true
end

-- The status and the hash of the action; nothing for an id that is not known.
local function standingOf(id)
  local approval = readApproval(id)
  if approval then
    return approval.status, approval.action
  end
end

-- All that the caller is told of an approval that is known.
local function toldApproval(id)
  local approval = readApproval(id)
  return { command('HGET', APPROVALS, 'o:' .. id), approval.status, approval.created, approval.expires,
    approval.resolved or -1, approval.call, approval.votes, approval.noticed }
end
`;
