import { fc, test as property } from '@fast-check/jest';
import { canonicalJson, canonicalJsonOf } from './canonical.ts';
import { Shapes } from './shapes.ts';

property.prop([fc.array(fc.jsonValue({ maxDepth: 4 }), { maxLength: 8 })])(
  'whatever shapes came before, any JSON is written as without them',
  (values) => {
    fc.pre(!JSON.stringify(values).includes('__proto__'));
    const shapes = new Shapes();

    expect([...values, ...values].map((value) => canonicalJsonOf(shapes, value))).toEqual(
      [...values, ...values].map(canonicalJson),
    );
  },
);

test('a shape is learned once for each order of its keys', () => {
  const shapes = new Shapes();

  const shape = shapes.of(['tool', 'agent']);

  expect(shape).toEqual({ keys: ['agent', 'tool'], names: ['"agent":', '"tool":'] });
  expect(shapes.of(['tool', 'agent'])).toBe(shape);
  expect(shapes.of(['agent', 'tool'])).toEqual(shape);
});

test.each([['a"b'], ['é'], ['1'], ['__proto__'], ['k'.repeat(33)], ['']])(
  'an object with the key %j is not remembered',
  (key) => {
    expect(new Shapes().of(['agent', key])).toBeUndefined();
  },
);

test('what is remembered is bounded, and what was learned before that stays', () => {
  const shapes = new Shapes();
  const first = shapes.of(['agent']);

  const learned = Array.from({ length: 5_000 }, (_, index) => shapes.of([`key${index}`]));

  expect(learned.filter((shape) => shape !== undefined)).toHaveLength(1_999);
  expect(shapes.of(['agent'])).toBe(first);
});

test('the limits hold for what is remembered', () => {
  const shapes = new Shapes();
  const long = { text: 'a'.repeat(262_144 - 'text'.length - 'more'.length), more: 1 };

  expect(() => canonicalJsonOf(shapes, long)).not.toThrow();
  expect(() => canonicalJsonOf(shapes, { ...long, x: 1 })).toThrow(
    expect.objectContaining({ code: 'NOT_CANONICAL' }),
  );
});
