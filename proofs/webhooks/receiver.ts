import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { setImmediate as oneTurn } from 'node:timers/promises';
import type { Clock } from '@torii/engine';
import { freePort } from '@torii/sandbox/free-port';
import { type Mood, type MoodName, moods } from './moods.ts';

/** A request as it arrived at an endpoint. */
export interface Received {
  readonly endpoint: string;
  readonly id: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;

  /** By the clock of the receiver, when it arrived. */
  readonly atMs: number;
  readonly mood: MoodName;
}

/** Listens for webhooks, and answers as it likes. */
export interface Receiver {
  readonly requests: readonly Received[];

  /** Requests to where redirects lead. Nobody may come there. */
  readonly strays: number;

  /** How many requests it has not answered and still holds. */
  readonly held: number;
  urlOf(endpoint: string): string;

  /** Resolves once nobody is connected, and what was under way has arrived. */
  hungUp(): Promise<void>;

  /** Nobody listens until it is opened again, at the same port. */
  shut(): Promise<void>;
  open(): Promise<void>;
  close(): Promise<void>;
}

const ELSEWHERE = '/elsewhere';

/** Starts a receiver whose mood is asked for at every request, and which tells what it has just done. */
export async function startReceiver(
  clock: Clock,
  moodOf: (endpoint: string) => MoodName,
  told: (what: 'arrived' | 'answered') => void = () => undefined,
): Promise<Receiver> {
  const requests: Received[] = [];
  const open = new Set<IncomingMessage>();
  let strays = 0;
  // It is shut and opened again: nobody else may be given its port in between.
  const port = await freePort();
  const server = createServer((request, response) => {
    void (async () => {
      const body = await bodyOf(request);
      const endpoint = (request.url ?? '').slice(1);
      if (`/${endpoint}` === ELSEWHERE) strays += 1;
      const headers = textsOf(request);
      const mood = moodOf(endpoint);
      const id = headers['webhook-id'] ?? '';
      requests.push({ endpoint, id, body, headers, atMs: clock.now(), mood });
      told('arrived');
      open.add(request);
      const over = (): void => void open.delete(request);
      response.once('close', over);
      response.once('finish', over);
      response.once('finish', () => told('answered'));
      const way: Mood = moods[mood];
      way.answer({ response, clock, elsewhere: `http://127.0.0.1:${port}${ELSEWHERE}` });
    })();
  });
  const listen = async (): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const shut = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  await listen();
  return {
    requests,
    get strays() {
      return strays;
    },
    get held() {
      return open.size;
    },
    urlOf: (endpoint) => `http://127.0.0.1:${port}/${endpoint}`,
    async hungUp() {
      // Looked at twice: a connection may still be on its way in.
      for (let idle = 0; idle < 2; idle++) {
        await oneTurn();
        if ((await connectionsOf(server)) > 0) idle = -1;
      }
    },
    shut,
    open: listen,
    close: shut,
  };
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
  );
}

function textsOf({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString();
}
