import { type AgentStatus, formatCurrency } from '@torii/engine';
import { budgetOf, type BudgetLine, standingOf } from '../agent/standing.ts';
import { forge } from '../journal/forgery.ts';
import { readJournal } from '../journal/read-journal.ts';
import { sumsOf } from '../journal/sums.ts';
import { verifyEntries } from '../journal/verify-entries.ts';
import type { Actor } from '../stage/people.ts';
import { type Check, type Play, same } from './play.ts';

/** A budget at the end of the run. */
export interface FinalBudget extends BudgetLine {
  readonly agent: string;
}

/** The journal at the end of the run. */
export interface FinalJournal {
  readonly entries: number;
  readonly head: string;

  /** Where a changed entry was found out, in a copy. */
  readonly forgedSeq: number | undefined;
}

/** What is left when the work is done. */
export interface Closing {
  readonly budgets: readonly FinalBudget[];
  readonly journal: FinalJournal;
  readonly checks: readonly Check[];
}

const DAY_MS = 86_400_000;

/** Reads the budgets and the journal, adds the one up from the other, and shows that a forged copy is found out. */
export async function closing(play: Play): Promise<Closing> {
  const { timeline, stage } = play;
  timeline.scene({
    title: 'The record',
    why: 'Everything above is in the journal: every hold, denial, approval and settlement, each entry linked to the one before it by its hash.',
  });
  const budgets = (
    await Promise.all([stage.reporter, stage.burst].map((actor) => budgetsOf(play, actor)))
  ).flat();
  const verified = await stage.torii.journal.verify();
  const head = verified.kind === 'intact' ? verified.head : '';
  const entries = verified.kind === 'intact' ? verified.entries : 0;
  timeline.note(
    'journal',
    verified.kind === 'intact' ? `intact: ${entries} entries, head ${head}` : verified.message,
  );
  const added = await sums(play);
  const forged = await forgery(play, head);
  return {
    budgets,
    journal: { entries, head, forgedSeq: forged.seq },
    checks: [
      same('nothing failed in the background', stage.failures.join('; '), ''),
      same('the journal is intact', verified.kind, 'intact'),
      ...added,
      ...forged.checks,
    ],
  };
}

async function budgetsOf({ stage }: Play, actor: Actor): Promise<readonly FinalBudget[]> {
  const standing = await standingOf({ url: stage.url, token: actor.token });
  return [budgetOf(standing, 'session'), budgetOf(standing, 'agent')].map((budget) => ({
    agent: actor.agent,
    ...budget,
  }));
}

async function sums({ stage, timeline }: Play): Promise<readonly Check[]> {
  const spentOf = sumsOf(await readJournal(stage.torii.journal));
  const standings = await Promise.all(
    [stage.reporter, stage.burst].map(({ token }) => stage.torii.agents.status(token)),
  );
  const budgets = standings.flatMap((status) =>
    status.kind === 'status' ? status.budgets.map((budget) => ({ ...budget, agent: status.agent })) : [],
  );
  const checks = budgets.map((budget) => {
    const what = `the journal adds up to what ${budget.agent} spent (${budget.scope}, ${budget.window})`;
    return same(
      what,
      formatCurrency(spentOf(budget.key, startOf(budget)), budget.currency),
      formatCurrency(budget.spent, budget.currency),
    );
  });
  const right = checks.filter(({ holds }) => holds).length;
  timeline.note(
    'journal',
    `adding up its settlements gives the spent amount of ${right} of ${budgets.length} budgets`,
  );
  return checks;
}

function startOf({ resetsAt }: AgentStatus['budgets'][number]): number {
  return resetsAt === undefined ? 0 : resetsAt - DAY_MS;
}

async function forgery(
  { stage, timeline }: Play,
  head: string,
): Promise<{ seq: number | undefined; checks: readonly Check[] }> {
  const ours = timeline.events.flatMap((event) =>
    event.kind === 'call' && event.callId !== undefined ? [event.callId] : [],
  );
  const entries = await readJournal(stage.torii.journal);
  const forged = forge(entries, new Set(ours));
  if (forged === undefined)
    return { seq: undefined, checks: [same('there was an entry to forge', false, true)] };

  const { seq, from, to } = forged;
  const [careless, careful, complete] = [forged.careless, forged.careful, forged.complete].map(verifyEntries);
  timeline.note('forger', `in a copy, entry ${seq} says ${to} instead of ${from}: ${messageOf(careless)}`);
  timeline.note('forger', `with a new hash for entry ${seq}: ${messageOf(careful)}`);
  const end =
    complete?.kind === 'intact'
      ? `head ${complete.head.slice(0, 12)}... instead of ${head.slice(0, 12)}...`
      : 'broken';
  timeline.note('forger', `with every later hash written anew: ${end}; keep the head elsewhere`);
  return {
    seq,
    checks: [
      same('a stranger finds the journal intact', verifyEntries(entries).kind, 'intact'),
      same('a changed entry is found out', careless?.kind === 'broken' && careless.seq, seq),
      same(
        'a changed entry with a fitting hash is found out',
        careful?.kind === 'broken' && careful.seq,
        seq + 1,
      ),
      same(
        'a journal written anew ends in another head',
        complete?.kind === 'intact' && complete.head !== head,
        true,
      ),
    ],
  };
}

function messageOf(found: ReturnType<typeof verifyEntries> | undefined): string {
  return found?.kind === 'broken' ? found.message : 'not found out';
}
