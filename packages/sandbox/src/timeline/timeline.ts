import type { CallEvent, SceneEvent, TimelineEvent } from './event.ts';

/** What happened so far, in order, with the time since the start. */
export interface Timeline {
  readonly events: readonly TimelineEvent[];
  scene(scene: Pick<SceneEvent, 'title' | 'why'>): void;
  call(call: Omit<CallEvent, 'kind' | 'atMs'>): void;
  note(who: string, text: string): void;
}

/** Starts a timeline. `tell` is given every event as it happens. */
export function startTimeline(tell: (event: TimelineEvent) => void): Timeline {
  const started = performance.now();
  const events: TimelineEvent[] = [];
  const add = (event: TimelineEvent): void => {
    events.push(event);
    tell(event);
  };
  const atMs = (): number => Math.round(performance.now() - started);
  return {
    events,
    scene: (scene) => add({ kind: 'scene', atMs: atMs(), ...scene }),
    call: (call) => add({ kind: 'call', atMs: atMs(), ...call }),
    note: (who, text) => add({ kind: 'note', atMs: atMs(), who, text }),
  };
}
