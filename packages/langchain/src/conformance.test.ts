import { doorContract } from '@torii/engine/testing';
import { doors } from './conformance.test-support.ts';

describe.each(doors)('$name', (door) => {
  test.each(doorContract(door))('$title', ({ run }) => run());
});
