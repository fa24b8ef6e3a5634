import { inspect } from 'node:util';
import { ToriiError } from '../../nouns/errors.ts';
import {
  failureOf,
  isForgotten,
  isLost,
  isMoved,
  isUnsafe,
  tooFewReplicas,
  unavailable,
} from './failures.ts';

function replyError(message: string): Error {
  return Object.assign(new Error(message), {
    name: 'ReplyError',
    command: { name: 'evalsha', args: ['secret'] },
  });
}

test.each`
  message                                                              | said                     | lost
  ${'OOM command not allowed when used memory > maxmemory'}            | ${'memory is full'}      | ${false}
  ${"READONLY You can't write against a read only replica."}           | ${'it is a replica'}     | ${false}
  ${'LOADING Redis is loading the dataset in memory'}                  | ${'still reading'}       | ${false}
  ${'BUSY Redis is busy running a script.'}                            | ${'keeps it busy'}       | ${false}
  ${'NOREPLICAS Not enough good replicas to write.'}                   | ${'too few replicas'}    | ${false}
  ${'MASTERDOWN Link with MASTER is down'}                             | ${'without its primary'} | ${false}
  ${'CLUSTERDOWN Hash slot not served'}                                | ${'cluster is down'}     | ${false}
  ${'TRYAGAIN Multiple keys request during rehashing of slot'}         | ${'moving the keys'}     | ${false}
  ${'MISCONF Errors writing to the AOF file'}                          | ${'write to its disk'}   | ${false}
  ${"NOPERM User app has no permissions to run the 'evalsha' command"} | ${'may not run scripts'} | ${false}
  ${'NOAUTH Authentication required.'}                                 | ${'wants a password'}    | ${false}
  ${'WRONGPASS invalid username-password pair or user is disabled.'}   | ${'password is wrong'}   | ${false}
  ${"ERR user_script:1: attempt to index a nil value ('secret')"}      | ${'the step failed'}     | ${false}
`('the server says "$message": $said', ({ message, said, lost }) => {
  const failure = failureOf(replyError(message));

  expect(failure.code).toBe('STORE_UNAVAILABLE');
  expect(failure.message).toContain(said);
  expect(isLost(failure)).toBe(lost);
});

test.each`
  message                                                             | said                        | lost
  ${'Command timed out'}                                              | ${'did not answer in time'} | ${true}
  ${'Connection is closed.'}                                          | ${'connection was lost'}    | ${true}
  ${'read ECONNRESET'}                                                | ${'connection was lost'}    | ${true}
  ${'Reached the max retries per request limit (which is 0).'}        | ${'connection was lost'}    | ${true}
  ${"Stream isn't writeable and enableOfflineQueue options is false"} | ${'connection is down'}     | ${false}
  ${"Cluster isn't ready and enableOfflineQueue options is false"}    | ${'connection is down'}     | ${false}
`('the client says "$message": $said, lost: $lost', ({ message, said, lost }) => {
  const failure = failureOf(new Error(message));

  expect(failure.message).toContain(said);
  expect(isLost(failure)).toBe(lost);
});

test('nothing of an error of ioredis is handed on', () => {
  const failure = failureOf(replyError("ERR wrong number of arguments: 'secret'"));

  expect(failure.cause).toBeUndefined();
  expect(inspect(failure, { depth: null, showHidden: true })).not.toContain('secret');
});

test('a failure of ours is handed on as it is', () => {
  const ours = unavailable('closed');

  expect(failureOf(ours)).toBe(ours);
  expect(isLost(ours)).toBe(false);
});

test('what too few replicas have is not lost, and not safe', () => {
  const failure = tooFewReplicas(0, 1);

  expect([isUnsafe(failure), isLost(failure), ToriiError.is(failure)]).toEqual([true, false, true]);
});

test.each`
  message                           | forgotten | moved
  ${'NOSCRIPT No matching script.'} | ${true}   | ${false}
  ${'MOVED 3999 127.0.0.1:6381'}    | ${false}  | ${true}
  ${'ASK 3999 127.0.0.1:6381'}      | ${false}  | ${true}
  ${'ASKING for it'}                | ${false}  | ${false}
`('$message', ({ message, forgotten, moved }) => {
  expect([isForgotten(replyError(message)), isMoved(replyError(message))]).toEqual([forgotten, moved]);
});
