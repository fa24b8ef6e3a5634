import { nextAttemptId, previousAttemptId, attemptIn } from './attempt.ts';

test.each`
  id             | of          | number | after          | before
  ${'call_1'}    | ${'call_1'} | ${1}   | ${'call_1.2'}  | ${undefined}
  ${'call_1.2'}  | ${'call_1'} | ${2}   | ${'call_1.3'}  | ${'call_1'}
  ${'call_1.9'}  | ${'call_1'} | ${9}   | ${'call_1.10'} | ${'call_1.8'}
  ${'call_1.10'} | ${'call_1'} | ${10}  | ${'call_1.11'} | ${'call_1.9'}
  ${'x.1'}       | ${'x.1'}    | ${1}   | ${'x.1.2'}     | ${undefined}
  ${'x.02'}      | ${'x.02'}   | ${1}   | ${'x.02.2'}    | ${undefined}
  ${'x.1.2'}     | ${'x.1'}    | ${2}   | ${'x.1.3'}     | ${'x.1'}
  ${'.2'}        | ${'.2'}     | ${1}   | ${'.2.2'}      | ${undefined}
`('$id is attempt $number of $of, after $before and before $after', ({ id, of, number, after, before }) => {
  expect(attemptIn(id)).toEqual({ of, number });
  expect([nextAttemptId(id), previousAttemptId(id)]).toEqual([after, before]);
});
