import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createEgress } from '../../egress/index.ts';
import type { Approval, ApprovalStatus } from '../../nouns/approval.ts';
import type { EntryType, Event } from '../../nouns/entry.ts';
import { ToriiError } from '../../nouns/errors.ts';
import type { DeliveryState } from '../../nouns/outbox.ts';
import type { Random } from '../../nouns/random.ts';
import type { Store } from '../../nouns/store.ts';
import { memoryStore } from '../../stores/memory/memory-store.ts';
import { type FakeClock, fakeClock } from '../../testing/fake-clock.ts';
import type { WebhookEndpoint } from '../endpoints/endpoint.ts';
import type { WebhookPayload } from '../message.ts';
import { WebhookError, type WebhookProblem } from '../problem.ts';
import { type Courier, createCourier } from './courier.ts';
import type { Sent } from './sending.ts';

export const secret = 'a secret of enough letters';

/** Always the middle: the schedule without jitter. */
export const random: Random = { id: (prefix) => `${prefix}_1`, below: (below) => (below - 1) / 2 };

/** A memory store whose approvals a test plants, and whose methods fail while they are `down`. */
export interface LabStore {
  readonly store: Store;
  readonly down: Set<keyof Store>;

  /** How many entries the journal has. */
  readonly seq: () => Promise<number>;
  readonly record: (type: EntryType, facts?: Event['facts']) => Promise<number>;

  /** Records an event of a new approval; answers the place of its entry. */
  readonly happen: (type?: EntryType, status?: ApprovalStatus) => Promise<number>;
  readonly states: () => Promise<readonly DeliveryState[]>;

  /** The same data but for the places of endpoints and what is queued, as after a rebuild. */
  readonly forget: () => void;
}

/** Opens a store of its own. */
export async function labStore(clock: FakeClock): Promise<LabStore> {
  const real = await memoryStore().open({ clock });
  const planted = new Map<string, Approval>();
  const down = new Set<keyof Store>();
  let queue = real;
  let forgotten = false;
  const failing =
    <Asked extends readonly unknown[], Answer>(
      name: keyof Store,
      method: (...asked: Asked) => Promise<Answer>,
    ) =>
    async (...asked: Asked): Promise<Answer> => {
      if (down.has(name)) throw new ToriiError('STORE_UNAVAILABLE', 'the disk is full');
      return method(...asked);
    };
  const other = await memoryStore().open({ clock });
  const store: Store = {
    ...real,
    approval: failing('approval', async (id) => planted.get(id) ?? real.approval(id)),
    entries: failing('entries', (query) => real.entries(query)),
    append: failing('append', async (events) => real.append(events)),
    cursor: failing('cursor', (id) => queue.cursor(id)),
    enqueue: failing('enqueue', (id, cursor, deliveries) => queue.enqueue(id, cursor, deliveries)),
    finish: failing('finish', (id, result) => queue.finish(id, result)),
    delivery: failing('delivery', (id) => queue.delivery(id)),
    deliveries: failing('deliveries', (query) => queue.deliveries(query)),
    due: failing('due', (limit) => queue.due(limit)),
    requeue: failing('requeue', (ids, dueAt) => queue.requeue(ids, dueAt)),
    endpoints: failing('endpoints', () => real.endpoints()),
    putEndpoint: failing('putEndpoint', (endpoint, events) => real.putEndpoint(endpoint, events)),
  };
  const seq = async (): Promise<number> => (await real.entries({ afterSeq: 0, limit: 10_000 })).length;
  const record: LabStore['record'] = async (type, facts = {}) => {
    await real.append([{ type, facts }]);
    return seq();
  };
  return {
    store,
    down,
    seq,
    record,
    async happen(type = 'approval.created', status = 'pending') {
      const id = `apr_${(await seq()) + 1}`;
      planted.set(id, approvalOf(id, clock.now()));
      return record(type, { approval: id, status });
    },
    states: async () => {
      const all = await queue.deliveries({ limit: 10_000 });
      return all.map(({ state }) => state);
    },
    forget() {
      if (forgotten) throw new Error('a store is forgotten once');
      forgotten = true;
      queue = other;
    },
  };
}

