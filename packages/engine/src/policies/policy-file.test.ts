import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPolicyFile } from './policy-file.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'torii-policies-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function read(content: string | Uint8Array): Promise<readonly unknown[]> {
  const path = join(folder, 'policies.json');
  await writeFile(path, content);
  return readPolicyFile(path);
}

test.each`
  content                         | documents                     | what
  ${'{"id": "a"}'}                | ${[{ id: 'a' }]}              | ${'one document'}
  ${'[{"id": "a"}, {"id": "b"}]'} | ${[{ id: 'a' }, { id: 'b' }]} | ${'a list'}
  ${'{"policies": [{"id":"a"}]}'} | ${[{ id: 'a' }]}              | ${'a list under its name'}
  ${'[]'}                         | ${[]}                         | ${'no document, which denies every call'}
`('reads $what', async ({ content, documents }) => {
  expect(await read(content)).toEqual(documents);
});

test.each`
  content                               | code                 | message
  ${'{"id": "a", "id": "b"}'}           | ${'JSON_INVALID'}    | ${'line 1, `id`: the key is there twice'}
  ${'{"policies": [], "polices": []}'}  | ${'POLICY_INVALID'}  | ${'got the key `polices` beside `policies`'}
  ${'{"policies": {}}'}                 | ${'POLICY_INVALID'}  | ${'got an object as `policies`'}
  ${'null'}                             | ${'POLICY_INVALID'}  | ${'got `null`'}
  ${'"a"'}                              | ${'POLICY_INVALID'}  | ${'got `a`'}
  ${new Uint8Array([0x22, 0xff, 0x22])} | ${'OPTIONS_INVALID'} | ${'it is not UTF-8'}
`('a file with $content is refused with $code and its path', async ({ content, code, message }) => {
  const error: unknown = await read(content).catch((caught: unknown) => caught);

  expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  expect(error).toMatchObject({ message: expect.stringContaining('policies.json') });
});

test('a file that is not there is an error, never an empty policy', async () => {
  const message = expect.stringContaining('none.json`: ENOENT') as string;

  await expect(readPolicyFile(join(folder, 'none.json'))).rejects.toMatchObject({
    code: 'OPTIONS_INVALID',
    message,
  });
});

test.each([262_145, 3 * 2 ** 30])(
  'a file of %d bytes is refused, and is not read as a whole',
  async (size) => {
    const path = join(folder, 'large.json');
    await writeFile(path, '[]');
    await truncate(path, size);

    await expect(readPolicyFile(path)).rejects.toMatchObject({
      code: 'JSON_INVALID',
      message: `\`${path}\`, expected at most 262144 bytes of JSON`,
    });
  },
);
