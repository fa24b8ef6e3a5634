/** What a call may do to the world, from harmless to sweeping. */
export const effects = ['read', 'mutating', 'destructive', 'admin'] as const;

/** How far a call reaches: `read` changes nothing, `admin` changes who may do what. */
export type Effect = (typeof effects)[number];

/** Whether a value is one of the four effects. */
export function isEffect(value: unknown): value is Effect {
  return effects.includes(value as Effect);
}

/** The one that reaches further. */
export function strictest(one: Effect, other: Effect): Effect {
  return effects.indexOf(one) < effects.indexOf(other) ? other : one;
}
