import { remembered } from './remembered.ts';

test('what is asked for again is worked out once, by both of what it is made of', () => {
  const asked: string[] = [];
  const pair = remembered((a: string, b: bigint) => {
    asked.push(a);
    return `${a}${b}`;
  });

  const answers = [pair('a', 1n), pair('a', 2n), pair('b', 1n), pair('a', 1n)];

  expect([answers, asked]).toEqual([
    ['a1', 'a2', 'b1', 'a1'],
    ['a', 'a', 'b'],
  ]);
});

test('a thousand answers are kept, and forgotten when there is one more', () => {
  let asked = 0;
  const square = remembered((a: number, b: number) => {
    asked += 1;
    return a * b;
  });
  for (let index = 0; index < 1_000; index++) square(index, index);

  square(0, 0);
  expect(asked).toBe(1_000);

  square(1_000, 1_000);
  expect([square(0, 0), asked]).toEqual([0, 1_002]);
});
