// Each folder of sources is a library (`ability_folder` in CMakeLists.txt). Its LINKS name the folders whose headers it includes, and
// no others; none of them leads back to it; and all that it calls is defined in it, in these folders or in those below them.
// Run by: ctest --test-dir build -R '^folders$'
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Of each library: its folder, its archive (none where a folder has headers only) and the libraries that it links. */
const libraries = new Map(readFileSync(process.env.ABILITY_FOLDERS, 'utf8').trim().split('\n').map((line) => {
  const [, folder, name, archive, links] = /^(\S+) (\S+) (\S*) ?: ?(\S*)$/.exec(line);
  return [name, {folder, archive, links: links === '' ? [] : links.split(';')}];
}));
const libraryOf = new Map([...libraries].map(([name, {folder}]) => [folder, name]));

/** The folders whose headers the sources of `folder` include. */
function includedBy(folder) {
  const files = readdirSync(path.join(root, folder)).filter((name) => /\.[ch]pp$/.test(name));
  const headers = files.flatMap((name) =>
    [...readFileSync(path.join(root, folder, name), 'utf8').matchAll(/^#include "([^"]+\.hpp)"$/gm)].map(([, header]) => header));
  return [...new Set(headers.filter((header) => existsSync(path.join(root, header))).map((header) => path.dirname(header)))]
    .filter((other) => other !== folder);
}

/** A library with all that it links, directly or not. */
function closureOf(name, seen = new Set()) {
  if (!seen.has(name)) {
    seen.add(name);
    for (const link of libraries.get(name).links) closureOf(link, seen);
  }
  return seen;
}

/** The symbols of an archive that `nm` lists with `flag`. */
function symbolsOf(archive, ...flags) {
  const lines = execFileSync('nm', ['--format=just-symbols', ...flags, archive], {encoding: 'utf8', maxBuffer: 1 << 28}).split('\n');
  return lines.filter((line) => /^_Z/.test(line));
}

test('there are the libraries of all top folders', () => {
  for (const folder of ['protocol/json', 'config', 'actors/stream', 'net/io', 'net/fly', 'apps/abilityd', 'apps/load/run'])
    assert.ok(libraryOf.has(folder), `${folder}/ is no library`);
});

test('a library links the folders whose headers it includes, and no others', () => {
  const wrong = [];
  for (const [name, {folder, links}] of libraries) {
    const included = includedBy(folder).map((other) => libraryOf.get(other) ?? `a library of ${other}/, which there is not`);
    wrong.push(...included.filter((other) => !links.includes(other)).map((other) => `${name} includes headers of ${other} and does not link it`),
               ...links.filter((other) => !included.includes(other)).map((other) => `${name} links ${other} and includes none of its headers`));
  }
  assert.deepEqual(wrong, [], 'mend the LINKS of ability_folder(...) in the CMakeLists.txt above the folder');
});

test('no library is linked by one that it links', () => {
  const circular = [...libraries].filter(([name, {links}]) => links.some((link) => closureOf(link).has(name))).map(([name]) => name);
  assert.deepEqual(circular, [], 'these lead back to themselves');
});

test('a library finds all that it calls in the libraries below it', () => {
  const definedIn = new Map();
  const built = [...libraries].filter(([, {archive}]) => archive !== '');
  for (const [name, {archive}] of built) {
    for (const symbol of symbolsOf(archive, '--defined-only', '--extern-only')) {
      if (!definedIn.has(symbol)) definedIn.set(symbol, []);
      definedIn.get(symbol).push(name);
    }
  }
  assert.ok(definedIn.size > 1000, `only ${definedIn.size} symbols were found in ${built.length} archives`);
  const missing = new Set();
  for (const [name, {archive}] of built) {
    const below = closureOf(name);
    for (const symbol of symbolsOf(archive, '--undefined-only')) {
      const homes = definedIn.get(symbol);
      if (homes !== undefined && !homes.some((home) => below.has(home))) missing.add(`${name} calls ${symbol} of ${homes[0]}`);
    }
  }
  assert.deepEqual([...missing], [], 'link these folders, or move the function below both');
});
