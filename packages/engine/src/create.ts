import { approvalsOf } from './approvals.ts';
import { compilePolicies, readPolicyFile } from './decide/index.ts';
import { authorize, guard, prepare, preview } from './engine.ts';
import { createIdentity } from './identify/index.ts';
import { startSweeper } from './jobs/sweeper.ts';
import { assetTable } from './nouns/asset.ts';
import type { Engine } from './nouns/engine.ts';
import type { Store } from './nouns/store.ts';
import { agentsOf, callsOf, healthOf, journalOf } from './operate.ts';
import { type EngineOptions, type Settings, settingsOf } from './options.ts';
import type { Parts } from './parts.ts';
import { countRefusals } from './record/refusals.ts';
import { bounded } from './settle/permit.ts';
import { createDispatcher } from './webhooks/dispatcher.ts';

/**
 * Puts an engine together: validates every option, opens the store, records which policies it enforces and starts the
 * workers. Throws for a mistake in the options or policies, and when the store cannot be opened.
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const settings = settingsOf(options);
  const { clock } = settings;
  const assets = assetTable(settings.assets);
  const documents =
    typeof settings.policies === 'string' ? await readPolicyFile(settings.policies) : settings.policies;
  const policies = compilePolicies(documents, assets);
  const identity = await createIdentity(settings.identity, clock);
  const store = await settings.store.open({ clock });
  try {
    const enforced = policies.references.map(({ id, version, hash }) => `${id}@${version}#${hash}`);
    await store.append([{ type: 'engine.started', facts: { policies: enforced } }]);
    const workers = await startWorkers(store, settings);
    const refusals = countRefusals(store, clock);
    return engineOf(
      { ...settings, identity, policies, assets, store, refusals, wake: workers.wake },
      workers.close,
    );
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function startWorkers(
  store: Store,
  settings: Settings,
): Promise<{ wake: () => void; close: () => Promise<void> }> {
  const { webhooks, clock, random, onError } = settings;
  const dispatcher = createDispatcher({ store, endpoints: webhooks, clock, random, onError });
  const sweeper = startSweeper({ store, clock, onError, swept: () => dispatcher.wake() });
  await dispatcher.enroll();
  dispatcher.start();
  const close = async (): Promise<void> => {
    await Promise.all([sweeper.close(), dispatcher.close()]);
  };
  return { wake: () => dispatcher.wake(), close };
}

function engineOf(parts: Parts, stopWorkers: () => Promise<void>): Engine {
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await stopWorkers();
    await parts.refusals.flush();
    await parts.store.close();
  };
  return {
    decide: (request) => preview(parts, request),
    prepare: (request) => prepare(parts, request),
    authorize: (request) => authorize(parts, request),
    guard: (request, run, options) => guard(parts, request, { run, options }),
    approvals: approvalsOf(parts),
    agents: agentsOf(parts),
    calls: callsOf(parts),
    budgets: { unfreeze: (key, note) => parts.store.unfreeze(key, { note: bounded(note) }) },
    policies: parts.policies.references,
    journal: journalOf(parts),
    health: () => healthOf(parts),
    close: () => (closing ??= close()),
  };
}
