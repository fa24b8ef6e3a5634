import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstalledPackage, Lockfile } from './lockfile.ts';

/** How many packages declare a licence. */
export interface LicenceCount {
  readonly licence: string;
  readonly packages: number;
}

/** What a package declares beside what its licence file says. */
export interface LicenceCheck {
  readonly name: string;
  readonly version: string;
  readonly declared: string;

  /** Name of the file that was read; undefined where the package ships none. */
  readonly file: string | undefined;

  /** The licence that the text is; undefined for a text that is not one of the known ones. */
  readonly found: string | undefined;
}

/** Phrases that only this licence has, the narrower ones first. */
const PHRASES: readonly (readonly [licence: string, phrase: RegExp])[] = [
  ['Apache-2.0', /Apache License\s+Version 2\.0/i],
  ['BlueOak-1.0.0', /Blue Oak Model License/i],
  ['MIT', /Permission is hereby granted, free of charge, to any person obtaining/i],
  ['ISC', /Permission to use, copy, modify, and(?:\/or)? distribute this software for any/i],
  [
    'BSD-3-Clause',
    /Redistribution and use in source and binary forms[^]*(?:Neither the name|The name of the author)/i,
  ],
  ['BSD-2-Clause', /Redistribution and use in source and binary forms/i],
];

/** How many packages declare which licence, the most frequent first. */
export function countLicences(packages: readonly InstalledPackage[]): readonly LicenceCount[] {
  const counts = new Map<string, number>();
  for (const { licence } of packages) counts.set(licence, (counts.get(licence) ?? 0) + 1);
  return [...counts]
    .map(([licence, count]) => ({ licence, packages: count }))
    .sort((one, other) => other.packages - one.packages || one.licence.localeCompare(other.licence));
}

/** The licence that a text is, by the phrases that lawyers do not change. */
export function licenceOfText(text: string): string | undefined {
  const plain = text.replace(/\s+/g, ' ');
  return PHRASES.find(([, phrase]) => phrase.test(plain))?.[0];
}

/** Reads the licence file that an installed package ships. Undefined for a name that the lockfile does not have. */
export async function checkLicence(
  root: string,
  lockfile: Lockfile,
  name: string,
): Promise<LicenceCheck | undefined> {
  const installed = lockfile.packages.find((candidate) => candidate.name === name);
  if (installed === undefined) return undefined;
  const { version, licence: declared, path } = installed;
  const folder = join(root, path);
  const files = await readdir(folder).catch(() => []);
  const file = files.find((candidate) => /^(?:licen[cs]e|copying)/i.test(candidate));
  const text = file === undefined ? '' : await readFile(join(folder, file), 'utf8');
  return { name, version, declared, file, found: licenceOfText(text) };
}
