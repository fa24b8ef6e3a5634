/** How several steps of one script are taken one after the other, each answered by itself. */
export const EACH_PART = String.raw`
-- Takes steps of 'values' values each, from 4 on, and answers how many values each is answered, and these, in one list:
-- lists in a list take Redis longer to answer. A step answers a list, or puts its values into that of all, behind the first
-- 'before', and answers how many. One that fails is answered that it failed, and the others are as they would be without
-- it. 'finally' is called before the answer where there is one.
local function answerEach(values, step, finally)
  local answers, before = { 'answers', 0, 0 }, 3
  for base = 4, #ARGV, values do
    before = before + 1
    answers[before] = 0
    local done, told = pcall(step, base, answers, before)
    if not done then
      told = { 'failed', 0 }
    end
    local count = told
    if type(told) == 'table' then
      count = #told
      for place = 1, count do
        answers[before + place] = told[place]
      end
    end
    answers[before], answers[before + 2], before = count, seq, before + count
  end
  if finally then
    finally()
  end
  return answer(answers)
end
`;
