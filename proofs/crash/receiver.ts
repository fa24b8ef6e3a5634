import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';

/** Where the webhooks of the workers go. */
export interface Receiver {
  readonly url: string;

  /** Places in the journal of which at least one message was answered with 200. */
  readonly heard: ReadonlySet<number>;

  /** Calls back once, when the nth request from now on has arrived or was answered. */
  expect(what: 'arrived' | 'answered', nth: number, back: () => void): void;
  close(): Promise<void>;
}

/** Listens on this machine for as long as it is not closed. */
export async function startReceiver(): Promise<Receiver> {
  const heard = new Set<number>();
  let expected: { readonly what: string; nth: number; readonly back: () => void } | undefined;
  const tell = (what: string): void => {
    if (expected?.what !== what) return;
    expected.nth -= 1;
    if (expected.nth > 0) return;
    const { back } = expected;
    expected = undefined;
    back();
  };
  const server = createServer((request, response) => {
    void (async () => {
      const { sequence } = JSON.parse(await bodyOf(request)) as { readonly sequence: number };
      tell('arrived');
      heard.add(sequence);
      response.end('{}', () => tell('answered'));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    heard,
    expect: (what, nth, back) => void (expected = { what, nth, back }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString();
}
