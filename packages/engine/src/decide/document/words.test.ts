import type * as z from 'zod';
import {
  account,
  categoryPattern,
  description,
  instantMs,
  isPolicyId,
  isToolPattern,
  namePattern,
  networkPattern,
  percent,
  sentence,
  word,
} from './words.ts';

function accepts(schema: z.ZodType, text: unknown): boolean {
  return schema.safeParse(text).success;
}

test.each`
  text                           | instant                       | why
  ${'2026-01-20T00:00:00Z'}      | ${'2026-01-20T00:00:00.000Z'} | ${'an instant'}
  ${'2026-01-20T00:00Z'}         | ${'2026-01-20T00:00:00.000Z'} | ${'seconds may be left out'}
  ${'2026-01-20T00:00:00.5Z'}    | ${'2026-01-20T00:00:00.500Z'} | ${'parts of a second'}
  ${'2026-01-20T02:00:00+02:00'} | ${'2026-01-20T00:00:00.000Z'} | ${'an offset'}
  ${'2026-01-19T19:00:00-05:00'} | ${'2026-01-20T00:00:00.000Z'} | ${'an offset to the west'}
  ${'2028-02-29T00:00:00Z'}      | ${'2028-02-29T00:00:00.000Z'} | ${'a leap day'}
  ${'2026-02-29T00:00:00Z'}      | ${undefined}                  | ${'a day that the year does not have'}
  ${'2026-04-31T00:00:00Z'}      | ${undefined}                  | ${'a day that the month does not have'}
  ${'2026-13-01T00:00:00Z'}      | ${undefined}                  | ${'a month that does not exist'}
  ${'2026-01-20T24:00:00Z'}      | ${undefined}                  | ${'an hour that does not exist'}
  ${'2026-01-20T00:00:60Z'}      | ${undefined}                  | ${'a leap second'}
  ${'2026-01-20T00:00:00'}       | ${undefined}                  | ${'no offset'}
  ${'2026-01-20'}                | ${undefined}                  | ${'a date'}
  ${'2026-01-20T00:00:00z'}      | ${undefined}                  | ${'a small letter'}
  ${'2026-01-20 00:00:00Z'}      | ${undefined}                  | ${'a space'}
  ${'2026-01-20T00:00:00+0200'}  | ${undefined}                  | ${'an offset without a colon'}
  ${'2026-01-20T00:00:00+25:00'} | ${undefined}                  | ${'an offset that does not exist'}
  ${'2026-01-20T00:00:00Z\n'}    | ${undefined}                  | ${'a newline'}
  ${'+020260-01-20T00:00:00Z'}   | ${undefined}                  | ${'a year of six digits'}
  ${''}                          | ${undefined}                  | ${'nothing'}
`('$text is $instant: $why', ({ text, instant }) => {
  const ms = instantMs(text as string);

  expect(ms === undefined ? undefined : new Date(ms).toISOString()).toBe(instant);
});

test.each(['a', 'team/a:b@c.d-e_f', '0', 'a'.repeat(128), 'constructor'])(
  '`%s` is an id of a policy',
  (text) => {
    expect(isPolicyId(text)).toBe(true);
  },
);

test.each(['', 'a'.repeat(129), '-a', '__proto__', '/a', 'a b', 'a\n', 'á', 'a*'])('`%s` is none', (text) => {
  expect(isPolicyId(text)).toBe(false);
});

test.each(['search', '*', '**', 'a/*', 'a/**/b', '*a*', 'a.b-c_d', '*/*', 'a'.repeat(128)])(
  '`%s` is a pattern of tools',
  (text) => {
    expect(isToolPattern(text)).toBe(true);
  },
);

test.each(['', '***', 'a//b', '/a', 'a/', '../a', 'a b', 'a?', '{a}', '[a]', 'a\n', 'á', 'a'.repeat(129)])(
  '`%s` is none',
  (text) => {
    expect(isToolPattern(text)).toBe(false);
  },
);

