import { objectionTo, type ServerReport } from './gate.ts';

const GOOD = {
  redis_version: '7.0.15',
  role: 'master',
  maxmemory_policy: 'noeviction',
  aof_enabled: '1',
  slave0: 'ip=10.0.0.2,port=6379,state=online,offset=1,lag=0',
  slave1: 'ip=10.0.0.3,port=6379,state=wait_bgsave,offset=0,lag=0',
};

function report(change: Readonly<Record<string, string>>, rest: Partial<ServerReport> = {}): ServerReport {
  const lines = Object.entries({ ...GOOD, ...change }).map(([name, value]) => `${name}:${value}`);
  return { info: ['# Server', ...lines, ''].join('\r\n'), time: undefined, mayBeReplica: false, ...rest };
}

const strict = { ephemeral: false, replicas: 1 };

test.each`
  facts                                       | code
  ${{}}                                       | ${undefined}
  ${{ redis_version: '7.2.4' }}               | ${undefined}
  ${{ redis_version: '10.0.0' }}              | ${undefined}
  ${{ redis_version: '6.2.14' }}              | ${'REDIS_TOO_OLD'}
  ${{ redis_version: 'unstable' }}            | ${'REDIS_TOO_OLD'}
  ${{ role: 'slave' }}                        | ${'REDIS_IS_REPLICA'}
  ${{ role: 'sentinel' }}                     | ${'REDIS_IS_REPLICA'}
  ${{ maxmemory_policy: 'allkeys-lru' }}      | ${'REDIS_EVICTS'}
  ${{ maxmemory_policy: 'volatile-ttl' }}     | ${'REDIS_EVICTS'}
  ${{ aof_enabled: '0' }}                     | ${'REDIS_NOT_DURABLE'}
  ${{ slave0: 'state=wait_bgsave,offset=0' }} | ${'REDIS_TOO_FEW_REPLICAS'}
`('a server that says $facts is objected to with $code', ({ facts, code }) => {
  expect(objectionTo(report(facts), strict)?.code).toBe(code);
});

test('a server that says nothing is objected to', () => {
  expect(objectionTo({ info: '', time: undefined, mayBeReplica: true }, strict)?.code).toBe('REDIS_TOO_OLD');
});

test.each`
  requirements                         | facts                                  | code
  ${{ ephemeral: true, replicas: 0 }}  | ${{ aof_enabled: '0', slave0: '' }}    | ${undefined}
  ${{ ephemeral: true, replicas: 0 }}  | ${{ maxmemory_policy: 'allkeys-lfu' }} | ${'REDIS_EVICTS'}
  ${{ ephemeral: false, replicas: 2 }} | ${{}}                                  | ${'REDIS_TOO_FEW_REPLICAS'}
  ${{ ephemeral: false, replicas: 2 }} | ${{ slave1: 'state=online,lag=1' }}    | ${undefined}
`('$requirements and $facts: $code', ({ requirements, facts, code }) => {
  expect(objectionTo(report(facts), requirements)?.code).toBe(code);
});

test('a replica of a cluster is judged by what it would be as a primary', () => {
  const replica = { role: 'slave', slave0: '' };

  expect(objectionTo(report(replica, { mayBeReplica: true }), strict)).toBeUndefined();
  expect(objectionTo(report({ ...replica, aof_enabled: '0' }, { mayBeReplica: true }), strict)?.code).toBe(
    'REDIS_NOT_DURABLE',
  );
});

test.each`
  server     | asked      | answered   | code
  ${100_000} | ${100_000} | ${100_000} | ${undefined}
  ${105_000} | ${100_000} | ${100_000} | ${undefined}
  ${105_001} | ${100_000} | ${100_000} | ${'REDIS_CLOCK_SKEWED'}
  ${95_000}  | ${100_000} | ${100_000} | ${undefined}
  ${94_999}  | ${100_000} | ${100_000} | ${'REDIS_CLOCK_SKEWED'}
  ${105_300} | ${100_000} | ${100_300} | ${undefined}
`('asked at $asked and answered $server by $answered: $code', ({ server, asked, answered, code }) => {
  const time = { server, asked, answered };

  expect(objectionTo(report({}, { time }), strict)?.code).toBe(code);
});
