import fc from 'fast-check';
import { ToriiError } from './errors.ts';
import { parseJson } from './strict-json.ts';

function refusal(text: string): string {
  try {
    parseJson(text);
  } catch (error) {
    if (ToriiError.is(error) && error.code === 'JSON_INVALID') return error.message;
    throw error;
  }
  return 'accepted';
}

test.each([
  'null',
  ' {"a": [1, -0.5, 1e3, true, false, null, "x\\n\\u0041"], "": {}}\r\n\t',
  '[]',
  '"😀"',
  '9007199254740991',
])('reads %s as the platform does', (text) => {
  expect(parseJson(text)).toEqual(JSON.parse(text));
});

test.each`
  text                                        | message
  ${'{"a": 1, "a": 2}'}                       | ${'line 1, `a`: the key is there twice'}
  ${'{"tools": {\n"deny": [],\n"deny": []}}'} | ${'line 3, `tools.deny`: the key is there twice'}
  ${'{"a": 1, "\\u0061": 2}'}                 | ${'line 1, `a`: the key is there twice'}
  ${'[{}, {"x y": {"b": 1, "b": 1}}]'}        | ${'line 1, `[1]["x y"].b`: the key is there twice'}
  ${'{"__proto__": {}}'}                      | ${'line 1, `__proto__`: a `__proto__` key is refused'}
  ${'{"a": {"\\u005f_proto__": 1}}'}          | ${'line 1, `a.__proto__`: a `__proto__` key is refused'}
  ${'{} {}'}                                  | ${'line 1: expected nothing after the value, got `{}`'}
  ${'{} // x'}                                | ${'line 1: expected nothing after the value, got `// x`'}
  ${'{"a": /* x */ 1}'}                       | ${'line 1, `a`: expected a JSON value, got `/* x */ 1}`'}
  ${'{"a": 1,}'}                              | ${'line 1: expected a key in double quotes, got `}`'}
  ${'[1,]'}                                   | ${'line 1, `[1]`: expected a JSON value, got `]`'}
  ${'{"a" 1}'}                                | ${'line 1, `a`: expected `:`, got `1}`'}
  ${'{"a": 1 "b": 2}'}                        | ${'line 1: expected `,` or `}`, got `\\"b\\": 2}`'}
  ${'[1 2]'}                                  | ${'line 1: expected `,` or `]`, got `2]`'}
  ${"{'a': 1}"}                               | ${"line 1: expected a key in double quotes, got `'a': 1}`"}
  ${'{a: 1}'}                                 | ${'line 1: expected a key in double quotes, got `a: 1}`'}
  ${''}                                       | ${'line 1: expected a JSON value, got the end'}
  ${'\ufeff{}'}                               | ${'line 1: expected a JSON value, got `\\u{feff}{}`'}
  ${'[NaN]'}                                  | ${'line 1, `[0]`: expected a JSON value, got `NaN]`'}
  ${'[1'}                                     | ${'line 1: expected `,` or `]`, got the end'}
  ${'"abc'}                                   | ${'line 1: expected `"` at the end of the text, got the end'}
  ${'"abc\\'}                                 | ${'line 1: expected `"` at the end of the text, got the end'}
  ${'"a\\x"'}                                 | ${'line 1: expected text without control characters or unknown escapes, got `\\"a\\\\x\\"`'}
  ${'"\\ud800"'}                              | ${'line 1: text with half a surrogate pair'}
  ${'{"\\udc00": 1}'}                         | ${'line 1: text with half a surrogate pair'}
  ${'01'}                                     | ${'line 1: expected a number, got `01`'}
  ${'+1'}                                     | ${'line 1: expected a number, got `+1`'}
  ${'[1.]'}                                   | ${'line 1, `[0]`: expected a number, got `1.`'}
  ${'9007199254740993'}                       | ${'line 1: the number `9007199254740993` is beyond 2^53 - 1, where readers differ'}
  ${'1e999'}                                  | ${'line 1: the number `1e999` is beyond 2^53 - 1, where readers differ'}
`('$text is refused: $message', ({ text, message }) => {
  expect(refusal(text)).toBe(message);
});

test('32 levels are read, 33 and 10,000 are refused', () => {
  const nested = (levels: number): string => '['.repeat(levels) + '1' + ']'.repeat(levels);

  expect(parseJson(nested(32))).toBeDefined();
  expect(refusal(nested(33))).toContain('deeper than 32 levels');
  expect(refusal(nested(10_000))).toContain('deeper than 32 levels');
  expect(refusal('{"a":'.repeat(10_000))).toContain('deeper than 32 levels');
});

test('10,000 values are read, one more is refused', () => {
  const list = (values: number): string =>
    `[${Array(values - 1)
      .fill(0)
      .join()}]`;

  expect(parseJson(list(10_000))).toHaveLength(9_999);
  expect(refusal(list(10_001))).toContain('more than 10000 values');
});

test('256 KiB are read, one byte more is refused, and bytes are counted rather than characters', () => {
  expect(parseJson(`"${'a'.repeat(262_142)}"`)).toHaveLength(262_142);
  expect(refusal(`"${'a'.repeat(262_143)}"`)).toBe('expected at most 262144 bytes of JSON');
  expect(refusal(`"${'é'.repeat(131_072)}"`)).toBe('expected at most 262144 bytes of JSON');
});

test('limits can be set', () => {
  expect(() => parseJson('[[1]]', { depth: 1 })).toThrow('deeper than 1 levels');
  expect(() => parseJson('[1]', { nodes: 1 })).toThrow('more than 1 values');
  expect(() => parseJson('[1]', { bytes: 2 })).toThrow('at most 2 bytes');
});

test('reads back whatever the platform writes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      const text = JSON.stringify(value);
      fc.pre(text.isWellFormed() && !/"__proto__"|\\ud[89a-f]|[0-9]{16}|e\+/.test(text));

      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
    { numRuns: 2_000 },
  );
});

test('refuses whatever the platform refuses, and always with JSON_INVALID', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '1',
    '-',
    '.',
    'e',
    'true',
    ' ',
    '\\',
    '\n',
    '/',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = parts.join('');

      expect(refusal(text) === 'accepted').toBe(isJson(text) && !/("a"\s*:).*\1/s.test(text));
    }),
    { numRuns: 20_000, examples: [[['{', '"a"', ':', '1', '}']]] },
  );
});

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return value !== undefined;
  } catch {
    return false;
  }
}
