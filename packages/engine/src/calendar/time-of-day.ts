const TIME = /^(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)$/;

/** Minutes since midnight of `09:30`; 1440 for `24:00`, the end of a day. Undefined for any other text. */
export function parseTimeOfDay(text: string): number | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, hours = '24', minutes = '00'] = match;
  return Number(hours) * 60 + Number(minutes);
}
