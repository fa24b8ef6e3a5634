/** How several steps of one script are taken one after the other, each answered by itself. */
export const EACH_PART = String.raw`
-- Takes steps of 'values' values each, from 4 on, and answers how many values each is answered, and these, in one list:
-- lists in a list take Redis longer to answer. One that fails is answered that it failed, and the others are as they would
-- be without it. 'finally' is called before the answer where there is one.
local function answerEach(values, step, finally)
  local answers, count = { 'answers', 0, 0 }, 3
  for base = 4, #ARGV, values do
    local done, told = pcall(step, base)
    if not done then
      told = { 'failed', 0 }
    end
    told[2] = seq
    answers[count + 1] = #told
    for place = 1, #told do
      answers[count + 1 + place] = told[place]
    end
    count = count + 1 + #told
  end
  if finally then
    finally()
  end
  return answer(answers)
end
`;
