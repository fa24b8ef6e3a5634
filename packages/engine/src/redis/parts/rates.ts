/** How calls are counted towards rates. */
export const RATES_PART = String.raw`
-- A rate is three values in a row: field, slice length, length of the window. It is kept packed: how many calls its slices
-- hold, when the newest begins and how many are in it, and each older slice, the oldest first.
local RATE, SLICE_MS, PER_MS, RATE_LIMIT, RATE_PARTS = 0, 1, 2, 3, 4

-- The slices of a rate that count: the window and one slice more, as a call counts until its whole slice has left.
local function countedSlices(kept, sliceMs, perMs)
  local slices = kept and cmsgpack.unpack(kept) or { 0, 0, 0 }
  local after = now - perMs - sliceMs
  if slices[1] == 0 or (slices[4] or slices[2]) > after then
    return slices
  end
  local left = { 0, 0, 0 }
  for at = 4, #slices, 2 do
    if slices[at] > after then
      left[#left + 1], left[#left + 2], left[1] = slices[at], slices[at + 1], left[1] + slices[at + 1]
    end
  end
  if slices[2] > after then
    left[1], left[2], left[3] = left[1] + slices[3], slices[2], slices[3]
  end
  return left
end

-- Reads the rates of a call out of what was kept of their fields, from the first of 'kept' on. Two of one rate share it.
local function ratesOf(asked, kept)
  local rates = {}
  for at = 1, #asked, RATE_PARTS do
    local field = asked[at]
    rates[field] = rates[field] or countedSlices(kept[(at - 1) / RATE_PARTS + 1], asked[at + SLICE_MS], asked[at + PER_MS])
  end
  return rates
end

-- The fields of rates, and of nothing else.
local function rateFields(asked)
  local fields = {}
  for at = 1, #asked, RATE_PARTS do
    fields[#fields + 1] = asked[at]
  end
  return fields
end

-- Whether each rate has room for all that is asked of it together.
local function ratesFit(asked, rates)
  local counted = {}
  for at = 1, #asked, RATE_PARTS do
    local field = asked[at]
    counted[field] = (counted[field] or 0) + 1
    if rates[field][1] + counted[field] > asked[at + RATE_LIMIT] then
      return false
    end
  end
  return true
end

local function countCall(slices, sliceMs)
  local start = now - now % sliceMs
  if start ~= slices[2] then
    if slices[3] > 0 then
      slices[#slices + 1], slices[#slices + 2] = slices[2], slices[3]
    end
    slices[2], slices[3] = start, 0
  end
  slices[1], slices[3] = slices[1] + 1, slices[3] + 1
end

-- How rates stand, as figures in a row: how many slices count, and when each began and how many calls are in it; minus
-- how many calls, where one more fits and nobody need know when.
local function rateStatusOf(asked, rates, whole)
  local status = {}
  for at = 1, #asked, RATE_PARTS do
    local slices = rates[asked[at]]
    if not whole and slices[1] < asked[at + RATE_LIMIT] then
      status[#status + 1] = slices[1] == 0 and 0 or 0 - slices[1]
    else
      status[#status + 1] = (#slices - 1) / 2
      for place = 4, #slices do
        status[#status + 1] = slices[place]
      end
      status[#status + 1], status[#status + 2] = slices[2], slices[3]
    end
  end
  return status
end
`;
