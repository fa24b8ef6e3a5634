import type { ServerResponse } from 'node:http';
import type { Clock } from '@torii/engine';

/** What a receiver answers after: less than an engine waits for. */
export const SLOW_MS = 2_000;

/** How long a busy receiver asks to be left alone. */
export const BUSY_SECONDS = 7_200;

/** How one answer is given. */
export interface Answering {
  readonly response: ServerResponse;
  readonly clock: Clock;

  /** Where a redirect leads, which nobody may follow. */
  readonly elsewhere: string;
}

/** One way of answering a webhook. */
export interface Mood {
  /** Whether what was sent counts as taken. */
  readonly takes: boolean;

  /** What an operator reads in the log of the try. */
  readonly logged: { readonly status: number | undefined; readonly reason: RegExp | undefined };
  answer(answering: Answering): void;
}

const gone = { status: undefined, reason: /^(could not be reached|closed without an answer)/ };

/** Puts bytes on the wire past the server, and ends the connection. */
function raw(text: string): Mood['answer'] {
  return ({ response }) => void response.socket?.write(text, () => response.socket?.destroy());
}

function plain(status: number, headers: (answering: Answering) => Record<string, string> = () => ({})): Mood {
  return {
    takes: status >= 200 && status < 300,
    logged: { status, reason: status < 300 ? undefined : new RegExp(`^answered ${status}$`) },
    answer: (answering) => void answering.response.writeHead(status, headers(answering)).end(),
  };
}

/** Every way in which the receivers of the proof answer. */
export const moods = {
  well: plain(204),
  slow: {
    takes: true,
    logged: { status: 200, reason: undefined },
    answer: ({ response, clock }) => void clock.after(SLOW_MS, () => response.end('late')),
  },
  hanging: {
    takes: false,
    logged: { status: undefined, reason: /^no answer in time$/ },
    answer: () => undefined,
  },
  redirecting: plain(307, ({ elsewhere }) => ({ location: elsewhere })),
  moved: plain(302, ({ elsewhere }) => ({ location: elsewhere })),
  broken: plain(500),
  busy: plain(429, () => ({ 'retry-after': String(BUSY_SECONDS) })),
  'busy until': plain(503, ({ clock }) => ({
    'retry-after': new Date(clock.now() + BUSY_SECONDS * 1_000).toUTCString(),
  })),
  gone: plain(410),
  garbage: {
    takes: false,
    logged: gone,
    answer: raw('220 mail.example ESMTP ready\r\nthis is no HTTP\r\n\r\n'),
  },
  'cut in the head': {
    takes: false,
    logged: gone,
    answer: raw('HTTP/1.1 200 OK\r\ncontent-le'),
  },
  'cut in the body': {
    takes: true,
    logged: { status: 200, reason: undefined },
    answer: raw('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nten bytes.'),
  },
  'endless head': {
    takes: false,
    logged: gone,
    answer: raw(`HTTP/1.1 200 OK\r\nx-long: ${'a'.repeat(40_000)}\r\n\r\n`),
  },
  'endless body': {
    takes: true,
    logged: { status: 200, reason: undefined },
    answer: ({ response }) => {
      const chunk = 'a'.repeat(65_536);
      const pour = (): void => {
        if (!response.destroyed) response.write(chunk, () => setImmediate(pour));
      };
      response.on('error', () => undefined);
      response.writeHead(200);
      pour();
    },
  },
  closing: {
    takes: false,
    logged: gone,
    answer: ({ response }) => void response.socket?.destroy(),
  },
  resetting: {
    takes: false,
    logged: gone,
    answer: ({ response }) => void response.socket?.resetAndDestroy(),
  },
} as const satisfies Readonly<Record<string, Mood>>;

export type MoodName = keyof typeof moods;

/** The names of all moods. */
export const moodNames = Object.keys(moods).filter((name): name is MoodName => name in moods);
