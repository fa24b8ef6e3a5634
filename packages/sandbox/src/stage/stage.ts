import { randomBytes } from 'node:crypto';
import { createEngine, type Engine, sqliteStore } from '@torii/engine';
import { policyFile, repositoryRoot, type StatePaths } from '../paths.ts';
import { makeStateFolder } from '../state-folder.ts';
import { catalogue } from '../tools/catalogue.ts';
import type { Workshop } from '../tools/paid-tool.ts';
import { openWorkshop } from '../tools/workshop.ts';
import { listen } from './listen.ts';
import { type People, people } from './people.ts';
import { type RunCounts, toolServer } from './tool-server.ts';
import { startReceiver, type WebhookReceiver } from './webhook-receiver.ts';

/** Everything that a run needs, up and listening. */
export interface Stage extends People {
  readonly torii: Engine;
  readonly workshop: Workshop;

  /** Where the tools are served. */
  readonly url: string;
  readonly receiver: WebhookReceiver;
  readonly runs: RunCounts;
  readonly paths: StatePaths;

  /** What failed in the background: webhooks, jobs. */
  readonly failures: readonly string[];

  /** Stops everything that listens, and gives up the store. */
  readonly close: () => Promise<void>;
}

type Closing = () => Promise<void>;

/** Sets a run up. What was opened before a failure is closed again; a store in use rejects with STORE_IN_USE. */
export async function openStage(paths: StatePaths): Promise<Stage> {
  const open: Closing[] = [];
  const close: Closing = async () => {
    for (const stop of open.splice(0).reverse()) await stop();
  };
  try {
    return { ...(await build(paths, open)), paths, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(paths: StatePaths, open: Closing[]): Promise<Omit<Stage, 'paths' | 'close'>> {
  makeStateFolder(paths.directory);
  const who = await people(`run-${randomBytes(4).toString('hex')}`);
  const receiver = await startReceiver();
  open.push(receiver.close);
  const { endpoint: url, secret } = receiver;
  const failures: string[] = [];
  const torii = await createEngine({
    policies: policyFile,
    store: sqliteStore(paths.database),
    identity: { issuers: [who.issuer] },
    // A demonstration on a slow disk should be slow, and not full of denials.
    storeTimeoutMs: 5_000,
    onError: (error) => void failures.push(error.message),
    egress: { allow: ['127.0.0.1'] },
    // The port changes with every run; the id keeps the place in the journal.
    webhooks: [{ id: 'inbox', url, secret, events: ['approval.created', 'approval.approved'] }],
  });
  open.push(() => torii.close());
  const workshop = await openWorkshop(repositoryRoot, paths.report);
  const runs = new Map<string, number>();
  const server = await listen(toolServer(torii, catalogue, { workshop, runs }));
  open.push(server.close);
  return { ...who, torii, workshop, receiver, runs, failures, url: server.url };
}
