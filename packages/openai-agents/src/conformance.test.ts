import { doorContract } from '@torii/engine/testing';
import { door, doorOfMadeTools } from './conformance.test-support.ts';

describe.each([door, doorOfMadeTools])('$name, $version, by $door', (each) => {
  test.each(doorContract(each))('$title', ({ run }) => run());
});
