import type { PolicyDocument } from '../../../decide/index.ts';
import type { Expected } from '../books.ts';
import type { World, WorldSetting } from '../world.ts';

/** Calls above half a dollar need Ann, who has an hour. */
export const dearAsksAnn: Partial<PolicyDocument> = {
  approvals: [{ when: { above: '0.50 USD' }, approvers: ['ann'], expiresIn: '1h' }],
};

/** Something that happens to a call, and what has to stand in the books then. */
export interface Scenario {
  readonly title: string;
  readonly setting: WorldSetting;

  /** Rejects when the door does something else. Answers how often tools ran, and where the money has to be. */
  readonly play: (world: World) => Promise<Expected>;
}

/** Puts a scenario together. */
export function scenario(title: string, play: Scenario['play'], setting: WorldSetting = {}): Scenario {
  return { title, setting, play };
}
