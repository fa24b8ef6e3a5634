import { approvalsOf } from './approvals.ts';
import { carveOutsOf } from './carve-outs.ts';
import { within } from './deadline.ts';
import { CarveOutCurrencies } from './delegated.ts';
import { authorize, guard, prepare, preview } from './engine.ts';
import { createIdentity } from './identify/index.ts';
import { assetTable } from './nouns/asset.ts';
import type { Engine } from './nouns/engine.ts';
import { isStored } from './nouns/policy-source.ts';
import type { Store } from './nouns/store.ts';
import { agentsOf, budgetsOf, callsOf, healthOf, journalOf } from './operate.ts';
import { type EngineOptions, settingsOf } from './options.ts';
import type { Parts } from './parts.ts';
import { LivePolicies } from './policies/live.ts';
import { loadDocuments, startOf } from './policies/loaded.ts';
import { policiesOf } from './policies/operations.ts';
import { readSource } from './policies/read-source.ts';
import { sourceOf } from './policies/source.ts';
import { countRefusals } from './record/refusals.ts';
import { revocationsOf } from './revocations.ts';
import { underWay } from './settle/under-way.ts';
import { withdrawals } from './settle/withdrawals.ts';
import { walletsOf } from './wallets.ts';
import { type Workers, workersOf } from './workers.ts';

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
  let workers: Workers | undefined;
  try {
    live = await LivePolicies.open({ ...settings, source, assets, store });
    const working = workersOf(store, { ...settings, assets });
    workers = working;
    const facts = { ...startOf(live.policies), mode: settings.mode };
    // Webhooks that no store has seen yet begin after this entry, in the journal of each tenant.
    for (const each of await store.all()) await each.append([{ type: 'engine.started', facts }]);
    await live.start();
    await working.start();
    const carveOuts = new CarveOutCurrencies(clock);
    const wake = (each: Store): void => working.wake(each);
    const parts = { ...settings, identity, live, assets, store, carveOuts, wake };
    return engineOf(parts, { workers: working, closeTimeoutMs: settings.closeTimeoutMs });
  } catch (error) {
    await workers?.close();
    await live?.close();
    await store.close();
    throw error;
  }
}

function engineOf(
  made: Omit<Parts, 'underWay' | 'withdrawals' | 'refusals' | 'closing'>,
  { workers, closeTimeoutMs }: { readonly workers: Workers; readonly closeTimeoutMs: number },
): Engine {
  let closing: Promise<void> | undefined;
  const { store, clock, live } = made;
  const calls = underWay();
  const refusals = countRefusals(store, clock);
  const parts: Parts = {
    ...made,
    refusals,
    underWay: calls,
    withdrawals: withdrawals({ ...made, underWay: calls }),
    closing: () => closing !== undefined,
  };
  const close = async (): Promise<void> => {
    const inTime = (work: Promise<void>): Promise<void> =>
      within(clock, closeTimeoutMs, work).catch(made.onError);
    // What still runs when the time is up becomes unresolved later; its money stays held.
    await within(clock, closeTimeoutMs, calls.idle()).catch(() => undefined);
    await inTime(Promise.all([workers.close(), live.close()]).then(() => undefined));
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
    budgets: budgetsOf(parts),
    revocations: revocationsOf(parts),
    wallets: walletsOf(parts),
    carveOuts: carveOutsOf(parts),
    policies: policiesOf(live, store),
    journal: journalOf(parts),
    health: () => healthOf(parts),
    close: () => (closing ??= close()),
  };
}
