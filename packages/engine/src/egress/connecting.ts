import { Agent as HttpAgent, type ClientRequestArgs } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { connect, isIP, type Socket, type TcpNetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type SecureContextOptions } from 'node:tls';
import type { Clock } from '../nouns/clock.ts';
import { readAddress } from './addresses.ts';
import type { AllowList } from './allow-list.ts';
import { NOT_PUBLIC, permits, type Place } from './judge.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const ATTEMPT_TIMEOUT_MS = 500;
const IDLE_SOCKETS = 8;

/** All addresses of a name. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** What connections are made with. */
export interface Dialling {
  readonly allow: AllowList;
  readonly resolve: Resolve;
  readonly clock: Clock;

  /** Opens a connection. @default `connect` of `node:net` */
  readonly dial?: ((options: TcpNetConnectOpts) => Socket) | undefined;

  /** Certificates that are believed besides those of the machine. @default none */
  readonly tls?: SecureContextOptions | undefined;
}

/** A connection that must not be made. */
export class RefusedAddress extends Error {
  override readonly name = 'RefusedAddress';
}

/** Agents whose every connection was checked before anything is written to it, and how to end them. */
export interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  close(): void;
}

type Created = (error: Error | null, socket: Duplex) => void;

/** Keeps connections that were checked for later requests to the same host. */
export function agentsOf(dialling: Dialling): Agents {
  const opening = new Set<Socket>();
  const keep = { keepAlive: true, maxFreeSockets: IDLE_SOCKETS };
  const create = (place: Place, created: Created | undefined): undefined => {
    open(dialling, place, opening).then(
      (socket) => created?.(null, socket),
      // Whoever is told of an error does not look at the socket.
      (error: Error) => created?.(error, undefined as never),
    );
  };
  class GuardedHttp extends HttpAgent {
    override createConnection(options: ClientRequestArgs, created?: Created): undefined {
      return create(placeOf(options, false), created);
    }
  }
  class GuardedHttps extends HttpsAgent {
    override createConnection(options: ClientRequestArgs, created?: Created): undefined {
      return create(placeOf(options, true), created);
    }
  }
  const agents = { http: new GuardedHttp(keep), https: new GuardedHttps(keep) };
  return {
    ...agents,
    close() {
      agents.http.destroy();
      agents.https.destroy();
      for (const socket of opening) socket.destroy();
    },
  };
}

function placeOf({ host, port }: ClientRequestArgs, secure: boolean): Place {
  return { secure, host: host ?? '', port: Number(port ?? (secure ? 443 : 80)) };
}

async function open(dialling: Dialling, place: Place, opening: Set<Socket>): Promise<Duplex> {
  const { host, port } = place;
  const addresses = await addressesOf(dialling, place);
  // One that refuses another makes the whole name suspicious: the next look-up may answer with that one alone.
  if (addresses.length === 0 || !addresses.every((address) => isPermitted(dialling, place, address)))
    throw new RefusedAddress(NOT_PUBLIC);
  const socket = (dialling.dial ?? connect)({
    host,
    port,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ATTEMPT_TIMEOUT_MS,
    // Nothing is looked up again: the connection goes to an address that was checked.
    lookup: (_, options, answer) => {
      const found = addresses.map((address) => ({ address, family: isIP(address) }));
      if (options.all === true) answer(null, found);
      else answer(null, found[0]?.address ?? '', found[0]?.family);
    },
  });
  opening.add(socket);
  const cancel = dialling.clock.after(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error('no connection')));
  try {
    await connected(socket, 'connect');
    // INVARIANT: nothing is written before the far end was seen to be an address that is permitted.
    if (!isPermitted(dialling, place, socket.remoteAddress ?? '')) throw new RefusedAddress(NOT_PUBLIC);
    return place.secure ? await secured(socket, place, dialling) : socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    cancel();
    opening.delete(socket);
  }
}

async function secured(socket: Socket, { host }: Place, { tls = {} }: Dialling): Promise<Duplex> {
  const name = isIP(host) === 0 ? { servername: host } : {};
  const safe = connectTls({
    ...tls,
    ...name,
    socket,
    host,
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
  });
  await connected(safe, 'secureConnect');
  return safe;
}

function connected(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
  });
}

async function addressesOf({ resolve }: Dialling, { host }: Place): Promise<readonly string[]> {
  return isIP(host) === 0 ? resolve(host) : [host];
}

function isPermitted({ allow }: Dialling, place: Place, text: string): boolean {
  const address = readAddress(text);
  return address !== undefined && permits(allow, place, address);
}
