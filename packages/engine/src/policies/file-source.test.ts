import { rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Harness } from '../engine.test-support.ts';
import type { Store } from '../nouns/store.ts';
import { closeAll, harness, journal, newFolder, pass, until, version, write } from './live.test-support.ts';

afterEach(closeAll);

const INVALID = { id: 'live', tools: { alow: ['search'] } };

function decides(one: Harness, number: number): () => boolean {
  return () => one.torii.policies.active[0]?.version === number;
}

async function rejections(one: Harness): Promise<number> {
  return (await journal(one, 'policies.rejected')).length;
}

async function onFile(documents: unknown = version(1)): Promise<Harness & { readonly path: string }> {
  const path = await write(join(await newFolder(), 'torii.policies.json'), documents);
  const one = await harness({ policies: path });
  // The engine reads the file once more while it starts; a test that writes must not be read half-way.
  await one.torii.policies.reload();
  return { ...one, path };
}

test('a file that changes decides from its next look on, and the journal says which set and from where', async () => {
  const one = await onFile();
  const before = await one.torii.guard(one.request(), () => 1);

  await write(one.path, version(2, { tools: { deny: ['search'] } }));
  await until(one, decides(one, 2));
  const after = await one.torii.guard(one.request(), () => 2);

  expect(before).toMatchObject({ kind: 'done' });
  expect(after).toMatchObject({ kind: 'denied', code: 'TOOL_DENIED' });
  expect((await journal(one, 'policies.activated')).map(({ facts }) => facts)).toMatchObject([
    { revision: 1, author: 'file torii.policies.json', note: 'the engine started' },
    { revision: 2, previous: 1, author: 'file torii.policies.json', hash: one.torii.policies.hash },
  ]);
});

test.each`
  content                                | message                                | why
  ${'{"id": "live", '}                   | ${'torii.policies.json'}               | ${'no JSON'}
  ${''}                                  | ${'torii.policies.json'}               | ${'empty, as while it is written'}
  ${'5'}                                 | ${'a policy document, a list of them'} | ${'no policy'}
  ${INVALID}                             | ${'policies[0].tools.alow'}            | ${'a misspelt key'}
  ${[version(1), version(2)]}            | ${'policies[1].id'}                    | ${'two of one id'}
  ${[{ id: 'live', extends: 'nobody' }]} | ${'nobody'}                            | ${'no such base'}
`('a new file that is $why is recorded once, told once, and the old set decides on', async (row) => {
  const { content, message } = row as { content: unknown; message: string };
  const one = await onFile();

  await write(one.path, content);
  await until(one, async () => (await rejections(one)) > 0);
  await pass(one, 60);
  const outcome = await one.torii.guard(one.request(), () => 'ran');

  const rejected = await journal(one, 'policies.rejected');
  expect(rejected).toHaveLength(1);
  expect(rejected[0]?.facts).toMatchObject({ source: 'file torii.policies.json' });
  expect(rejected[0]?.facts['message']).toContain(message);
  expect(one.errors).toHaveLength(1);
  expect(outcome).toMatchObject({ kind: 'done' });
  expect(decides(one, 1)()).toBe(true);
});

test('a bad file that turns bad in another way is recorded again, and a good one ends it', async () => {
  const one = await onFile();

  await write(one.path, INVALID);
  await until(one, async () => (await rejections(one)) === 1);
  await write(one.path, '{');
  await until(one, async () => (await rejections(one)) === 2);
  await write(one.path, version(3));
  await until(one, decides(one, 3));
  await write(one.path, INVALID);
  await until(one, async () => (await rejections(one)) === 3);

  expect(decides(one, 3)()).toBe(true);
  expect(one.errors).toHaveLength(3);
});

test('a file that goes away keeps the old set, and the one that comes back decides', async () => {
  const one = await onFile();

  await rm(one.path);
  await until(one, async () => (await rejections(one)) === 1);
  const meanwhile = await one.torii.guard(one.request(), () => 'ran');
  await write(one.path, version(2));
  await until(one, decides(one, 2));

  expect(meanwhile).toMatchObject({ kind: 'done' });
  expect((await journal(one, 'policies.rejected'))[0]?.facts['message']).toContain('ENOENT');
});

test('the same file that goes away and comes back changes nothing', async () => {
  const one = await onFile();

  await rename(one.path, `${one.path}.old`);
  await until(one, async () => (await rejections(one)) === 1);
  await rename(`${one.path}.old`, one.path);
  await one.clock.advance(5_000);
  await one.torii.policies.reload();

  expect(await journal(one, 'policies.activated')).toHaveLength(1);
});

test('a file that another one replaces, as editors do, is seen whatever its time says', async () => {
  const one = await onFile();
  const replacement = await write(`${one.path}.new`, version(2));
  await utimes(replacement, 1_000, 1_000);

  await rename(replacement, one.path);

  await until(one, decides(one, 2));
});

