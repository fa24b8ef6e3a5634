/**
 * A process that guards calls until it dies. What it was told and what its tools did it says on stdout before it goes
 * on, one line each: `effect <name> <call id>` for a tool that ran, else the kind of the outcome.
 */
import { writeSync } from 'node:fs';
import {
  createEngine,
  type Engine,
  OutcomeUnknownError,
  type Outcome,
  signAgentToken,
  signApproverToken,
  type Store,
} from '@torii/engine';
import { AGENT } from '../suite/asking.ts';
import { brokenWorkers } from './broken-workers.ts';
import {
  APPROVER,
  CALLS_PER_RUN,
  type Errand,
  issuer,
  policy,
  WEBHOOK_SECRET,
  type Work,
  workOf,
} from './errand.ts';
import { storeAt } from './place.ts';
import { pointed, reaper } from './points.ts';

const WORKERS = 6;
const PATIENCE_MS = 10_000;

const errand = JSON.parse(process.argv[2] ?? '') as Errand;
const reach = errand.death === undefined ? (): void => undefined : reaper(errand.death);
const bug = brokenWorkers.get(errand.broken ?? '');

function say(...words: readonly string[]): void {
  writeSync(1, `${words.join(' ')}\n`);
}

let store: Store | undefined;
const torii = await createEngine({
  policies: [policy],
  store: {
    async open(context) {
      const sound = await storeAt(errand.store).open(context);
      await bug?.opened?.(sound);
      store = pointed(bug?.breaking?.(sound) ?? sound, reach);
      return store;
    },
  },
  identity: { issuers: [issuer] },
  egress: { allow: ['127.0.0.1'] },
  webhooks: [{ id: 'proof', url: errand.webhook, secret: WEBHOOK_SECRET }],
  storeTimeoutMs: PATIENCE_MS,
});

const terms = { ...issuer, expiresInSeconds: 3_600 };
const { agent, owner, session, tenant } = AGENT;
const credential = await signAgentToken({ ...terms, agent, owner, session, tenant });
const approver = await signApproverToken({ ...terms, approver: APPROVER });

const calls = [...errand.again, errand.run].flatMap((run) =>
  Array.from({ length: CALLS_PER_RUN }, (_, index) => ({ name: `${run}.${index}`, work: workOf(index) })),
);
let next = 0;
await Promise.all(
  Array.from({ length: WORKERS }, async () => {
    for (let call = calls[next++]; call !== undefined; call = calls[next++]) {
      await carryOut(torii, call);
      if (next % 5 === 0) await everywhere((each) => each.expire(20));
    }
  }),
);
await deliveredAll();
await torii.close();
say('finished');

interface Task {
  readonly name: string;
  readonly work: Work;
}

async function carryOut(engine: Engine, { name, work }: Task): Promise<void> {
  const first = await guarded(engine, { name, work });
  if (first.kind !== 'waiting') return tell(name, first);
  tell(name, first);
  const { id: approvalId, actionHash } = first.approval;
  const decision = await engine.approvals.decide({
    credential: approver,
    approvalId,
    actionHash,
    verdict: 'approve',
  });
  if (decision.kind === 'counted') say('voted', name, first.callId);
  tell(name, await guarded(engine, { name, work }));
}

function guarded(engine: Engine, { name, work }: Task): Promise<Outcome<string>> {
  const request = {
    credential,
    framework: 'proof',
    tool: work === 'asks' ? 'ask' : work === 'forbidden' ? 'burn' : 'work',
    arguments: { name },
    price: '0.07 USD',
    idempotencyKey: `${bug?.forgetsNames === true ? `${process.pid}-` : ''}${name}`,
  };
  const charged = work === 'pays-less' ? { charged: () => '0.02 USD' } : {};
  return engine.guard(
    request,
    async (permit) => {
      reach('before effect');
      say('effect', name, permit.call.id);
      reach('after effect');
      await new Promise((resolve) => setImmediate(resolve));
      if (work === 'fails') throw new Error('the tool failed');
      if (work === 'loses') throw new OutcomeUnknownError('nobody knows');
      return 'worked';
    },
    charged,
  );
}

function tell(name: string, outcome: Outcome<string>): void {
  const callId = 'callId' in outcome ? (outcome.callId ?? '-') : '-';
  // What is not written yet was not promised: the hold stays until it is.
  if (outcome.kind === 'done' && outcome.charged === undefined) return;
  if (outcome.kind === 'failed' && !outcome.released) return;
  say(outcome.kind === 'denied' ? `denied:${outcome.code}` : outcome.kind, name, callId);
}

/** Asks the store of every tenant. */
async function everywhere<T>(step: (each: Store) => Promise<T>): Promise<readonly T[]> {
  return Promise.all(((await store?.all()) ?? []).map(step));
}

/** Waits until nothing is queued for the endpoint any more. */
async function deliveredAll(): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (let quiet = 0; quiet < 4 && performance.now() < untilMs;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const due = await everywhere((each) => each.nextDue());
    quiet = due.every((dueAt) => dueAt === undefined) ? quiet + 1 : 0;
  }
}
