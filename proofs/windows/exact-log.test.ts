import { stretchAbove, sumBefore } from './exact-log.ts';

const grants = [0, 400, 999, 1_000].map((atMs) => ({ atMs, units: 10n }));
const units = ({ units: weight }: { readonly units: bigint }): bigint => weight;

test.each`
  lengthMs | most   | atMs         | why
  ${1_000} | ${40n} | ${undefined} | ${'all of them are no more'}
  ${1_000} | ${30n} | ${undefined} | ${'the first has left when the last comes'}
  ${1_001} | ${30n} | ${1_000}     | ${'the first is still there'}
  ${1_000} | ${29n} | ${999}       | ${'three are within a window'}
  ${2}     | ${10n} | ${1_000}     | ${'two are a millisecond apart'}
`('in any $lengthMs ms of at most $most the first too many is at $atMs: $why', ({ lengthMs, most, atMs }) => {
  expect(stretchAbove(grants, units, { lengthMs, most })?.atMs).toBe(atMs);
});

test('what was granted exactly a window ago has left it', () => {
  expect(sumBefore(grants, 1_400, 1_000)).toEqual({ units: 20n, calls: 2 });
  expect(sumBefore(grants, 1_399, 1_000)).toEqual({ units: 30n, calls: 3 });
});
