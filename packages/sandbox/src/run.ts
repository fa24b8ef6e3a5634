import { money } from '@torii/engine';
import { type Conversation, startConversation } from './agent/agent.ts';
import type { Script } from './agent/script.ts';
import { budgetOf, standingOf } from './agent/standing.ts';
import { dollars } from './dollars.ts';
import type { StatePaths } from './paths.ts';
import { agentPolicy } from './scenes/agent-policy.ts';
import { approval, approvalScript } from './scenes/approval.ts';
import { burst } from './scenes/burst.ts';
import { closing, type FinalBudget, type FinalJournal } from './scenes/closing.ts';
import { measuring, measuringScript } from './scenes/measuring.ts';
import { blankNotes } from './scenes/notes.ts';
import { type Check, type Play, type Scene } from './scenes/play.ts';
import {
  failure,
  failureScript,
  forbidden,
  forbiddenScript,
  rateLimit,
  rateScript,
} from './scenes/refusals.ts';
import { reportChecks } from './scenes/report-checks.ts';
import { research, researchScript } from './scenes/research.ts';
import { openStage, type Stage } from './stage/stage.ts';
import type { TimelineEvent } from './timeline/event.ts';
import { startTimeline, type Timeline } from './timeline/timeline.ts';
import { catalogue } from './tools/catalogue.ts';

/** What a run is given. */
export interface RunOptions {
  readonly paths: StatePaths;

  /** Given every event as it happens. */
  readonly tell: (event: TimelineEvent) => void;

  /** Key of a real model. @default a scripted one */
  readonly apiKey?: string | undefined;

  /** Name of the real model. @default "gpt-5.4-mini" */
  readonly modelName?: string | undefined;

  /** Waited for before the stage is closed. @default nothing */
  readonly linger?: ((stage: Stage, report: RunReport) => Promise<void>) | undefined;
}

/** Everything that a run did and proved. */
export interface RunReport {
  readonly ok: boolean;
  readonly model: string;
  readonly session: string;

  /** What earlier runs spent of the agent's budget for the day, in USD. */
  readonly spentEarlierTodayUsd: string;
  readonly events: readonly TimelineEvent[];
  readonly budgets: readonly FinalBudget[];
  readonly journal: FinalJournal;
  readonly report: string;
  readonly database: string;
  readonly checks: readonly Check[];
}

/** The day's budget has too little left for a run. */
export class DayBudgetSpent extends Error {
  override readonly name = 'DayBudgetSpent';
}

const SCENES: readonly Scene[] = [
  research,
  measuring,
  forbidden,
  rateLimit,
  failure,
  burst,
  approval,
  agentPolicy,
];

/** Runs the demonstration once, from an empty stage to a closed one. Rejects with STORE_IN_USE or DayBudgetSpent. */
export async function runDemonstration(options: RunOptions): Promise<RunReport> {
  const stage = await openStage(options.paths);
  try {
    const spentEarlierTodayUsd = await spentEarlier(stage);
    const timeline = startTimeline(options.tell);
    const play = { stage, timeline, conversation: converse(stage, timeline, options) };
    begin(play, spentEarlierTodayUsd);
    const report = { ...(await perform(play)), spentEarlierTodayUsd };
    await options.linger?.(stage, report);
    return report;
  } finally {
    await stage.close();
  }
}

async function perform(play: Play): Promise<Omit<RunReport, 'spentEarlierTodayUsd'>> {
  const { stage, timeline, conversation } = play;
  const proved: Check[] = [];
  for (const scene of SCENES) proved.push(...(await scene(play)));
  const { budgets, journal, checks: closed } = await closing(play);
  const checks = [...proved, ...(await reportChecks(play)), ...closed];
  return {
    ok: checks.every(({ holds }) => holds),
    model: conversation.model,
    session: stage.reporter.session,
    events: timeline.events,
    budgets,
    journal,
    report: stage.paths.report,
    database: stage.paths.database,
    checks,
  };
}

function begin({ timeline, stage, conversation }: Play, spentEarlierTodayUsd: string): void {
  timeline.note(
    'torii',
    `guards ${catalogue.length} HTTP tools at ${stage.url}; session ${stage.reporter.session}; ${conversation.model} model`,
  );
  timeline.note(
    'torii',
    `spent today by earlier runs of ${stage.reporter.agent}: ${spentEarlierTodayUsd} USD`,
  );
  timeline.note('task', "write a licence and size report of this repository's dependencies and publish it");
}

function converse(stage: Stage, timeline: Timeline, { apiKey, modelName }: RunOptions): Conversation {
  const { torii, url, reporter } = stage;
  const choice = { apiKey, name: modelName ?? 'gpt-5.4-mini', script: wholeScript() };
  return startConversation({ torii, url, timeline }, reporter, { tools: catalogue, choice });
}

/** The parts of the script, in the order in which the scenes ask for them. */
function* wholeScript(): Script {
  const notes = blankNotes();
  yield* researchScript(notes);
  yield* measuringScript(notes);
  yield* forbiddenScript(notes);
  yield* rateScript(notes);
  yield* failureScript(notes);
  yield* approvalScript(notes);
}

async function spentEarlier({ url, reporter }: Stage): Promise<string> {
  const standing = await standingOf({ url, token: reporter.token });
  const [session, day] = [budgetOf(standing, 'session'), budgetOf(standing, 'agent')];
  if (money(`${day.left} USD`).units < money(`${session.limit} USD`).units) {
    throw new DayBudgetSpent(
      `${reporter.agent} has ${day.left} USD left today of ${day.limit}, and one run may cost ${session.limit}: earlier runs spent the rest`,
    );
  }
  return dollars(day.spent);
}
