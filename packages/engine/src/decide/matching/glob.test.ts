import fc from 'fast-check';
import { Glob, isSearched, type Separator } from './glob.ts';

/** As slow and as plain as can be: tries every way to split the text. */
function naive(pattern: string, text: string, separator: Separator): boolean {
  if (pattern === '') return text === '';
  const stars = /^\*+/.exec(pattern)?.[0].length ?? 0;
  if (stars === 0)
    return pattern[0] === text[0] && text !== '' && naive(pattern.slice(1), text.slice(1), separator);
  const rest = pattern.slice(stars);
  for (let end = 0; end <= text.length; end++) {
    if (naive(rest, text.slice(end), separator)) return true;
    if (stars === 1 && separator === '/' && text[end] === '/') return false;
  }
  return false;
}

/** Text that counts how often a character of it is looked at. */
class CountedText extends String {
  looks = 0;

  override charCodeAt(index: number): number {
    this.looks += 1;
    return super.charCodeAt(index);
  }
}

test.each`
  pattern        | text               | matches  | why
  ${'search'}    | ${'search'}        | ${true}  | ${'a name is itself'}
  ${'search'}    | ${'Search'}        | ${false} | ${'case counts'}
  ${'search'}    | ${'search '}       | ${false} | ${'the whole text must match'}
  ${'search'}    | ${'web_search'}    | ${false} | ${'the whole text must match'}
  ${'web_*'}     | ${'web_search'}    | ${true}  | ${'a star stands for characters'}
  ${'web_*'}     | ${'web_'}          | ${true}  | ${'or for none'}
  ${'web_*'}     | ${'web'}           | ${false} | ${'the rest must be there'}
  ${'web_*'}     | ${'web_a/b'}       | ${false} | ${'a star stops at a slash'}
  ${'web_**'}    | ${'web_a/b'}       | ${true}  | ${'two stars do not'}
  ${'*'}         | ${'a/b'}           | ${false} | ${'a star is one segment'}
  ${'*/*'}       | ${'a/b'}           | ${true}  | ${'two segments'}
  ${'*/*'}       | ${'a/b/c'}         | ${false} | ${'not three'}
  ${'**'}        | ${'a/b/c'}         | ${true}  | ${'anything'}
  ${'**/x'}      | ${'x'}             | ${false} | ${'the slash is a character like others'}
  ${'**/x'}      | ${'a/b/x'}         | ${true}  | ${'any depth'}
  ${'**a*b'}     | ${'a/ab'}          | ${true}  | ${'a later start passes the slash'}
  ${'**a*b/c'}   | ${'axb/axb/c'}     | ${true}  | ${'a later segment fits'}
  ${'**a*b**c*'} | ${'xa/ab/yc'}      | ${true}  | ${'stars of both kinds'}
  ${'*evil*'}    | ${'x\nevil'}       | ${true}  | ${'a newline is a character'}
  ${'*evil*'}    | ${'x\u2028evil\n'} | ${true}  | ${'and so is a line separator'}
  ${'a.c'}       | ${'abc'}           | ${false} | ${'a dot is a dot'}
  ${'(a+)+$'}    | ${'aaaa'}          | ${false} | ${'nothing else is special'}
  ${'a?c'}       | ${'abc'}           | ${false} | ${'a question mark is not a wildcard'}
  ${'*ab'}       | ${'aab'}           | ${true}  | ${'it goes back to the star'}
  ${'ab*ba'}     | ${'aba'}           | ${false} | ${'start and end may not share characters'}
  ${'a*/b'}      | ${'a/b'}           | ${true}  | ${'a slash of the end does not stop the star'}
  ${'a/*b'}      | ${'a/b'}           | ${true}  | ${'nor does one of the start'}
  ${'*ab'}       | ${'aba'}           | ${false} | ${'the end must match'}
  ${''}          | ${''}              | ${true}  | ${'nothing matches nothing'}
  ${'*'}         | ${''}              | ${true}  | ${'a star may be empty'}
`('$pattern against $text is $matches: $why', ({ pattern, text, matches }) => {
  expect(new Glob(pattern, '/').matches(text)).toBe(matches);
});

test('where there are no segments, one star stands for slashes too', () => {
  expect(new Glob('*@example.com', 'none').matches('a/b@example.com')).toBe(true);
});

test('a pattern is searched for when it has stars in several places', () => {
  expect(['a', '*', '**', 'a*', '*b', 'a**b'].map(isSearched)).toEqual(Array(6).fill(false));
  expect(['*a*', '**a**', 'a*b*c', '*/**'].map(isSearched)).toEqual(Array(4).fill(true));
});

test('the prefix is what every matching text starts with', () => {
  expect(['web_*', '**', 'exact', 'a/*/b*'].map((pattern) => new Glob(pattern, '/').prefix)).toEqual([
    'web_',
    '',
    'exact',
    'a/',
  ]);
});

const letters = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 12 }).map((all) => all.join(''));
const patterns = fc
  .array(fc.constantFrom('a', 'b', '/', '*', '**'), { maxLength: 8 })
  .map((all) => all.join(''));

test.each<Separator>(['/', 'none'])(
  'agrees with a matcher that tries everything (separator %s)',
  (separator) => {
    fc.assert(
      fc.property(patterns, letters, (pattern, text) => {
        expect(new Glob(pattern, separator).matches(text)).toBe(naive(pattern, text, separator));
      }),
      { numRuns: 20_000 },
    );
  },
);

test.each`
  pattern                       | unit
  ${'*a'.repeat(10) + '*b*'}    | ${'a'}
  ${'**a'.repeat(10) + '**b**'} | ${'a'}
  ${'**a*b**'}                  | ${'a'}
  ${'**a*b**'}                  | ${'a/'}
  ${'**aaaa*/b**'}              | ${'a'}
  ${'**/*a*a*b*'}               | ${'aaaa/'}
  ${'**ab*'}                    | ${'a'}
`('$pattern looks at a text of $unit a linear number of times', ({ pattern, unit }) => {
  const looks = [10_000, 100_000].map((length) => {
    const text = new CountedText(unit.repeat(length / unit.length));
    new Glob(pattern, '/').matches(text as unknown as string);
    return text.looks;
  });

  expect(looks[0]).toBeGreaterThanOrEqual(10_000);
  expect(looks[1]).toBeLessThanOrEqual(100_000 * 2 * pattern.length);
  expect(looks[1]).toBeLessThanOrEqual((looks[0] ?? 0) * 10.1 + 100);
});

test('a slash at the end of a long segment does not make it quadratic', () => {
  const text = new CountedText(`${'a'.repeat(50_000)}/${'a'.repeat(50_000)}`);

  expect(new Glob('**a*b**', '/').matches(text as unknown as string)).toBe(false);
  expect(text.looks).toBeGreaterThan(100_000);
  expect(text.looks).toBeLessThan(1_000_000);
});