export function approvalOf(id: string, at: number): Approval {
  const vote = { verdict: 'approve', comment: undefined, via: 'token' } as const;
  const quorum = { policy: 'p', escalations: [] };
  return {
    id,
    callId: 'call_1',
    policies: undefined,
    actionHash: 'a'.repeat(64),
    status: 'expired',
    quorums: [
      {
        ...quorum,
        clause: 'approvals.0',
        reason: 'large',
        require: 2,
        approvers: ['ann@a.example', 'bob@a.example'],
      },
      {
        ...quorum,
        clause: 'approvals.1',
        reason: 'trade',
        require: 1,
        approvers: ['bob@a.example', 'cy@a.example'],
      },
    ],
    votes: [
      { ...vote, approver: 'ann@a.example', at, comment: 'fine' },
      { ...vote, approver: 'bob@a.example', at: at + 1 },
    ],
    action: {
      issuer: 'https://id.example',
      tenant: 'acme',
      agent: 'bot',
      owner: 'ann',
      session: 's1',
      tool: 'trade',
      payee: { recipient: '0x1234', network: 'eip155:8453' },
      arguments: '{}',
      price: '500.00 USD',
    },
    createdAt: at,
    expiresAt: at + 3_600_000,
    resolvedAt: at + 3_600_000,
    noticed: 0,
  };
}

const couriers: Courier[] = [];
const servers: Server[] = [];

/** Closes what the tests of a file opened. */
export async function closeLab(): Promise<void> {
  await Promise.all(couriers.splice(0).map((courier) => courier.close()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}

/** A courier with its store and clock, and what the jobs of the engine would do with them. */
export interface Lab extends LabStore {
  readonly clock: FakeClock;
  readonly courier: Courier;
  readonly errors: readonly Error[];
  readonly problems: () => readonly (WebhookProblem | undefined)[];

  /** Fans out, and makes one try of everything that is due, all at once. */
  readonly round: () => Promise<readonly Sent[]>;
}

/** Puts a courier together on a store, by default a new one. */
export async function lab(
  endpoints: readonly WebhookEndpoint[],
  given: Partial<Pick<Lab, 'clock'>> & { readonly on?: LabStore; readonly onError?: () => void } = {},
): Promise<Lab> {
  const { clock = fakeClock() } = given;
  const on = given.on ?? (await labStore(clock));
  const errors: Error[] = [];
  const onError = given.onError ?? ((error: Error) => void errors.push(error));
  const known = endpoints.map(({ url, secret: key, events, id }) => ({
    url,
    secret: key,
    ...(events === undefined ? {} : { events }),
    ...(id === undefined ? {} : { id }),
  }));
  const egress = createEgress({ clock, allow: ['127.0.0.1'] });
  const courier = createCourier({ endpoints: known, egress, clock, random, onError });
  couriers.push(courier);
  return {
    ...on,
    clock,
    courier,
    errors,
    problems: () => errors.map((error) => (error instanceof WebhookError ? error.problem : undefined)),
    async round() {
      await courier.fanOut(on.store, new AbortController().signal);
      const due = await on.store.due(10_000);
      return Promise.all(due.map(({ id }) => courier.send(on.store, id, new AbortController().signal)));
    },
  };
}

/** A request as it arrived. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers the request number `count`. */
export type Reply = (response: ServerResponse, count: number) => void;

/** Answers with a status and nothing else. */
export const status =
  (code: number, headers: Record<string, string> = {}): Reply =>
  (response) =>
    void response.writeHead(code, headers).end();

/** Never answers. */
export const silence: Reply = () => undefined;

/** A server that is also the endpoint which names it. */
export interface Receiver extends WebhookEndpoint {
  readonly received: Received[];
  readonly server: Server;
  reply: Reply;
}

/** Listens on this machine. `closeLab` closes it. */
export async function receiver(reply: Reply, options: Partial<WebhookEndpoint> = {}): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      opened.reply(response, received.length);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/hook`;
  const opened: Receiver = { url, secret, ...options, received, server, reply };
  return opened;
}

/** What a request tells. */
export function payloadOf(received: Received | undefined): WebhookPayload {
  return JSON.parse(received?.body ?? '{}') as WebhookPayload;
}

/** Lets I/O run until the condition holds; the timeout of the test is the limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
