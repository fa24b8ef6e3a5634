import { isZone } from './zone.ts';

test.each(Intl.supportedValuesOf('timeZone'))('%s is a zone', (zone) => {
  expect(isZone(zone)).toBe(true);
});

test.each([
  'UTC',
  'GMT',
  'GB',
  'NZ-CHAT',
  'EST5EDT',
  'Etc/GMT+12',
  'Etc/GMT-14',
  'US/Pacific',
  'Asia/Calcutta',
  'Asia/Kolkata',
  'Europe/Kiev',
  'Europe/Kyiv',
  'America/Port-au-Prince',
  'America/Argentina/ComodRivadavia',
  'Antarctica/DumontDUrville',
  'Africa/Dar_es_Salaam',
])('%s is a zone by one of its names', (zone) => {
  expect(isZone(zone)).toBe(true);
});

test.each([
  '',
  ' ',
  'Z',
  'utc',
  'Utc',
  'UTC ',
  ' UTC',
  'UTC\n',
  'UTC\0',
  'UTC+1',
  'GMT+1',
  '+01:00',
  '-0800',
  '+01',
  'local',
  'system',
  'PST',
  'JST',
  'IST',
  'europe/berlin',
  'Europe/berlin',
  'EUROPE/BERLIN',
  'Europe/BERLIN',
  'Europe\\Berlin',
  'Europe/Berlin/',
  'Europe/Atlantis',
  'Ｅurope/Berlin',
  'Etc/Unknown',
  'Etc/GMT+13',
  'SystemV/AST4',
  'Systemv/AST4',
  '2026-01-01T00:00[Europe/Berlin]',
  '__proto__',
  'constructor',
])('%j is no zone', (text) => {
  expect(isZone(text)).toBe(false);
});
