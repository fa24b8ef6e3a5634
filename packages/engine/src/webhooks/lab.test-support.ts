import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Approval, ApprovalStatus } from '../nouns/approval.ts';
import type { Clock } from '../nouns/clock.ts';
import { sha256 } from '../nouns/digest.ts';
import type { Entry, EntryType } from '../nouns/entry.ts';
import { ToriiError } from '../nouns/errors.ts';
import type { Delivery, Outbox } from '../nouns/outbox.ts';
import type { Journal } from '../nouns/store.ts';
import type { WebhookEndpoint } from './endpoint.ts';
import type { WebhookStore } from './fan-out.ts';

export const secret = 'a secret of enough letters';

type Queued = Delivery & { readonly state: 'queued' | 'delivered' | 'gave-up' };

/** The part of a store that webhooks need, in memory. Methods named in `down` reject. */
export class FakeStore implements WebhookStore {
  readonly queue = new Map<string, Queued>();
  readonly journal: Entry[] = [];
  readonly down = new Set<keyof WebhookStore>();
  asked = 0;
  readonly #approvals = new Map<string, Approval>();
  readonly #cursors = new Map<string, number>();

  constructor(readonly clock: Clock) {}

  record(type: EntryType, facts: Entry['facts'] = {}): Entry {
    const previous = this.journal.at(-1)?.hash ?? '0'.repeat(64);
    const seq = this.journal.length + 1;
    const entry = { type, facts, seq, previous, at: this.clock.now(), hash: sha256(`${previous}${seq}`) };
    this.journal.push(entry);
    return entry;
  }

  /** Records an event of a new approval. */
  happen(type: EntryType = 'approval.created', status: ApprovalStatus = 'pending'): Entry {
    const approval = approvalOf(`apr_${this.journal.length + 1}`, this.clock.now());
    this.#approvals.set(approval.id, approval);
    return this.record(type, { approval: approval.id, status });
  }

  states(): readonly string[] {
    return [...this.queue.values()].map(({ state }) => state);
  }

  cursor(endpoint: string): Promise<number> {
    return this.#answer('cursor', () => this.#cursors.get(endpoint) ?? 0);
  }

  entries({ afterSeq, limit, types }: Parameters<Journal['entries']>[0]): Promise<readonly Entry[]> {
    const wanted = ({ seq, type }: Entry) => seq > afterSeq && (types === undefined || types.includes(type));
    return this.#answer('entries', () => this.journal.filter(wanted).slice(0, limit));
  }

  approval(id: string): Promise<Approval | undefined> {
    return this.#answer('approval', () => this.#approvals.get(id));
  }

  enqueue(endpoint: string, cursor: number, deliveries: readonly Delivery[]): Promise<void> {
    return this.#answer('enqueue', () => {
      this.#cursors.set(endpoint, Math.max(cursor, this.#cursors.get(endpoint) ?? 0));
      for (const delivery of deliveries) {
        if (!this.queue.has(delivery.id)) this.queue.set(delivery.id, { ...delivery, state: 'queued' });
      }
    });
  }

  due(limit: number): Promise<readonly Delivery[]> {
    return this.#answer('due', () =>
      this.#queued()
        .filter(({ dueAt }) => dueAt <= this.clock.now())
        .slice(0, limit),
    );
  }

  nextDue(): Promise<number | undefined> {
    return this.#answer('nextDue', () => this.#queued()[0]?.dueAt);
  }

  finish(id: string, result: Parameters<Outbox['finish']>[1]): Promise<void> {
    return this.#answer('finish', () => {
      const delivery = this.queue.get(id);
      if (delivery === undefined) return;
      const { kind } = result;
      const change =
        kind === 'retry' ? { dueAt: result.dueAt, attempts: delivery.attempts + 1 } : { state: kind };
      this.queue.set(id, { ...delivery, ...change });
    });
  }

  /** Loses how far endpoints are, as a store does that was rebuilt. */
  forget(): void {
    this.#cursors.clear();
  }

  #queued(): readonly Delivery[] {
    const queued = [...this.queue.values()].filter(({ state }) => state === 'queued');
    return queued.sort((one, other) => one.dueAt - other.dueAt);
  }

  async #answer<T>(method: keyof WebhookStore, answer: () => T): Promise<T> {
    this.asked++;
    await Promise.resolve();
    if (this.down.has(method)) throw new ToriiError('STORE_UNAVAILABLE', 'the disk is full');
    return answer();
  }
}

function approvalOf(id: string, at: number): Approval {
  const vote = { verdict: 'approve', comment: undefined } as const;
  return {
    id,
    callId: 'call_1',
    policies: undefined,
    actionHash: 'a'.repeat(64),
    status: 'expired',
    quorums: [
      {
        policy: 'p',
        clause: 'approvals.0',
        reason: 'large',
        require: 2,
        approvers: ['ann@example.com', 'bob@example.com'],
        escalations: [],
      },
      {
        policy: 'p',
        clause: 'approvals.1',
        reason: 'trade',
        require: 1,
        approvers: ['bob@example.com', 'cy@example.com'],
        escalations: [],
      },
    ],
    votes: [
      { ...vote, approver: 'ann@example.com', at },
      { ...vote, approver: 'bob@example.com', at: at + 1 },
    ],
    action: {
      issuer: 'https://id.example',
      tenant: 'acme',
      agent: 'bot',
      owner: 'ann',
      session: 's1',
      tool: 'trade',
      payee: {},
      arguments: '{}',
      price: '500.00 USD',
    },
    createdAt: at,
    expiresAt: at + 3_600_000,
    resolvedAt: undefined,
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

const servers: Server[] = [];

/** Listens on this machine. `closeReceivers` closes it. */
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
  const opened: Receiver = {
    url: `http://127.0.0.1:${port}/hook`,
    secret,
    ...options,
    received,
    server,
    reply,
  };
  return opened;
}

/** Closes every receiver with its connections. */
export function closeReceivers(): void {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}
