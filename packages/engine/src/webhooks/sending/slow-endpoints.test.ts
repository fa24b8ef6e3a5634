import { Circuit, type Pass } from './circuit.ts';
import { closeLab, lab, type Lab, receiver, type Reply, silence, status, until } from './lab.test-support.ts';
import { FAILING_MS } from './standing.ts';

afterEach(closeLab);

const DAY_MS = 86_400_000;

async function entries(
  { store }: Lab,
  type: 'circuit.opened' | 'circuit.closed' | 'webhook.endpoint_disabled',
) {
  const found = await store.entries({ afterSeq: 0, limit: 1_000, types: [type] });
  return found.map(({ facts }) => facts);
}

describe('a slow endpoint', () => {
  test('is sent eight at once; whoever comes then is sent away, and another endpoint is not held up', async () => {
    const stuck = await receiver(silence, { id: 'stuck', events: ['approval.created'] });
    const inbox = await receiver(status(200), { id: 'inbox', events: ['approval.denied'] });
    const one = await lab([stuck, inbox]);
    for (let count = 0; count < 100; count++) await one.happen('approval.created');
    const first = one.round();
    await until(() => stuck.received.length === 8);
    await one.clock.advance(250);
    await one.happen('approval.denied', 'denied');

    const sent = await Promise.race([first, one.round()]);

    expect(stuck.received).toHaveLength(8);
    expect(inbox.received).toHaveLength(1);
    expect(sent.filter(({ kind }) => kind === 'over')).toHaveLength(1);
    const away = sent.filter((each) => each.kind === 'later' && !each.counted);
    expect(away.length).toBeGreaterThanOrEqual(92);
  });

  test('has one lane for the deliveries of every tenant', async () => {
    const stuck = await receiver(silence);
    const one = await lab([stuck]);
    const { store: other, happen } = await lab([], { clock: one.clock });
    for (let count = 0; count < 8; count++) await one.happen();
    for (let count = 0; count < 8; count++) await happen();
    const { signal } = new AbortController();
    const queued = await one.courier.fanOut(other, signal);

    void one.round();
    await until(() => stuck.received.length === 8);
    await one.clock.advance(250);
    const sent = await Promise.all(queued.map(({ id }) => one.courier.send(other, id, signal)));

    expect(stuck.received).toHaveLength(8);
    expect(sent.every((each) => each.kind === 'later' && !each.counted && each.dueAt > one.clock.now())).toBe(
      true,
    );
  });

  test('whose answers are quick is sent a long queue without pauses', async () => {
    const inbox = await receiver(status(200));
    const one = await lab([inbox]);
    for (let count = 0; count < 72; count++) await one.happen();

    const sent = await one.round();

    expect(sent.every(({ kind }) => kind === 'over')).toBe(true);
    expect(inbox.received).toHaveLength(72);
  });
});

