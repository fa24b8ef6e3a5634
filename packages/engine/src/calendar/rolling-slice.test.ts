import fc from 'fast-check';
import { rollingSlice } from './rolling-slice.ts';

test.each`
  lengthMs      | nowMs      | startMs    | endMs
  ${86_400_000} | ${0}       | ${0}       | ${1_440_000}
  ${86_400_000} | ${1439999} | ${0}       | ${1_440_000}
  ${86_400_000} | ${1440000} | ${1440000} | ${2_880_000}
  ${1000}       | ${16}      | ${0}       | ${17}
  ${1000}       | ${17}      | ${17}      | ${34}
  ${1}          | ${5}       | ${5}       | ${6}
  ${60_000}     | ${-1}      | ${-1000}   | ${0}
`('of $lengthMs ms the slice at $nowMs is $startMs to $endMs', ({ lengthMs, nowMs, startMs, endMs }) => {
  expect(rollingSlice(lengthMs, nowMs)).toEqual({ startMs, endMs });
});

test('slices tile time, and sixty of them cover the whole length', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e12 }), fc.integer({ min: 0, max: 4.2e12 }), (lengthMs, nowMs) => {
      const slice = rollingSlice(lengthMs, nowMs);

      expect(slice.startMs <= nowMs && nowMs < slice.endMs).toBe(true);
      expect((slice.endMs - slice.startMs) * 60).toBeGreaterThanOrEqual(lengthMs);
      expect(rollingSlice(lengthMs, slice.endMs).startMs).toBe(slice.endMs);
      expect(rollingSlice(lengthMs, slice.endMs - 1)).toEqual(slice);
    }),
  );
});
