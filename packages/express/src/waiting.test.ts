import express from 'express';
import { guard } from './guard.ts';
import { toriiMiddleware } from './middleware.ts';
import { bearer, bodyOf, world, type World } from './world.test-support.ts';

let at: World;
let runs = 0;
let noticed: () => void = () => undefined;
beforeEach(async () => {
  at = await world();
  runs = 0;
});
afterEach(() => at.close());

async function serve(): Promise<string> {
  const app = express();
  app.use((_request, response, next) => {
    response.once('close', () => noticed());
    next();
  });
  const options = { torii: at.torii, tool: 'publish', price: '0.90 USD', waitMs: 60_000 };
  app.post(
    '/publish',
    guard((_request, response) => void response.json({ run: (runs += 1) }), options),
  );
  return at.serve(app);
}

/** Resolves with the approval once somebody is asked. */
async function question(): Promise<{ id: string; actionHash: string }> {
  await at.watch.reserved();
  const credential = await at.approverToken();
  for (;;) {
    const list = await at.torii.approvals.list({ credential, status: 'pending' });
    const [approval] = list.kind === 'page' ? list.approvals : [];
    if (approval !== undefined) return approval;
  }
}

const ask = async (url: string, signal?: AbortSignal): Promise<Response> =>
  fetch(`${url}/publish`, {
    method: 'POST',
    headers: bearer(await at.agentToken()),
    ...(signal === undefined ? {} : { signal }),
  });

test.each`
  verdict      | status | runs
  ${'approve'} | ${200} | ${1}
  ${'deny'}    | ${403} | ${0}
`('a request that waits is answered once people $verdict', async ({ verdict, status, runs: ran }) => {
  const url = await serve();
  const answer = ask(url);
  const { id: approvalId, actionHash } = await question();

  await at.torii.approvals.decide({
    credential: await at.approverToken(),
    approvalId,
    verdict: verdict as 'approve',
    actionHash,
  });

  expect([(await answer).status, runs]).toEqual([status, ran]);
});

test('a client that leaves ends the waiting, and the call goes on waiting', async () => {
  const url = await serve();
  const leaving = new AbortController();
  const gone = ask(url, leaving.signal).catch(() => 'gone');
  const { id: approvalId, actionHash } = await question();

  const isNoticed = new Promise<void>((resolve) => (noticed = resolve));
  leaving.abort();
  await Promise.all([gone, isNoticed]);
  const credential = await at.approverToken();
  await at.torii.approvals.decide({ credential, approvalId, verdict: 'approve', actionHash });
  const repeat = await ask(url);

  expect(await bodyOf(repeat)).toEqual({ run: 1 });
});

test.each([[-1], [0.5], [86_400_001], ['1000'], [Number.NaN]])('`waitMs` of %p is refused', (waitMs) => {
  const options = { tool: 'publish', price: '1 USD', waitMs: waitMs as number };

  expect(() => toriiMiddleware(at.torii, options)).toThrow('options.waitMs');
});
