import { fakeRandom } from './fake-random.ts';

test('the same seed gives the same run, another seed another', () => {
  const draw = (seed: number) => {
    const random = fakeRandom(seed);
    return [random.id('call'), random.below(1_000_000), random.below(1_000_000)];
  };

  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

test('whole numbers stay below the bound and reach all of it', () => {
  const random = fakeRandom();

  const drawn = new Set(Array.from({ length: 400 }, () => random.below(6)));

  expect(drawn).toEqual(new Set([0, 1, 2, 3, 4, 5]));
});