describe('the circuit of an endpoint', () => {
  const slow = (circuit: Circuit, nowMs: number): 'opened' | 'closed' | undefined => {
    const pass = circuit.admit(nowMs);
    if (typeof pass === 'number') throw new Error(`expected leave to send, got ${pass}`);
    return circuit.ended(pass, 'slow', nowMs);
  };

  test('opens after five failures in a row, and doubles what it waits up to ten minutes', () => {
    const circuit = new Circuit();
    const turned = [0, 1, 2, 3, 4].map((now) => slow(circuit, now));
    const waits: number[] = [];
    for (let now = 4, probe = 0; probe < 7; probe++) {
      const opensAt = circuit.admit(now);
      if (typeof opensAt !== 'number') throw new Error('expected an open circuit');
      waits.push(opensAt - now);
      now = opensAt;
      expect(slow(circuit, now)).toBeUndefined();
    }

    expect(turned).toEqual([undefined, undefined, undefined, undefined, 'opened']);
    expect(waits).toEqual([30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
  });

  test('an answer in between starts the count anew', () => {
    const circuit = new Circuit();
    const sent: Pass = { probe: false };
    for (let failure = 0; failure < 4; failure++) circuit.ended(sent, 'slow', 0);
    circuit.ended(sent, 'well', 0);
    for (let failure = 0; failure < 4; failure++) circuit.ended(sent, 'slow', 0);

    expect(circuit.admit(0)).toEqual({ probe: false });
  });

  test('lets one request through, and an answer to that closes it', () => {
    const circuit = new Circuit();
    for (let failure = 0; failure < 5; failure++) slow(circuit, 0);

    const probe = circuit.admit(30_000);
    expect([probe, circuit.admit(30_000)]).toEqual([{ probe: true }, 32_000]);
    expect(circuit.ended({ probe: true }, 'well', 30_001)).toBe('closed');
    expect(circuit.admit(30_001)).toEqual({ probe: false });
  });

  test('is not opened further by requests that were under way when it opened, and a stopped probe frees its place', () => {
    const circuit = new Circuit();
    for (let failure = 0; failure < 8; failure++) circuit.ended({ probe: false }, 'slow', 0);
    expect(circuit.admit(29_999)).toBe(30_000);

    circuit.admit(30_000);
    circuit.stopped({ probe: true });

    expect(circuit.admit(30_000)).toEqual({ probe: true });
  });

  test.each([429, 502, 503, 504])('opens on %i, which is told once, as is that it closed', async (code) => {
    const inbox = await receiver(status(code), { id: 'inbox' });
    const one = await lab([inbox]);
    for (let count = 0; count < 12; count++) await one.happen();

    await one.round();
    await one.clock.advance(29_000);
    const early = await one.round();
    expect(early.every((each) => each.kind === 'later' && !each.counted)).toBe(true);
    const host = new URL(inbox.url).host;
    expect(await entries(one, 'circuit.opened')).toEqual([{ of: 'webhook', endpoint: 'inbox', host }]);
    const before = inbox.received.length;
    await one.clock.advance(1_000);
    await one.round();
    expect(inbox.received.length - before).toBe(1);
    inbox.reply = status(200);
    await one.clock.advance(10 * 60_000);
    await one.round();
    await one.clock.advance(2_000);
    await one.round();

    expect(await one.states()).toEqual(Array.from({ length: 12 }, () => 'delivered'));
    expect(await entries(one, 'circuit.opened')).toHaveLength(1);
    expect(await entries(one, 'circuit.closed')).toEqual([{ of: 'webhook', endpoint: 'inbox', host }]);
  });

  test('spares the endpoint those too that waited their turn when it opened', async () => {
    const inbox = await receiver(status(503));
    const one = await lab([inbox]);
    for (let count = 0; count < 72; count++) await one.happen();

    const sent = await one.round();

    expect(inbox.received.length).toBeLessThanOrEqual(5 + 8);
    expect(sent.filter((each) => each.kind === 'later' && !each.counted).length).toBeGreaterThanOrEqual(59);
  });

  test('does not stay open for years where the clock was set back', () => {
    const circuit = new Circuit();
    const day = 86_400_000;
    for (let count = 0; count < 5; count++) circuit.ended({ probe: false }, 'slow', day);

    expect(circuit.admit(0)).toEqual({ probe: true });
    expect(circuit.admit(0)).toBe(2_000);
  });

  test('has those who wait come back one after another', () => {
    const circuit = new Circuit();
    for (let count = 0; count < 5; count++) circuit.ended({ probe: false }, 'slow', 0);
    const spreads = Array.from({ length: 3 }, () => [circuit.admit(0), circuit.spreadMs()]);
    expect(spreads).toEqual([
      [30_000, 0],
      [30_000, 20],
      [30_000, 40],
    ]);
    for (let count = 0; count < 10_000; count++) circuit.admit(0);
    expect(circuit.spreadMs()).toBe(30_000);

    expect(circuit.admit(30_000)).toEqual({ probe: true });

    expect([circuit.admit(30_000), circuit.spreadMs()]).toEqual([32_000, 0]);
  });

  test.each([400, 404, 500, 307])('stays closed on %i: it answers', async (code) => {
    const inbox = await receiver(status(code));
    const one = await lab([inbox]);
    for (let count = 0; count < 8; count++) await one.happen();

    await one.round();
    await one.clock.advance(5_000);

    expect((await one.round()).every((each) => each.kind === 'later' && each.counted)).toBe(true);
    expect(await entries(one, 'circuit.opened')).toEqual([]);
  });
});

describe('an endpoint is disabled', () => {
  test('by 410: that message is a dead letter, and so is what comes after it, without a request', async () => {
    const inbox = await receiver(status(410), { id: 'inbox' });
    const one = await lab([inbox]);
    await one.happen();
    await one.round();
    await one.happen();
    await one.round();

    expect(inbox.received).toHaveLength(1);
    expect(await one.states()).toEqual(['gave-up', 'gave-up']);
    expect(await entries(one, 'webhook.endpoint_disabled')).toEqual([
      { endpoint: 'inbox', host: new URL(inbox.url).host, reason: 'it answered 410' },
    ]);
    expect(one.problems()).toMatchObject([
      { kind: 'gave-up', tries: 1, reason: 'answered 410' },
      { kind: 'gave-up', tries: 0, reason: 'the endpoint is disabled' },
    ]);
    expect(await one.store.entries({ afterSeq: 0, limit: 9, types: ['webhook.gave_up'] })).toHaveLength(1);
  });

  test('and nothing becomes a dead letter any more once another process enabled it', async () => {
    const inbox = await receiver(status(410), { id: 'inbox' });
    const one = await lab([inbox]);
    await one.happen();
    await one.round();
    await one.courier.endpoints(one.store);
    const [known] = await one.store.endpoints();
    await one.store.putEndpoint({ id: 'inbox', state: 'active', revision: (known?.revision ?? 0) + 1 }, []);
    inbox.reply = status(200);
    const [{ id } = { id: '' }] = await one.store.deliveries({ limit: 1 });
    await one.store.requeue([id], one.clock.now());

    await one.courier.send(one.store, id, new AbortController().signal);

    expect(await one.states()).toEqual(['delivered']);
  });

  test('by five days of failures, and not a moment before', async () => {
    const inbox = await receiver(status(500), { id: 'inbox' });
    const one = await lab([inbox]);
    await one.happen();
    await one.round();
    await one.clock.advance(FAILING_MS - 1);
    await one.happen();
    await one.round();
    expect(await entries(one, 'webhook.endpoint_disabled')).toEqual([]);
    await one.clock.advance(DAY_MS);
    await one.round();

    expect(await entries(one, 'webhook.endpoint_disabled')).toMatchObject([
      { endpoint: 'inbox', reason: 'it failed for five days without a success' },
    ]);
  });

  test('not where a success came in between', async () => {
    const inbox = await receiver(status(500), { id: 'inbox' });
    const one = await lab([inbox]);
    for (const code of [500, 200, 500]) {
      inbox.reply = status(code);
      await one.happen();
      await one.round();
      await one.clock.advance(3 * DAY_MS);
    }
    await one.round();

    expect(await entries(one, 'webhook.endpoint_disabled')).toEqual([]);
  });

  test('two that are down do not tell each other for ever that they are', async () => {
    const events = ['webhook.gave_up', 'webhook.endpoint_disabled', 'approval.created'] as const;
    const one = await receiver(status(410), { id: 'one', events });
    const two = await receiver(status(410), { id: 'two', events });
    const both = await lab([one, two]);
    await both.happen();

    let rounds = 0;
    while ((await both.round()).length > 0) expect(++rounds).toBeLessThan(6);

    expect(await both.store.entries({ afterSeq: 0, limit: 99, types: ['webhook.gave_up'] })).toHaveLength(2);
  });

  test('two that only refuse to hear what was given up do not tell each other that either', async () => {
    const reply: Reply = (response) => {
      const event = String(response.req.headers['x-webhook-event']);
      response.writeHead(event === 'approval.created' ? 204 : 500).end();
    };
    const events = ['webhook.gave_up', 'approval.created', 'approval.denied'] as const;
    const both = await lab([
      await receiver(reply, { id: 'one', events }),
      await receiver(reply, { id: 'two', events }),
    ]);
    await both.happen('approval.denied', 'denied');

    for (let round = 0; round < 60; round++) {
      await both.happen('approval.created');
      await both.round();
      await both.clock.advance(4 * 3_600_000);
    }

    const entries = await both.store.entries({ afterSeq: 0, limit: 99, types: ['webhook.gave_up'] });
    const told = entries.map(({ facts }) => JSON.stringify([facts['endpoint'], facts['event']]));
    expect(told.sort()).toEqual(['["one","approval.denied"]', '["two","approval.denied"]']);
  });
});
