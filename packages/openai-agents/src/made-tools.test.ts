import { doorContract } from '@torii/engine/testing';
import { doorOfMadeTools } from './conformance.test-support.ts';

const cases = doorContract(doorOfMadeTools).filter(
  ({ scenario }) => scenario !== 'left while a person thinks',
);

describe('tools that are guarded once the SDK has made them', () => {
  test.each(cases)('$title', ({ run }) => run());
});
