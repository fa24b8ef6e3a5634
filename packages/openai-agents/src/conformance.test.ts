import { doorContract } from '@torii/engine/testing';
import { door } from './conformance.test-support.ts';

describe.each([door])('$name, $version, by $door', (each) => {
  test.each(doorContract(each))('$title', ({ run }) => run());
});
