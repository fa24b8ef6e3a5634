import { once } from 'node:events';
import net from 'node:net';
import { hostname } from 'node:os';
import { createEngine, memoryStore, ToriiError } from '@torii/engine';
import { type Result, Violations } from '../suite/result.ts';
import type { Proving } from '../suite/suite.ts';
import { DIVERTED, hostileNames, hostileUrls, PUBLIC, REBINDING, rebound } from './hostile-urls.ts';
import { BY, issuer, policy } from './questions.ts';
import { type Wires, watchWires } from './wires.ts';

const SECRET = 'a secret that nobody guesses';

/**
 * Hostile URLs, in the options and at run time; hostile names, resolved by the machine and by a name server that lies;
 * and ways that lead inside although the address was public. Nothing is connected to what is inside, and where a
 * connection ended up there all the same, nothing is written to it.
 */
export async function hostile({ progress }: Proving): Promise<Result> {
  const found = new Violations();
  const wires = watchWires();
  const canary = await startCanary();
  try {
    for (const [index, url] of hostileUrls.entries()) {
      for (const flaw of await urlFlaws(url)) found.add(`\`${url}\`: ${flaw}`);
      progress.step(index + 1, hostileUrls.length, 'hostile URLs');
    }
    const lying = wires.lie({ ...hostileNames, [REBINDING]: rebound, [DIVERTED]: PUBLIC });
    const names = Object.keys(hostileNames);
    for (const name of names) for (const flaw of await nameFlaws(name)) found.add(`\`${name}\`: ${flaw}`);
    for (const flaw of await reboundFlaws(wires)) found.add(flaw);
    wires.divert(canary.port);
    for (const flaw of await nameFlaws(DIVERTED)) found.add(`led inside: ${flaw}`);
    if (canary.connections === 0) found.add('no connection was led inside: the proof is broken');
    lying();
    wires.divert(undefined);
    const own = [hostname(), 'ip6-localhost', 'ip6-loopback'];
    for (const name of own) for (const flaw of await nameFlaws(name)) found.add(`\`${name}\`: ${flaw}`);
    for (const address of wires.inside) found.add(`a connection was made to ${address}`);
    if (canary.bytes > 0) found.add(`${canary.bytes} bytes were written to what is inside`);
    if (!(await isHeard(canary))) found.add('the canary does not hear what is allowed to come to it');
    return {
      tried: {
        'hostile URLs': hostileUrls.length,
        'hostile names': names.length + own.length + 2,
      },
      violations: found.list(),
    };
  } finally {
    wires.restore();
    canary.close();
  }
}

/** Refused as an option, and at run time before anything is saved. */
async function urlFlaws(url: string): Promise<readonly string[]> {
  const flaws: string[] = [];
  const inOptions = await refusedBy(async () => (await opened([{ url, secret: SECRET }])).close());
  if (!inOptions) flaws.push('an engine takes it as an option');
  const engine = await opened([]);
  if (!(await refusedBy(() => engine.webhooks.endpoints.save({ url }, BY))))
    flaws.push('an endpoint is saved with it');
  await engine.close();
  return flaws;
}

async function nameFlaws(name: string): Promise<readonly string[]> {
  const engine = await opened([]);
  try {
    const { endpoint } = await engine.webhooks.endpoints.save({ url: `https://${name}:8443/hook` }, BY);
    const answer = await engine.webhooks.ping({ id: endpoint.id });
    return answer === undefined || answer.ok || answer.status !== undefined ? ['it was answered'] : [];
  } finally {
    await engine.close();
  }
}

/** Looked up anew for each connection, which goes to an address that was judged, or is not made. */
async function reboundFlaws(wires: Wires): Promise<readonly string[]> {
  const engine = await opened([]);
  const flaws: string[] = [];
  const { endpoint } = await engine.webhooks.endpoints.save({ url: `https://${REBINDING}/hook` }, BY);
  const before = wires.outside.length;
  await engine.webhooks.ping({ id: endpoint.id });
  if (wires.outside.length === before) flaws.push('a public address was not connected to');
  const connected = wires.outside.length;
  const second = await engine.webhooks.ping({ id: endpoint.id });
  if (wires.outside.length > connected || second?.reason !== 'the address is not public')
    flaws.push(`a name that moved inside is answered with \`${second?.reason ?? 'nothing'}\``);
  await engine.close();
  return flaws;
}

/** Whether the canary hears anything: else its silence would prove nothing. */
async function isHeard(canary: Canary): Promise<boolean> {
  const url = `http://127.0.0.1:${canary.port}/`;
  const engine = await opened([{ url, secret: SECRET, id: 'canary' }], ['127.0.0.1']);
  await engine.webhooks.ping({ id: 'canary' });
  await engine.close();
  return canary.bytes > 0;
}

function opened(
  webhooks: readonly { readonly url: string; readonly secret: string; readonly id?: string }[],
  allow: readonly string[] = [],
): ReturnType<typeof createEngine> {
  return createEngine({
    policies: [policy],
    store: memoryStore(),
    identity: { issuers: [issuer] },
    webhooks,
    egress: { allow },
  });
}

async function refusedBy(step: () => Promise<unknown>): Promise<boolean> {
  try {
    await step();
    return false;
  } catch (error) {
    return ToriiError.is(error) && error.code === 'OPTIONS_INVALID';
  }
}

interface Canary {
  readonly port: number;
  readonly connections: number;
  readonly bytes: number;
  close(): void;
}

/** Listens where nobody may write. */
async function startCanary(): Promise<Canary> {
  let [connections, bytes] = [0, 0];
  const server = net.createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      socket.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  return {
    port: address.port,
    get connections() {
      return connections;
    },
    get bytes() {
      return bytes;
    },
    close: () => void server.close(),
  };
}
