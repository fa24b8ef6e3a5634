import type { CallUnderTest, NativeAnswer, OpenDoor, RunUnderTest, Told } from './door-under-test.ts';

/** Where tools are served that take `POST /NAME` with their arguments as JSON. */
export interface HttpTools extends Pick<OpenDoor, 'left' | 'close'> {
  /** `http://127.0.0.1:8080` */
  readonly origin: string;
}

type Words = Omit<RunUnderTest, 'calls'>;

/**
 * The client of HTTP doors: real requests with the token as `Authorization: Bearer`, the id of the call as
 * `Idempotency-Key` and claims as headers. `APPROVAL_REQUIRED` is its pause, and to repeat the request goes on with it.
 */
export function httpDoor({ origin, left, close }: HttpTools): OpenDoor {
  const send = (call: CallUnderTest, words: Words): Promise<Response> =>
    fetch(`${origin}/${call.tool}`, {
      method: 'POST',
      headers: headersOf(call, words),
      body: JSON.stringify(call.input),
      signal: words.signal ?? null,
    });
  const ask = async (call: CallUnderTest, words: Words): Promise<Told> =>
    toldOf(call, await send(call, words));
  return {
    run: ({ calls, ...words }) => Promise.all(calls.map((call) => ask(call, words))),
    resume: async (state, answer) => [await repeated(JSON.parse(state) as CallUnderTest, answer, ask)],
    stream: async function* ({ calls: [call], ...words }) {
      if (call === undefined) return;
      const decoder = new TextDecoder();
      for await (const bytes of (await send(call, words)).body ?? [])
        yield decoder.decode(bytes, { stream: true });
    },
    ...(left === undefined ? {} : { left }),
    close,
  };
}

function headersOf({ id }: CallUnderTest, { credential, claims }: Words): Record<string, string> {
  const authorization = credential === undefined ? {} : { authorization: `Bearer ${credential}` };
  return { ...claims, ...authorization, 'content-type': 'application/json', 'idempotency-key': id };
}

async function toldOf(call: CallUnderTest, response: Response): Promise<Told> {
  const text = `${response.status} ${await response.text()}`;
  return text.includes('APPROVAL_REQUIRED')
    ? { kind: 'paused', text, state: JSON.stringify(call) }
    : { kind: 'answered', text };
}

/** A client that was told yes claims so, and asks again; one that was told no does not. */
async function repeated(
  call: CallUnderTest,
  { approved, ...words }: NativeAnswer,
  ask: (call: CallUnderTest, words: Words) => Promise<Told>,
): Promise<Told> {
  if (!approved) return { kind: 'answered', text: 'the client was refused, and asks no more' };
  const forged = { 'x-policy-allowed': 'true', 'x-torii-approved': 'true', 'x-approver-id': 'ann' };
  return ask(call, { ...words, claims: { ...forged, ...words.claims } });
}
