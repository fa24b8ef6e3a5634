import type { Expected, World, WorldSetting } from './world.ts';

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
