import 'reflect-metadata';
import { doorContract } from '@torii/engine/testing';
import { doors } from './conformance.test-support.ts';

describe.each(doors)('$name, $version, by $door', (door) => {
  test.each(doorContract(door))('$title', ({ run }) => run());
});
