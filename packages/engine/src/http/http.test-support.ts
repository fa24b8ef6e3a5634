import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Harness, harness } from '../engine.test-support.ts';
import {
  admit,
  type Admission,
  type HttpDoor,
  type HttpOptions,
  httpFields,
  checkOptions,
  send,
  settingsOf,
} from './index.ts';

/** A request that wraps that of Node, as Fastify's do. */
export interface Wrapped<Raw> {
  readonly raw: Raw;
}

const partsOf = ({ url = '' }: IncomingMessage): ReturnType<HttpDoor<never, never>['partsOf']> => {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  return { path: pathname, params: {}, query: Object.fromEntries(searchParams), body: undefined };
};

/** Hands requests and responses on as Node makes them. */
export const bare: HttpDoor<IncomingMessage, ServerResponse> = {
  framework: 'bare',
  rawRequest: (request) => request,
  rawResponse: (response) => response,
  partsOf,
};

/** Wraps both. */
export const wrapping: HttpDoor<Wrapped<IncomingMessage>, Wrapped<ServerResponse>> = {
  framework: 'wrapping',
  rawRequest: ({ raw }) => raw,
  rawResponse: ({ raw }) => raw,
  partsOf: ({ raw }) => partsOf(raw),
};

/** A request on its way through a server, before it is wrapped. */
export interface Raw {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

type Handler = (raw: Raw, admission: Admission) => void;

export interface Site extends Harness {
  /** Serves a handler behind the door; answers the address. */
  readonly serve: (handler: (raw: Raw) => void) => Promise<string>;

  /** Of the agent's day budget, in millionths of a dollar. */
  readonly spent: () => Promise<{ readonly spent: bigint; readonly held: bigint }>;

  /** Resolves when that many calls have ended, with how. */
  readonly ended: (count: number) => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

/** An engine, and servers on free ports. */
export async function site(): Promise<Site> {
  const ends: string[] = [];
  let heard = (): void => undefined;
  const told = <Answer>(name: string, answer: Answer): Answer => {
    ends.push(name);
    heard();
    return answer;
  };
  const one = await harness({
    wrap: (store) => ({
      ...store,
      settle: async (...end) => told('settle', await store.settle(...end)),
      release: async (...end) => told('release', await store.release(...end)),
      suspend: async (...end) => told('suspend', await store.suspend(...end)),
    }),
  });
  const closers: (() => Promise<void>)[] = [];
  return {
    ...one,
    async serve(handler) {
      const server = createServer((request, response) => handler({ request, response }));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      closers.push(
        () =>
          new Promise((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      );
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    async spent() {
      const status = await one.torii.agents.status(one.agentToken);
      const budgets = status.kind === 'status' ? status.budgets : [];
      const day = budgets.find(({ window }) => window === 'day');
      return { spent: day?.spent ?? -1n, held: day?.held ?? -1n };
    },
    async ended(count) {
      while (ends.length < count) await new Promise<void>((resolve) => (heard = resolve));
      return ends;
    },
    async close() {
      await Promise.all(closers.map((stop) => stop()));
      await one.torii.close();
    },
  };
}

/** A handler of a server that asks before it answers, through one door or the other. */
export function behind(
  at: Site,
  shape: 'bare' | 'wrapping',
  options: HttpOptions<unknown, unknown>,
): (handler: Handler) => (raw: Raw) => void {
  checkOptions(options, httpFields);
  const ask =
    shape === 'bare'
      ? (raw: Raw) => admit(settingsOf(bare, at.torii, options), raw)
      : ({ request, response }: Raw) =>
          admit(settingsOf(wrapping, at.torii, options), {
            request: { raw: request },
            response: { raw: response },
          });
  return (handler) => (raw) =>
    void ask(raw).then(
      (admission) => handler(raw, admission),
      (error: unknown) =>
        send(raw.response, { status: 500, headers: {}, body: error instanceof Error ? error.message : '' }),
    );
}
