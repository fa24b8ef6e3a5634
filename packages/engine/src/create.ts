import { approvalsOf } from './approvals.ts';
import { within } from './deadline.ts';
import { authorize, guard, prepare, preview } from './engine.ts';
import { createIdentity } from './identify/index.ts';
import { startSweeper } from './jobs/sweeper.ts';
import { assetTable } from './nouns/asset.ts';
import type { Engine } from './nouns/engine.ts';
import { isStored } from './nouns/policy-source.ts';
import type { Store } from './nouns/store.ts';
import { agentsOf, callsOf, healthOf, journalOf } from './operate.ts';
import { type EngineOptions, type Settings, settingsOf } from './options.ts';
import type { Parts } from './parts.ts';
import { LivePolicies } from './policies/live.ts';
import { loadDocuments, startOf } from './policies/loaded.ts';
import { policiesOf } from './policies/operations.ts';
import { readSource } from './policies/read-source.ts';
import { sourceOf } from './policies/source.ts';
import { countRefusals } from './record/refusals.ts';
import { bounded } from './settle/permit.ts';
import { underWay } from './settle/under-way.ts';
import { createDispatcher } from './webhooks/dispatcher.ts';

/**
 * Puts an engine together: validates every option, opens the store, records which policies it enforces and starts the
 * workers. Throws for a mistake in the options or policies, and when the store cannot be opened.
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const settings = settingsOf(options);
  const { clock } = settings;
  const assets = assetTable(settings.assets);
  const source = sourceOf(settings.policies);
  // What comes from a source is checked before anything is opened.
  if (!isStored(source)) loadDocuments(await readSource(source, clock), assets);
  const identity = await createIdentity(settings.identity, clock);
  const store = await settings.store.open({ clock });
  let live: LivePolicies | undefined;
  try {
    live = await LivePolicies.open({ ...settings, source, assets, store });
    const workers = workersOf(store, live, settings);
    const facts = { ...startOf(live.policies), mode: settings.mode };
    await store.append([{ type: 'engine.started', facts }]);
    await live.start();
    await workers.start();
    const parts = { ...settings, identity, live, assets, store, wake: () => workers.wake() };
    return engineOf(parts, { workers, closeTimeoutMs: settings.closeTimeoutMs });
  } catch (error) {
    await live?.close();
    await store.close();
    throw error;
  }
}

/** What works in the background: it expires holds and approvals, and sends webhooks. */
interface Workers {
  start(): Promise<void>;
  wake(): void;
  close(): Promise<void>;
}

function workersOf(
  store: Store,
  live: LivePolicies,
  { webhooks, clock, random, onError }: Settings,
): Workers {
  const dispatcher = createDispatcher({ store, endpoints: webhooks, clock, random, onError });
  let sweeper: { close(): Promise<void> } | undefined;
  return {
    async start() {
      await dispatcher.enroll();
      dispatcher.start();
      sweeper = startSweeper({ store, clock, onError, swept: () => dispatcher.wake() });
    },
    wake: () => dispatcher.wake(),
    async close() {
      await Promise.all([sweeper?.close(), dispatcher.close(), live.close()]);
    },
  };
}

function engineOf(
  made: Omit<Parts, 'underWay' | 'refusals' | 'closing'>,
  { workers, closeTimeoutMs }: { readonly workers: Workers; readonly closeTimeoutMs: number },
): Engine {
  let closing: Promise<void> | undefined;
  const { store, clock } = made;
  const calls = underWay();
  const refusals = countRefusals(store, clock);
  const parts: Parts = { ...made, refusals, underWay: calls, closing: () => closing !== undefined };
  const close = async (): Promise<void> => {
    const inTime = (work: Promise<void>): Promise<void> =>
      within(clock, closeTimeoutMs, work).catch(made.onError);
    // What still runs when the time is up becomes unresolved later; its money stays held.
    await within(clock, closeTimeoutMs, calls.idle()).catch(() => undefined);
    await inTime(workers.close());
    await inTime(refusals.flush());
    await inTime(store.close());
  };
  return {
    decide: (request) => preview(parts, request),
    prepare: (request) => prepare(parts, request),
    authorize: (request) => authorize(parts, request),
    guard: (request, run, options) => guard(parts, request, { run, options: options ?? undefined }),
    approvals: approvalsOf(parts),
    agents: agentsOf(parts),
    calls: callsOf(parts),
    budgets: { unfreeze: (key, note) => parts.store.unfreeze(key, { note: bounded(note) }) },
    policies: policiesOf(parts.live, store),
    journal: journalOf(parts),
    health: () => healthOf(parts),
    close: () => (closing ??= close()),
  };
}
