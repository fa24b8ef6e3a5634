import fc from 'fast-check';

/** Every zone of this runtime, and UTC, which is not in its list. */
export const zones: readonly string[] = [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC'])];

/** Zones whose clocks do unusual things, tried more often than the others. */
export const oddZones = [
  'Africa/Cairo',
  'Africa/Casablanca',
  'America/Havana',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Antarctica/Casey',
  'Antarctica/Troll',
  'Asia/Beirut',
  'Asia/Gaza',
  'Asia/Kathmandu',
  'Asia/Pyongyang',
  'Atlantic/Azores',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Pacific/Kwajalein',
] as const;

export const anyZone = fc.oneof(fc.constantFrom(...zones), fc.constantFrom(...oddZones));

/** Whole milliseconds from 1975 to 2100. */
export const anyInstant = fc.integer({ min: Date.UTC(1975, 0), max: Date.UTC(2100, 0) });

/** Milliseconds of an instant in ISO form. */
export function instant(text: string): number {
  const instantMs = Date.parse(text);
  if (Number.isNaN(instantMs)) throw new TypeError(`expected an instant, got \`${text}\``);
  return instantMs;
}

/** An instant in ISO form, without what is zero. */
export function iso(instantMs: number): string {
  return new Date(instantMs).toISOString().replace(/(:00)?\.000Z$/, 'Z');
}
