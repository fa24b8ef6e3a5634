import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../paths.ts';
import { checkLicence, countLicences, licenceOfText } from './licences.ts';
import { readLockfile } from './lockfile.ts';

const text = readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8');
const real = readLockfile(text);

interface RawEntry {
  readonly link?: boolean;
  readonly license?: string;
  readonly hasInstallScript?: boolean;
}

test('every package of the real lockfile is there once, and no workspace among them', () => {
  const raw = Object.entries((JSON.parse(text) as { packages: Record<string, RawEntry> }).packages);
  const installed = raw.filter(([path, { link }]) => path.includes('node_modules/') && link !== true);

  expect(real.packages).toHaveLength(installed.length);
  expect(real.packages.filter(({ name }) => name.startsWith('@torii/'))).toEqual([]);
  expect(real.packages.filter(({ hasInstallScript }) => hasInstallScript)).toHaveLength(
    installed.filter(([, entry]) => entry.hasInstallScript === true).length,
  );
});

test('the licences of the real lockfile add up, the most frequent first', () => {
  const counts = countLicences(real.packages);

  expect(counts.reduce((sum, { packages }) => sum + packages, 0)).toBe(real.packages.length);
  expect(counts.map(({ packages }) => packages)).toEqual(
    counts.map(({ packages }) => packages).sort((a, b) => b - a),
  );
  expect(counts.find(({ licence }) => licence === 'MIT')?.packages).toBe(
    real.packages.filter(({ licence }) => licence === 'MIT').length,
  );
});

test('workspaces are known by folder and name', () => {
  expect(real.workspaces).toContainEqual({ folder: 'packages/engine', name: '@torii/engine' });
});

test('dependents are packages and workspaces, sorted, each once', () => {
  const dependents = real.dependentsOf('zod');

  expect(dependents).toEqual([...new Set(dependents)].sort());
  expect(dependents).toEqual(expect.arrayContaining(['packages/engine', 'packages/sandbox']));
  expect(real.dependentsOf('a-package-that-nobody-has')).toEqual([]);
  expect(real.dependentsOf('__proto__')).toEqual([]);
});

test('nested packages, scopes, missing licences and links are read as they are', () => {
  const { packages, workspaces, ...rest } = readLockfile(
    JSON.stringify({
      lockfileVersion: 3,
      packages: {
        '': { name: 'root', devDependencies: { '@a/b': '1' } },
        'packages/own': { dependencies: { c: '1' } },
        'node_modules/own': { link: true, resolved: 'packages/own' },
        'node_modules/@a/b': { version: '1.0.0', license: 'MIT', hasInstallScript: true },
        'node_modules/@a/b/node_modules/c': { version: '2.0.0', peerDependencies: { '@a/b': '1' } },
      },
    }),
  );

  expect(packages.map(({ name, version, licence }) => [name, version, licence])).toEqual([
    ['@a/b', '1.0.0', 'MIT'],
    ['c', '2.0.0', 'none declared'],
  ]);
  expect(workspaces).toEqual([{ folder: 'packages/own', name: 'own' }]);
  expect(rest.dependentsOf('@a/b')).toEqual(['c', 'the repository root']);
});

test.each(['{}', '[]', '{"lockfileVersion": 1, "packages": {}}', 'no json'])(
  '%s is not a lockfile',
  (broken) => {
    expect(() => readLockfile(broken)).toThrow();
  },
);

test.each`
  phrase                                                                                        | licence
  ${'Permission is hereby granted, free of charge,\nto any person obtaining a copy'}            | ${'MIT'}
  ${'                                 Apache License\n                           Version 2.0,'} | ${'Apache-2.0'}
  ${'Permission to use, copy, modify, and/or distribute this software for any purpose'}         | ${'ISC'}
  ${'Redistribution and use in source and binary forms ... Neither the name of'}                | ${'BSD-3-Clause'}
  ${'Redistribution and use in source and binary forms, with or without'}                       | ${'BSD-2-Clause'}
  ${'All rights reserved.'}                                                                     | ${undefined}
`('the text "$phrase" is $licence', ({ phrase, licence }) => {
  expect(licenceOfText(phrase)).toBe(licence);
});

test('an installed package is checked against the licence file that it ships', async () => {
  expect(await checkLicence(repositoryRoot, real, 'express')).toMatchObject({
    name: 'express',
    declared: 'MIT',
    found: 'MIT',
  });
  expect(await checkLicence(repositoryRoot, real, '../../etc')).toBeUndefined();
});
