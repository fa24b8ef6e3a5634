import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findServer } from './find-server.ts';
import { freePort } from '../free-port.ts';
import { onFreePorts } from './on-free-ports.ts';
import { ask, type RespReply } from './resp.ts';

/** Directives of redis.conf by name; a list where one takes several values. */
export type RedisOptions = Readonly<Record<string, string | number | readonly string[]>>;

/** A server of our own on the loopback interface. It ends with the program that started it, even if that is killed. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;

  /** Its own temporary directory, kept until `stop`. */
  readonly directory: string;

  /** Sends one command over a connection of its own. Rejects with RespError for what the server refuses. */
  command(...words: readonly string[]): Promise<RespReply>;

  /** Resolves once it has written `text` into a line of its log since it was last started. */
  logged(text: string): Promise<void>;

  /** Kills it as a power cut would (SIGKILL), and resolves when it is gone. */
  kill(): Promise<void>;

  /** Kills it if it runs and starts it on the same port and directory, with these options besides the first ones. */
  restart(options?: RedisOptions): Promise<void>;

  /** Stops it without ending it (SIGSTOP): its connections stay open and nothing is answered. */
  pause(): void;

  /** Lets it go on. */
  resume(): void;

  /** Kills it and deletes its directory. Safe to repeat. */
  stop(): Promise<void>;
}

/** Nothing is written to disk, and replicas need not wait for a copy. */
const DEFAULTS: RedisOptions = { save: '', appendonly: 'no', 'repl-diskless-sync-delay': 0 };

/**
 * Starts a server on a free port with a directory of its own, and resolves when it answers. It never touches a server
 * that runs already. Throws NoRedis where there is no program to start.
 */
export function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  return onFreePorts(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'torii-redis-'));
    try {
      return await startOn(await freePort(), { directory, options });
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  });
}

/** Starts a server on this port, in this directory, which may hold what another left there. */
export async function startOn(
  port: number,
  { directory, options }: { readonly directory: string; readonly options: RedisOptions },
): Promise<RedisServer> {
  let running = await launch(port, { directory, options });
  const kill = async (): Promise<void> => {
    running.signal('SIGKILL');
    await running.end();
  };
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    directory,
    command: (...words) => ask(port, ...words),
    logged: (text) => running.logged(text),
    kill,
    async restart(more = {}) {
      await kill();
      running = await launch(port, { directory, options: { ...options, ...more } });
    },
    pause: () => running.signal('SIGSTOP'),
    resume: () => running.signal('SIGCONT'),
    async stop() {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface Running {
  /** Resolves when it has ended. Until then it keeps the program alive: somebody waits. */
  end(): Promise<void>;
  logged(text: string): Promise<void>;

  /** Does nothing once it has ended: its number may be somebody else's by then. */
  signal(name: NodeJS.Signals): void;
}

/**
 * The shell says which number the server has. When our end of the pipe closes, however we ended, it kills the server and
 * deletes its directory, which the end of the server must not keep it from. It reads the server's end before it lets the
 * number go, so it never kills anybody else.
 */
const GUARD = `exec 3<&0
"$0" "$@" </dev/null & server=$!
echo "pid $server"
( read -r _ <&3; trap '' TERM; kill -9 "$server"; sleep 0.1; rm -rf -- "$TORII_REDIS_DIRECTORY" ) 2>/dev/null & guard=$!
wait "$server"
kill "$guard"`;

async function launch(
  port: number,
  { directory, options }: { readonly directory: string; readonly options: RedisOptions },
): Promise<Running> {
  const { path, environment } = await findServer();
  const all: RedisOptions = { port, bind: '127.0.0.1', dir: directory, ...DEFAULTS, ...options };
  const words = Object.entries(all).flatMap(([name, value]) => [
    `--${name}`,
    ...(typeof value === 'object' ? value : [String(value)]),
  ]);
  const child = spawn('sh', ['-c', GUARD, path, ...words], {
    env: { ...environment, TORII_REDIS_DIRECTORY: directory },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const log = logOf(child);
  let alive = true;
  const ended = once(child, 'exit').then(() => {
    alive = false;
    child.stdin?.destroy();
  });
  const [pid] = await Promise.all([log.line(/^pid (\d+)$/), log.line(/Ready to accept connections/)]);
  leaveFree(child);
  return {
    end() {
      child.ref();
      return ended;
    },
    logged: async (text) => void (await log.line(text)),
    signal: (name) => {
      if (alive) process.kill(Number(pid), name);
    },
  };
}

interface Log {
  /** The first group of the first line that matches, written already or later. Rejects when the server ends first. */
  line(wanted: RegExp | string): Promise<string | undefined>;
}

function logOf(child: ChildProcess): Log {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let ended = false;
  const look = (): void => waiting.forEach((one) => one());
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      look();
    });
  }
  child.on('close', () => {
    ended = true;
    look();
  });
  return {
    line: (wanted) =>
      new Promise((resolve, reject) => {
        const one = (): void => {
          const line = lines.find((text) =>
            typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text),
          );
          if (line === undefined && !ended) return;
          waiting.delete(one);
          if (line === undefined) reject(new Error(`Redis ended: ${lines.slice(-5).join('; ')}`));
          else resolve(typeof wanted === 'string' ? line : wanted.exec(line)?.[1]);
        };
        waiting.add(one);
        one();
      }),
  };
}

/** A server that nobody stopped does not keep its program from ending. */
function leaveFree(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout]) if (stream instanceof Socket) stream.unref();
}