test.each`
  text                       | inReasons | inDescriptions | why
  ${'no more today'}         | ${true}   | ${true}        | ${'words'}
  ${'schönen Tag – 午後 🎉'} | ${true}   | ${true}        | ${'any alphabet'}
  ${''}                      | ${true}   | ${true}        | ${'nothing'}
  ${'x'.repeat(1_000)}       | ${true}   | ${true}        | ${'1000 characters'}
  ${'x'.repeat(1_001)}       | ${false}  | ${false}       | ${'1001 characters'}
  ${'\ud800'}                | ${false}  | ${false}       | ${'half a character'}
  ${'one\ntwo'}              | ${false}  | ${true}        | ${'two lines'}
  ${'one\r\ntwo'}            | ${false}  | ${true}        | ${'two lines of another system'}
  ${'one\u2028two'}          | ${false}  | ${true}        | ${'a line separator'}
  ${'one\u2029two'}          | ${false}  | ${true}        | ${'a paragraph separator'}
  ${'one\ttwo'}              | ${false}  | ${true}        | ${'a tab'}
  ${'\u0000'}                | ${false}  | ${true}        | ${'NUL'}
  ${'\u001b[31mred'}         | ${false}  | ${true}        | ${'a colour of terminals'}
  ${'\u0085'}                | ${false}  | ${true}        | ${'a control beyond ASCII'}
  ${'exe.\u202egnp'}         | ${false}  | ${true}        | ${'text turned around'}
  ${'a\u200bb'}              | ${false}  | ${true}        | ${'a space without width'}
  ${'a\ufeffb'}              | ${false}  | ${true}        | ${'a byte order mark'}
  ${'a\u2066b\u2069'}        | ${false}  | ${true}        | ${'an isolate'}
  ${'a\u{e0041}'}            | ${false}  | ${true}        | ${'a letter that nobody sees'}
  ${'👩\u200d🔬'}            | ${true}   | ${true}        | ${'a joined picture'}
`('$why: in reasons $inReasons, in descriptions $inDescriptions', ({ text, inReasons, inDescriptions }) => {
  expect([accepts(sentence, text), accepts(description, text)]).toEqual([inReasons, inDescriptions]);
});

test.each`
  schema             | text                   | accepted
  ${networkPattern}  | ${'eip155:8453'}       | ${true}
  ${networkPattern}  | ${'eip155:*'}          | ${true}
  ${networkPattern}  | ${'*'}                 | ${false}
  ${networkPattern}  | ${'eip155:84*'}        | ${false}
  ${networkPattern}  | ${'EIP155:1'}          | ${false}
  ${networkPattern}  | ${'ab:1'}              | ${false}
  ${networkPattern}  | ${'eip155:08453'}      | ${false}
  ${networkPattern}  | ${'eip155:0x2105'}     | ${false}
  ${networkPattern}  | ${'eip155:0'}          | ${true}
  ${account}         | ${'eip155:8453:0xAbC'} | ${true}
  ${account}         | ${'eip155:8453'}       | ${false}
  ${account}         | ${'eip155:*:0xAbC'}    | ${false}
  ${account}         | ${'0xAbC'}             | ${false}
  ${namePattern}     | ${'*@example.com'}     | ${true}
  ${namePattern}     | ${'a b'}               | ${false}
  ${namePattern}     | ${'a'.repeat(257)}     | ${false}
  ${namePattern}     | ${'a\n'}               | ${false}
  ${categoryPattern} | ${'a'.repeat(64)}      | ${true}
  ${categoryPattern} | ${'a'.repeat(65)}      | ${false}
  ${word}            | ${'light.2-a_b'}       | ${true}
  ${word}            | ${'a'.repeat(65)}      | ${false}
  ${word}            | ${'__proto__'}         | ${false}
  ${word}            | ${'a/b'}               | ${false}
  ${percent}         | ${1}                   | ${true}
  ${percent}         | ${100}                 | ${true}
  ${percent}         | ${0}                   | ${false}
  ${percent}         | ${101}                 | ${false}
  ${percent}         | ${'30'}                | ${false}
  ${percent}         | ${29.5}                | ${false}
`('$text is accepted: $accepted', ({ schema, text, accepted }) => {
  expect(accepts(schema as z.ZodType, text)).toBe(accepted);
});
