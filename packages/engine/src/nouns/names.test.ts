import { durationMs } from './duration.ts';
import { isToolName } from './tool-name.ts';

test.each([
  'search',
  'web_search',
  'whatsapp/send',
  'a.b-c_D/9',
  'constructor',
  '__proto__',
  'a'.repeat(128),
])('%s is a tool name', (name) => {
  expect(isToolName(name)).toBe(true);
});

test.each([
  '',
  '/',
  'a/',
  '/a',
  'a//b',
  '.',
  '..',
  'a/../b',
  'a b',
  ' a',
  'a ',
  'a\n',
  'a\0',
  'a\u200b',
  'ａ',
  'sеarch',
  'ı',
  'a*',
  'a:b',
  'a\\b',
  'a'.repeat(129),
  'a'.repeat(10_000),
  5,
  null,
  undefined,
  ['a'],
  { toString: () => 'a' },
])('%j is none', (name) => {
  expect(isToolName(name)).toBe(false);
});

test.each`
  text          | ms
  ${'1s'}       | ${1_000}
  ${'90s'}      | ${90_000}
  ${'30m'}      | ${1_800_000}
  ${'1h'}       | ${3_600_000}
  ${'7d'}       | ${604_800_000}
  ${'0s'}       | ${undefined}
  ${'1'}        | ${undefined}
  ${'1 h'}      | ${undefined}
  ${'1H'}       | ${undefined}
  ${'-1h'}      | ${undefined}
  ${'1.5h'}     | ${undefined}
  ${'1000000s'} | ${undefined}
  ${'P1D'}      | ${undefined}
`('$text is $ms milliseconds', ({ text, ms }) => {
  expect(durationMs(text)).toBe(ms);
});
