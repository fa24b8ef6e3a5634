import { type Money, money } from '@torii/engine';
import { callTool, type HttpAnswer, type ToolCall } from '../agent/call-tool.ts';
import { budgetOf, standingOf } from '../agent/standing.ts';
import { endingOf, lineOf } from '../agent/told-call.ts';
import { type Check, type Play, same, type Scene } from './play.ts';

const CALLS = 12;

/** A budget that runs out under parallel calls, without overspending by a cent. */
export const burst: Scene = async (play) => {
  const { timeline, stage } = play;
  const caller = { url: stage.url, token: stage.burst.token };
  const { limit } = budgetOf(await standingOf(caller), 'session');
  timeline.scene({
    title: 'A budget that runs out under parallel calls',
    why: `Another agent, burst-agent, sends ${CALLS} calls at the same moment; its session has ${limit} USD. Every call holds its money before it runs, so together they cannot spend a cent too much.`,
  });
  const answers = await atOnce(play);
  const spent = budgetOf(await standingOf(caller), 'session');
  timeline.note(
    'burst-agent',
    `spent ${spent.spent} of ${spent.limit} USD, ${spent.held} held, ${spent.left} left`,
  );
  return checks(answers, { spent: spent.spent, limit, held: spent.held });
};

async function atOnce({ timeline, stage }: Play): Promise<readonly HttpAnswer[]> {
  const names = stage.workshop.lockfile.packages.find(({ name }) => name === 'express')?.requires ?? [];
  const calls = names.slice(0, CALLS).map((name): ToolCall => ({ tool: 'licence', arguments: { name } }));
  const caller = { url: stage.url, token: stage.burst.token };
  const answered = await Promise.all(
    calls.map(async (call) => ({ call, answer: await callTool(caller, call) })),
  );
  for (const { call, answer } of answered.toSorted(byAdmission)) {
    const ending = await endingOf(stage.torii, answer);
    timeline.call({ ...lineOf(stage.burst, call, { answer, ending }), leftUsd: answer.leftUsd });
  }
  return answered.map(({ answer }) => answer);
}

/** In the order in which the calls got their holds, as the shrinking budget tells; then the denied ones. */
function byAdmission(one: { readonly answer: HttpAnswer }, other: { readonly answer: HttpAnswer }): number {
  return Number(other.answer.leftUsd ?? -1) - Number(one.answer.leftUsd ?? -1);
}

function checks(
  answers: readonly HttpAnswer[],
  { spent, limit, held }: Record<'spent' | 'limit' | 'held', string>,
): readonly Check[] {
  const allowed = answers.filter(({ status }) => status === 200);
  const price = usd(allowed[0]?.costUsd ?? '0').units;
  const fitting = price === 0n ? 0n : usd(limit).units / price;
  const denied = answers.filter(({ body }) => body['code'] === 'BUDGET_EXCEEDED');
  return [
    same('exactly as many parallel calls passed as fit', BigInt(allowed.length), fitting),
    same(
      'every other parallel call was denied for the budget',
      denied.length,
      answers.length - allowed.length,
    ),
    same('the parallel calls spent exactly their prices', usd(spent).units, price * fitting),
    same('nothing is held after the parallel calls', usd(held).units, 0n),
  ];
}

function usd(text: string): Money {
  return money(`${text} USD`);
}
