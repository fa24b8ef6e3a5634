import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What the receiver is told. */
export interface Asked {
  readonly expect: number;
}

/** What it tells. */
export type Told =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'counting' }
  | { readonly kind: 'reached'; readonly count: number; readonly ms: number };

/** A receiver in a process of its own, so that it does not share the time of who sends. */
export interface Receiving {
  readonly port: number;

  /** Microseconds of one request, from the first to the last of so many that `send` sets off. */
  timed(count: number, send: () => Promise<void>): Promise<number>;
  stop(): void;
}

const PATIENCE_MS = 120_000;

/** Starts the process and resolves once it listens. */
export async function startReceiving(): Promise<Receiving> {
  const child = fork(fileURLToPath(new URL('receiver.js', import.meta.url)));
  const { port } = await told(child, 'listening');
  return {
    port,
    async timed(count, send) {
      const counting = told(child, 'counting');
      child.send({ expect: count } satisfies Asked);
      await counting;
      const reached = told(child, 'reached');
      await send();
      const { ms } = await reached;
      return (ms * 1_000) / (count - 1);
    },
    stop: () => void child.kill(),
  };
}

function told<Kind extends Told['kind']>(
  child: ChildProcess,
  kind: Kind,
): Promise<Extract<Told, { readonly kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const patience = setTimeout(() => reject(new Error(`the receiver never told \`${kind}\``)), PATIENCE_MS);
    const listen = (news: Told): void => {
      if (!isKind(news, kind)) return;
      clearTimeout(patience);
      child.off('message', listen);
      resolve(news);
    };
    child.on('message', listen);
  });
}

function isKind<Kind extends Told['kind']>(
  news: Told,
  kind: Kind,
): news is Extract<Told, { readonly kind: Kind }> {
  return news.kind === kind;
}
