/** Who may not spend: the field `name#` of a subject, kept until it is restored. */
export const REVOCATIONS_PART = String.raw`
local function readRevocation(name)
  local kept = command('HGET', COUNTERS, name .. '#')
  return kept and cmsgpack.unpack(kept) or nil
end

-- Which subject of a caller is revoked, and why: 0 to 3 for its tenant, owner, agent and session, the widest first.
-- 'subjects' is the names of the four in one text. Nothing where none is.
local function revokedSubject(subjects)
  if revoked == 0 then
    return nil
  end
  for kind = 0, 3 do
    local known = readRevocation(string.sub(subjects, kind * NAME_LENGTH + 1, (kind + 1) * NAME_LENGTH))
    if known then
      return kind, known.reason
    end
  end
  return nil
end
`;