test('a link that is turned to another folder, as Kubernetes does, is seen', async () => {
  const folder = await newFolder();
  const folders = [await newFolder(), await newFolder()] as const;
  await write(join(folders[0], 'p.json'), version(1));
  await write(join(folders[1], 'p.json'), version(2));
  await symlink(folders[0], join(folder, '..data'));
  await symlink(join('..data', 'p.json'), join(folder, 'p.json'));
  const one = await harness({ policies: join(folder, 'p.json') });

  await symlink(folders[1], join(folder, '..new'));
  await rename(join(folder, '..new'), join(folder, '..data'));

  await until(one, decides(one, 2));
});

test('a change between reading the file and the first look at it is not lost', async () => {
  const path = await write(join(await newFolder(), 'p.json'), version(1));
  const one = await harness({
    policies: path,
    wrap: (store) => ({
      ...store,
      activateRevision: async (change) => {
        if (change.note === 'the engine started') await write(path, version(2));
        return store.activateRevision(change);
      },
    }),
  });

  await until(one, decides(one, 2));
});

test('a call that runs while the file changes ends under the policies that started it', async () => {
  const one = await onFile();

  const outcome = await one.torii.guard(one.request(), async () => {
    await write(one.path, version(2, { tools: { deny: ['search'] } }));
    await until(one, decides(one, 2));
    return 'ran';
  });

  expect(outcome).toMatchObject({ kind: 'done', value: 'ran', charged: { units: 100_000n } });
  expect(await one.torii.guard(one.request(), () => 0)).toMatchObject({ code: 'TOOL_DENIED' });
});

test('of many changes the last one decides, and no set decides that was never written', async () => {
  const one = await onFile();

  for (let number = 2; number <= 30; number++) {
    await write(one.path, number % 7 === 0 ? INVALID : version(number));
    await one.clock.advance(number % 3 === 0 ? 1_000 : 10);
  }

  await until(one, decides(one, 30));
  const activated = await journal(one, 'policies.activated');
  expect(activated.at(-1)?.facts['hash']).toBe(one.torii.policies.hash);
});

test('a store that is gone while the file changes only delays the change', async () => {
  const path = await write(join(await newFolder(), 'p.json'), version(1));
  let gone = false;
  const orGone = <T>(work: () => Promise<T>): Promise<T> =>
    gone ? Promise.reject(new Error('gone')) : work();
  const one = await harness({
    policies: path,
    wrap: (store: Store) => ({
      ...store,
      saveRevision: (set) => orGone(() => store.saveRevision(set)),
      append: (events) => orGone(async () => store.append(events)),
    }),
  });

  gone = true;
  await write(path, version(2));
  await until(one, () => one.errors.length > 0);
  await one.clock.advance(10_000);
  gone = false;
  await until(one, decides(one, 2));

  expect(one.errors.map(({ message }) => message)).toEqual(['gone']);
  expect(await rejections(one)).toBe(0);
});

test('a rejection that the store cannot take is written once the store is back', async () => {
  const path = await write(join(await newFolder(), 'p.json'), version(1));
  let gone = false;
  const one = await harness({
    policies: path,
    wrap: (store) => ({
      ...store,
      append: (events) => (gone ? Promise.reject(new Error('gone')) : store.append(events)),
    }),
  });

  gone = true;
  await write(path, '{');
  await until(one, () => one.errors.length > 0);
  gone = false;

  await until(one, async () => (await rejections(one)) === 1);
});

test('reading the file again at once takes it over, and throws what is wrong with it', async () => {
  const one = await onFile();

  await write(one.path, version(2));
  await one.torii.policies.reload();
  const taken = one.torii.policies.active;
  await write(one.path, INVALID);
  const failed = one.torii.policies.reload();

  expect(taken).toMatchObject([{ version: 2 }]);
  await expect(failed).rejects.toMatchObject({ code: 'POLICY_INVALID' });
  expect(decides(one, 2)()).toBe(true);
  expect(await rejections(one)).toBe(1);
});

test('an engine on a file that is not there, or not valid, does not start', async () => {
  const folder = await newFolder();

  await expect(harness({ policies: join(folder, 'none.json') })).rejects.toMatchObject({
    code: 'OPTIONS_INVALID',
  });
  await expect(harness({ policies: await write(join(folder, 'p.json'), INVALID) })).rejects.toMatchObject({
    code: 'POLICY_INVALID',
  });
});

test('a closed engine looks at nothing any more', async () => {
  const one = await onFile();

  await one.torii.close();
  await writeFile(one.path, '{');
  await one.clock.advance(5_000);

  expect(one.clock.pending()).toBe(0);
  expect(one.errors).toEqual([]);
});
