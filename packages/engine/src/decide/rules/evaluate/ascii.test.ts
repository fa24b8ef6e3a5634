import { fc, test as property } from '@fast-check/jest';

import { lowerAscii, upperAscii } from './ascii.ts';

test.each`
  text                        | lower                       | upper
  ${''}                       | ${''}                       | ${''}
  ${'aZ09@[`{'}               | ${'az09@[`{'}               | ${'AZ09@[`{'}
  ${'ÄäA İI\u212Ak ßẞ ŉ'}     | ${'Ääa İi\u212Ak ßẞ ŉ'}     | ${'ÄäA İI\u212AK ßẞ ŉ'}
  ${'\u{1F600}A\ud800a'}      | ${'\u{1F600}a\ud800a'}      | ${'\u{1F600}A\ud800A'}
  ${`${'aB'.repeat(5_000)}é`} | ${`${'ab'.repeat(5_000)}é`} | ${`${'AB'.repeat(5_000)}é`}
`('only the letters A to Z change in $text', ({ text, lower, upper }: Record<string, string>) => {
  expect(lowerAscii(text ?? '-')).toBe(lower);
  expect(upperAscii(text ?? '-')).toBe(upper);
});

property.prop([fc.string({ unit: 'binary', maxLength: 9_000 })])(
  'a text is changed letter by letter, whatever else is in it',
  (text) => {
    expect(lowerAscii(text)).toBe(text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
    expect(upperAscii(text)).toBe(text.replace(/[a-z]/g, (letter) => letter.toUpperCase()));
  },
);
