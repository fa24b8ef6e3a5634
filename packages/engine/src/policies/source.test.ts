import type { Clock } from '../nouns/clock.ts';
import type { PolicySource } from '../nouns/policy-source.ts';
import { fakeClock } from '../testing/fake-clock.ts';
import { closeAll, harness, journal, until, version } from './live.test-support.ts';

afterEach(closeAll);

interface Settable extends PolicySource {
  documents: readonly unknown[];
  loads: number;
  changed: () => void;
  stopped: boolean;
  load: () => Promise<readonly unknown[]>;
  watch: (changed: () => void, clock: Clock) => () => void;
}

/** A source whose documents the test sets; `changed` says that it did. */
function settable(first: readonly unknown[]): Settable {
  const source: Settable = {
    name: 'somewhere',
    documents: first,
    loads: 0,
    changed: () => undefined,
    stopped: false,
    load: () => {
      source.loads += 1;
      return Promise.resolve(source.documents);
    },
    watch: (changed) => {
      source.changed = changed;
      return () => void (source.stopped = true);
    },
  };
  return source;
}

test('a source of its own says when it changed, and is stopped with the engine', async () => {
  const source = settable([version(1)]);
  const one = await harness({ policies: source });

  source.documents = [version(2)];
  source.changed();
  await until(one, () => one.torii.policies.active[0]?.version === 2);
  await one.torii.close();

  expect(source.stopped).toBe(true);
  expect(one.clock.pending()).toBe(0);
});

test('a source that says a thousand times that it changed is read for what it is, not a thousand times', async () => {
  const source = settable([version(1)]);
  const one = await harness({ policies: source });
  await until(one, () => source.loads >= 3);
  const before = source.loads;

  source.documents = [version(2)];
  for (let time = 0; time < 1_000; time++) source.changed();
  await until(one, () => one.torii.policies.active[0]?.version === 2);

  expect(source.loads - before).toBeLessThanOrEqual(2);
});

test.each([
  ['rejects', () => Promise.reject(new Error('no network'))],
  ['throws', () => { throw new Error('no network'); }], // prettier-ignore
  ['answers no list', () => Promise.resolve('p' as never)],
  ['rejects with no error', () => Promise.reject('odd' as never)],
])('a source that %s keeps the old set, and is read again until it succeeds', async (_, load) => {
  const source = settable([version(1)]);
  const one = await harness({ policies: source });
  const works = source.load;

  source.load = load;
  source.changed();
  await until(one, async () => (await journal(one, 'policies.rejected')).length === 1);
  const outcome = await one.torii.guard(one.request(), () => 'ran');
  await one.clock.advance(30_000);
  source.load = works;
  source.documents = [version(2)];
  await until(one, () => one.torii.policies.active[0]?.version === 2);

  expect(outcome).toMatchObject({ kind: 'done' });
  expect(await journal(one, 'policies.rejected')).toHaveLength(1);
  expect(one.errors).toHaveLength(1);
});

const never = (): Promise<never> => new Promise(() => undefined);

test('a source that does not answer is given up after half a minute, told once, and read again', async () => {
  const source = settable([version(1)]);
  const one = await harness({ policies: source });
  await until(one, () => source.loads >= 3);
  const works = source.load;

  source.load = never;
  const hanging = one.torii.policies.reload();
  hanging.catch(() => undefined);
  source.changed();
  await one.clock.advance(70_000);
  source.load = works;
  source.documents = [version(2)];
  await until(one, () => one.torii.policies.active[0]?.version === 2);

  await expect(hanging).rejects.toMatchObject({
    code: 'OPTIONS_INVALID',
    message: 'expected the policies of `somewhere` within 30 seconds',
  });
  expect(await journal(one, 'policies.rejected')).toHaveLength(1);
  expect(one.errors).toHaveLength(1);
});

test('closing does not wait for a source that does not answer', async () => {
  const source = settable([version(1)]);
  const one = await harness({ policies: source });
  await until(one, () => source.loads >= 3);
  source.load = never;
  source.changed();
  await one.clock.advance(1);
  const hanging = one.torii.policies.reload();
  hanging.catch(() => undefined);

  await one.torii.close();

  // Closing that runs into its limit says so.
  expect(one.errors).toEqual([]);
  expect(one.clock.pending()).toBe(0);
  await expect(hanging).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
});

test('a source that does not answer at the start keeps the engine from starting', async () => {
  const clock = fakeClock();
  const starting = harness({ policies: { name: 'somewhere', load: never }, clock });
  starting.catch(() => undefined);
  await clock.advance(30_000);

  await expect(starting).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
});

test('a source that changed before anybody watched it is read once more', async () => {
  const source = settable([version(1)]);
  const { watch } = source;
  source.watch = (changed, clock) => {
    source.documents = [version(2)];
    return watch(changed, clock);
  };
  const one = await harness({ policies: source });

  await until(one, () => one.torii.policies.active[0]?.version === 2);
});

test('a list decides from the start, and reading it again changes nothing', async () => {
  const one = await harness({ policies: [version(1)] });

  await one.torii.policies.reload();

  expect(one.torii.policies.active).toMatchObject([{ id: 'live', version: 1 }]);
  expect((await journal(one)).map(({ type }) => type)).toEqual([
    'engine.started',
    'policies.saved',
    'policies.activated',
  ]);
  expect((await journal(one))[0]?.facts).toMatchObject({ set: one.torii.policies.hash, mode: 'enforce' });
});

test('a list cannot be changed through the engine, and the refusal says where it can', async () => {
  const one = await harness({ policies: [version(1)] });
  const saved = await one.torii.policies.save([version(2)], { author: 'ada' });

  await expect(one.torii.policies.activate(saved.number, { author: 'ada' })).rejects.toMatchObject({
    code: 'OPTIONS_INVALID',
    message: expect.stringContaining('storedPolicies()'),
  });
  await expect(one.torii.policies.rollBack({ author: 'ada' })).rejects.toMatchObject({
    code: 'OPTIONS_INVALID',
  });
  expect(one.torii.policies.active).toMatchObject([{ version: 1 }]);
});

test.each([
  5,
  '',
  null,
  {},
  { name: 'x' },
  { name: '', load: () => [] },
  { name: 'x', load: () => [], watch: 1 },
])('%j is no place for policies', async (policies) => {
  await expect(harness({ policies: policies as never })).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
});

test('what is probably not meant is found in the set that decides', async () => {
  const one = await harness({ policies: [{ id: 'p', tools: { allow: [] } }] });

  expect(one.torii.policies.findings).toMatchObject([{ code: 'NOTHING_ALLOWED' }]);
});
