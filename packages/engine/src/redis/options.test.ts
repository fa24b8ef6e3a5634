import { redisSettings } from './options.ts';

const redis = 'redis://localhost:6379';

test('a URL is enough', () => {
  expect(redisSettings({ redis })).toEqual({
    redis,
    prefix: 'torii',
    commandTimeoutMs: 200,
    durability: 'local',
    replicas: 0,
    replicationTimeoutMs: 100,
    ephemeral: false,
    ledger: undefined,
    acceptLoss: undefined,
  });
});

test.each`
  options                                             | replicas
  ${{ redis, durability: 'replicated' }}              | ${1}
  ${{ redis, durability: 'replicated', replicas: 2 }} | ${2}
  ${{ redis, replicas: 2 }}                           | ${2}
`('$options demands $replicas replicas', ({ options, replicas }) => {
  expect(redisSettings(options).replicas).toBe(replicas);
});

test.each`
  options                                             | path
  ${{}}                                               | ${'redis'}
  ${{ redis: 6379 }}                                  | ${'redis'}
  ${{ redis: 'localhost:6379' }}                      | ${'redis'}
  ${{ redis: 'http://localhost:6379' }}               | ${'redis'}
  ${{ redis, prefix: '' }}                            | ${'prefix'}
  ${{ redis, prefix: 'a{b}' }}                        | ${'prefix'}
  ${{ redis, prefix: 'a'.repeat(65) }}                | ${'prefix'}
  ${{ redis, commandTimeoutMs: 0 }}                   | ${'commandTimeoutMs'}
  ${{ redis, commandTimeoutMs: 1.5 }}                 | ${'commandTimeoutMs'}
  ${{ redis, durability: 'eventual' }}                | ${'durability'}
  ${{ redis, durability: 'replicated', replicas: 0 }} | ${'replicas'}
  ${{ redis, replicas: -1 }}                          | ${'replicas'}
  ${{ redis, ephemeral: 'yes' }}                      | ${'ephemeral'}
  ${{ redis, ledger: './ledger.db' }}                 | ${'ledger'}
  ${{ redis, acceptLoss: true }}                      | ${'acceptLoss'}
  ${{ redis, comandTimeoutMs: 5 }}                    | ${'options'}
`('$options is refused at `$path`', ({ options, path }) => {
  expect(() => redisSettings(options)).toThrow(
    expect.objectContaining({ code: 'OPTIONS_INVALID', message: expect.stringContaining(`\`${path}\``) }),
  );
});
