import { lookup } from 'node:dns/promises';
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Clock } from '../nouns/clock.ts';
import { allowListOf, type AllowList } from './allow-list.ts';
import { type Agents, agentsOf, type Dialling, RefusedAddress, type Resolve } from './connecting.ts';
import { judge, type Target } from './judge.ts';

const MAX_HEADERS = 16 * 1_024;
const MAX_BODY = 64 * 1_024;
const DRAIN_MS = 5_000;

/** How many bodies are read at once: an endpoint that begins to answer and never ends must not take every socket. */
const DRAINED_AT_ONCE = 64;
const ERROR_CODE = /^[A-Z][A-Z0-9_]{1,63}$/;

/** Where requests may go besides public addresses. */
export interface EgressOptions {
  /**
   * Hosts (`localhost`, `hooks.internal:8080`), addresses and ranges (`10.0.0.0/8`) that may be reached although they are
   * not public, with `http:` and at any port too. @default []
   */
  readonly allow?: readonly string[];
}

/** One request, and how long it may take. */
export interface EgressRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;

  /** From the look-up of the name to the headers of the answer, in milliseconds. */
  readonly timeoutMs: number;

  /** Aborts the request: the answer is `stopped`. */
  readonly signal: AbortSignal;
}

/** What a request came to. Reasons are short, and never hold a URL or what the other side said. */
export type EgressAnswer =
  /** Its body was not read by anybody. Redirects are answers like any other: nobody follows them. */
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
    }
  /** The URL, or an address that its name stands for, may not be asked. Nothing was written to it. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'stopped' };

/** The only way to addresses that somebody configured: what is inside the own network is out of reach. */
export interface Egress {
  /** Why a URL can never be asked, as far as that shows without resolving its name; undefined where it may be. */
  refusalOf(url: string): string | undefined;

  /** Posts once. Never rejects. */
  post(url: string, request: EgressRequest): Promise<EgressAnswer>;

  /** Ends every connection. */
  close(): void;
}

/** What tests change besides: the look-up of names, the connection, and certificates. */
export interface EgressContext extends EgressOptions, Partial<Pick<Dialling, 'resolve' | 'dial' | 'tls'>> {
  readonly clock: Clock;
}

/** Makes the way out. Throws OPTIONS_INVALID for an entry of `allow` that is none. */
export function createEgress({ allow = [], resolve = resolveAll, ...context }: EgressContext): Egress {
  const allowed = allowListOf(allow);
  return new GuardedEgress(allowed, { ...context, resolve: oneAtATime(resolve), allow: allowed });
}

class GuardedEgress implements Egress {
  readonly #allow: AllowList;
  readonly #clock: Clock;
  readonly #agents: Agents;

  /** Answers whose bodies did not end yet, the oldest first. */
  readonly #draining = new Set<IncomingMessage>();

  constructor(allow: AllowList, dialling: Dialling) {
    this.#allow = allow;
    this.#clock = dialling.clock;
    this.#agents = agentsOf(dialling);
  }

  refusalOf(url: string): string | undefined {
    const judged = judge(url, this.#allow);
    return 'reason' in judged ? judged.reason : undefined;
  }

  async post(url: string, request: EgressRequest): Promise<EgressAnswer> {
    const judged = judge(url, this.#allow);
    if ('reason' in judged) return { kind: 'refused', reason: judged.reason };
    const answer = await this.#once(judged, request);
    // A connection that was kept may have been closed by the other side just before: then nothing was heard.
    return (
      answer ?? (await this.#once(judged, request)) ?? { kind: 'failed', reason: 'could not be reached' }
    );
  }

  close(): void {
    this.#agents.close();
  }

  /** Undefined where a connection that was kept turned out to be closed. */
  #once({ url, secure }: Target, asked: EgressRequest): Promise<EgressAnswer | undefined> {
    const { headers, body, timeoutMs, signal } = asked;
    if (signal.aborted) return Promise.resolve({ kind: 'stopped' });
    return new Promise((resolve) => {
      const sent = (secure ? requestHttps : requestHttp)(url, {
        method: 'POST',
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        agent: secure ? this.#agents.https : this.#agents.http,
        maxHeaderSize: MAX_HEADERS,
      });
      let ended = false;
      const end = (answer: EgressAnswer | undefined): void => {
        if (ended) return;
        ended = true;
        cancelTimeout();
        signal.removeEventListener('abort', stop);
        if (answer?.kind !== 'answered') sent.destroy();
        resolve(answer);
      };
      const stop = (): void => end({ kind: 'stopped' });
      const cancelTimeout = this.#clock.after(timeoutMs, () =>
        end({ kind: 'failed', reason: 'no answer in time' }),
      );
      signal.addEventListener('abort', stop, { once: true });
      sent.on('error', (error) => end(failureOf(error, sent)));
      sent.on('close', () => end({ kind: 'failed', reason: 'closed without an answer' }));
      sent.on('response', (response) => {
        end({ kind: 'answered', status: response.statusCode ?? 0, headers: response.headers });
        this.#drain(response);
      });
      sent.end(body);
    });
  }

  /** Reads a short body so that its connection can be used again, and leaves a long one. */
  #drain(response: IncomingMessage): void {
    let left = MAX_BODY;
    const cancel = this.#clock.after(DRAIN_MS, () => response.destroy());
    const over = (): void => {
      cancel();
      this.#draining.delete(response);
    };
    response.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) response.destroy();
    });
    response.on('error', over);
    response.on('close', over);
    const [oldest] = this.#draining;
    if (this.#draining.size >= DRAINED_AT_ONCE && oldest !== undefined) {
      this.#draining.delete(oldest);
      oldest.destroy();
    }
    this.#draining.add(response);
  }
}

/** One look-up of a name at a time: Node has room for four in all, which a name server that is slow would fill. */
function oneAtATime(resolve: Resolve): Resolve {
  const underWay = new Map<string, ReturnType<Resolve>>();
  return (host) => {
    const known = underWay.get(host);
    if (known !== undefined) return known;
    const found = resolve(host).finally(() => underWay.delete(host));
    underWay.set(host, found);
    return found;
  };
}

async function resolveAll(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

function failureOf(error: Error, sent: ClientRequest): EgressAnswer | undefined {
  if (error instanceof RefusedAddress) return { kind: 'refused', reason: error.message };
  // The message of a network error may quote the URL, which may hold a token.
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (sent.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE')) return undefined;
  const known = ERROR_CODE.test(code);
  return { kind: 'failed', reason: known ? `could not be reached: ${code}` : 'could not be reached' };
}
