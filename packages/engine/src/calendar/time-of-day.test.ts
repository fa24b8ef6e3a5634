import { parseTimeOfDay } from './time-of-day.ts';

test.each`
  text       | minutes
  ${'00:00'} | ${0}
  ${'00:01'} | ${1}
  ${'09:30'} | ${570}
  ${'19:59'} | ${1199}
  ${'20:00'} | ${1200}
  ${'23:59'} | ${1439}
  ${'24:00'} | ${1440}
`('$text is minute $minutes', ({ text, minutes }) => {
  expect(parseTimeOfDay(text)).toBe(minutes);
});

test.each([
  '',
  '9:30',
  '09:3',
  '0930',
  '09.30',
  '09:30:00',
  '09:60',
  '24:01',
  '25:00',
  '-1:00',
  '+9:00',
  ' 09:30',
  '09:30 ',
  '09:30\n',
  '9:30 am',
  '٠٩:٣٠',
  '0x:00',
])('%j is no time of day', (text) => {
  expect(parseTimeOfDay(text)).toBeUndefined();
});
