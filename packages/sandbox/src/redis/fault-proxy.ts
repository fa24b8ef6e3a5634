import { connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between a client and a server, and breaks what is between them in the ways that networks do. */
export interface FaultProxy {
  readonly port: number;
  readonly url: string;

  /** How many connections are open. */
  readonly connections: number;

  /**
   * Hangs up once `bytes` more of replies have passed, counted over all connections. With 0, the next requests still
   * reach the server, and the first reply is lost with its connection. Happens once.
   */
  cutReplyAfter(bytes: number): void;

  /** Swallows requests and replies, and leaves the connections open, until `heal`. */
  blackHole(): void;

  /** Passes requests and swallows their replies, until `heal`: what was asked is done, and nobody hears of it. */
  swallowReplies(): void;

  /** Resolves when the next piece of a request or reply is swallowed. */
  swallowed(): Promise<void>;

  /** Holds every reply back for so long, or until `heal`. Whatever passes, nothing overtakes what came before it. */
  delayReplies(ms: number): void;

  /** Resets every open connection (RST), and refuses new ones until `heal`. */
  reset(): void;

  /** Passes everything again. What was swallowed stays lost, and the connections that it was lost on with it. */
  heal(): void;

  /** Hangs up and stops listening. */
  stop(): Promise<void>;
}

type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'cut'; left: number }
  | { readonly kind: 'black-hole' }
  | { readonly kind: 'swallow' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'refuse' };

interface Line {
  readonly client: Socket;
  readonly server: Socket;

  /** Pieces of replies that are held back, the oldest first. */
  readonly held: Buffer[];
}

/** Passes connections of a free port on to the port of `target`, which is looked at for every new connection. */
export async function startFaultProxy(target: { readonly port: number }): Promise<FaultProxy> {
  const lines = new Set<Line>();
  const robbed = new Set<Line>();
  const listening = new Set<() => void>();
  let fault: Fault = { kind: 'none' };
  const listener = createServer((client) => {
    if (fault.kind === 'refuse') client.resetAndDestroy();
    else
      join(
        { client, server: connect(target.port, '127.0.0.1'), held: [] },
        { lines, fault: () => fault, healed, swallowed },
      );
  });
  const healed = (): void => {
    fault = { kind: 'none' };
  };
  const swallowed = (line: Line): void => {
    robbed.add(line);
    for (const tell of listening) tell();
    listening.clear();
  };
  const set = (next: Fault): void => {
    fault = next;
  };
  const port = await portOf(listener);
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get connections() {
      return lines.size;
    },
    cutReplyAfter: (bytes) => set({ kind: 'cut', left: bytes }),
    blackHole: () => set({ kind: 'black-hole' }),
    swallowReplies: () => set({ kind: 'swallow' }),
    swallowed: () => new Promise((resolve) => listening.add(resolve)),
    delayReplies: (ms) => set({ kind: 'delay', ms }),
    reset() {
      set({ kind: 'refuse' });
      for (const line of lines) cut(line);
    },
    heal() {
      healed();
      for (const line of lines) pass(line, line.held.length);
      // No network loses something and passes what comes after it.
      for (const line of robbed) cut(line);
      robbed.clear();
    },
    stop: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        for (const line of lines) cut(line);
      }),
  };
}

interface Joined {
  readonly lines: Set<Line>;
  readonly fault: () => Fault;
  readonly healed: () => void;
  readonly swallowed: (line: Line) => void;
}

function join(line: Line, { lines, fault, healed, swallowed }: Joined): void {
  const { client, server } = line;
  lines.add(line);
  for (const socket of [client, server]) {
    socket.setNoDelay(true);
    socket.on('error', () => cut(line));
    socket.on('close', () => {
      lines.delete(line);
      cut(line);
    });
  }
  client.on('data', (chunk) => {
    if (fault().kind === 'black-hole') swallowed(line);
    else server.write(chunk);
  });
  server.on('data', (chunk) => {
    const now = fault();
    switch (now.kind) {
      case 'none':
      case 'refuse':
        return passAfterHeld(line, chunk);
      case 'black-hole':
      case 'swallow':
        return swallowed(line);
      case 'delay':
        line.held.push(chunk);
        return void setTimeout(() => pass(line, line.held.indexOf(chunk) + 1), now.ms).unref();
      case 'cut':
        if (chunk.length <= now.left) {
          now.left -= chunk.length;
          return passAfterHeld(line, chunk);
        }
        healed();
        pass(line, line.held.length);
        return void client.end(chunk.subarray(0, now.left), () => cut(line));
    }
  });
}

/** Passes the oldest pieces that are held back. What came later never overtakes them: it is a stream. */
function pass({ client, held }: Line, count: number): void {
  for (const chunk of held.splice(0, count)) if (client.writable) client.write(chunk);
}

function passAfterHeld(line: Line, chunk: Buffer): void {
  pass(line, line.held.length);
  line.client.write(chunk);
}

function cut({ client, server }: Line): void {
  if (!client.destroyed) client.resetAndDestroy();
  if (!server.destroyed) server.destroy();
}

function portOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
