import { approvalsOf } from './operators/approvals.ts';
import { carveOutsOf } from './operators/carve-outs.ts';
import { within } from './nouns/deadline.ts';
import { CarveOutCurrencies } from './delegated.ts';
import { createEgress } from './egress/index.ts';
import { authorize, guard, prepare, preview } from './engine.ts';
import { createIdentity, createLinks } from './identify/index.ts';
import { assetTable } from './nouns/asset.ts';
import type { Engine } from './nouns/engine.ts';
import { isStored } from './nouns/policy-source.ts';
import { promiseOf } from './nouns/steps.ts';
import type { Store } from './nouns/store.ts';
import { agentsOf, budgetsOf, callsOf, healthOf, journalOf } from './operators/operate.ts';
import { type EngineOptions, settingsOf } from './options.ts';
import type { Parts } from './parts.ts';
import { LivePolicies } from './policies/live.ts';
import { loadDocuments, startOf } from './policies/loaded.ts';
import { policiesOf } from './policies/operations.ts';
import { readSource } from './policies/read-source.ts';
import { sourceOf } from './policies/source.ts';
import { countRefusals } from './record/refusals.ts';
import { revocationsOf } from './operators/revocations.ts';
import { underWay } from './settle/under-way.ts';
import { withdrawals } from './settle/withdrawals.ts';
import { walletsOf } from './operators/wallets.ts';
import { type WebhookParts, webhooksOf } from './operators/webhooks.ts';
import { Watchers } from './waiting.ts';
import { createCourier } from './webhooks/sending/courier.ts';
import { openWorkers, type Workers } from './workers.ts';

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
  const links = settings.approvalLinks && (await createLinks(settings.approvalLinks, settings));
  const identity = await createIdentity(settings.identity, clock, links);
  const egress = createEgress({ ...settings.egress, clock });
  const courier = createCourier({ ...settings, endpoints: settings.webhooks, egress });
  const store = await settings.store.open({ clock });
  let live: LivePolicies | undefined;
  let workers: Workers | undefined;
  try {
    const written = (): void => workers?.wake(store);
    live = await LivePolicies.open({ ...settings, source, assets, store, written });
    const facts = { ...startOf(live.policies), mode: settings.mode };
    const recordStart = async (each: Store): Promise<void> =>
      each.append([{ type: 'engine.started', facts }]);
    const working = await openWorkers({ ...settings, assets, store, courier, recordStart });
    workers = working;
    await working.start();
    await live.start();
    const carveOuts = new CarveOutCurrencies(clock);
    const wake = (each: Store): void => working.wake(each);
    const revive: WebhookParts['revive'] = (each, deliveries) => working.revive(each, deliveries);
    const parts = {
      ...settings,
      identity,
      links,
      live,
      assets,
      store,
      carveOuts,
      wake,
      courier,
      egress,
      revive,
    };
    return engineOf(parts, { workers: working, closeTimeoutMs: settings.closeTimeoutMs });
  } catch (error) {
    await workers?.close();
    await live?.close();
    await store.close();
    throw error;
  }
}

/** What an engine is made of that was opened. */
type Made = Omit<Parts, 'underWay' | 'withdrawals' | 'watchers' | 'refusals' | 'closing'> & WebhookParts;

function engineOf(
  made: Made,
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
    watchers: new Watchers(),
    closing: () => closing !== undefined,
  };
  const close = async (): Promise<void> => {
    const inTime = (work: Promise<void>): Promise<void> =>
      within(clock, closeTimeoutMs, work).catch(made.onError);
    // Jobs are given back at once, so that another process does them while calls here still run.
    const workersClosed = inTime(workers.close());
    // What still runs when the time is up becomes unresolved later; its money stays held.
    await within(clock, closeTimeoutMs, calls.idle()).catch(() => undefined);
    await Promise.all([workersClosed, inTime(live.close())]);
    await inTime(refusals.flush());
    await inTime(store.close());
  };
  return {
    decide: (request) => promiseOf(preview(parts, request)),
    prepare: (request, options) => promiseOf(prepare(parts, request, options ?? undefined)),
    authorize: (request, options) => promiseOf(authorize(parts, request, options ?? undefined)),
    guard: (request, run, options) =>
      promiseOf(guard(parts, request, { run, options: options ?? undefined })),
    approvals: approvalsOf(parts),
    people: { identify: (credential) => parts.identity.person(credential) },
    agents: agentsOf(parts),
    calls: callsOf(parts),
    budgets: budgetsOf(parts),
    revocations: revocationsOf(parts),
    wallets: walletsOf(parts),
    webhooks: webhooksOf(made),
    carveOuts: carveOutsOf(parts),
    policies: policiesOf(live, store),
    journal: journalOf(parts),
    health: () => healthOf(parts),
    close: () => {
      closing ??= close();
      // The calls of those who wait for people go on waiting; they themselves are told now.
      parts.watchers.tellAll();
      return closing;
    },
  };
}
