// Labels: hardened
// What `./dev` starts, builds and installs. The script and the presets are this clone's; the project is a small one, whose
// abilityd and abilityctl are made in no time, or when the test says so.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {
  copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {defer} from '../support/cleanup.mjs';
import {eventually} from '../support/deadline.mjs';
import {Program} from '../support/program.mjs';

const clone = fileURLToPath(new URL('../../..', import.meta.url));

const cmakeLists = `
cmake_minimum_required(VERSION 3.25)
project(small LANGUAGES NONE)
add_custom_target(abilityd COMMAND cc -o abilityd "\${CMAKE_SOURCE_DIR}/abilityd.c")
add_custom_command(OUTPUT abilityctl COMMAND sh "\${CMAKE_SOURCE_DIR}/build_abilityctl.sh")
add_custom_target(build_abilityctl DEPENDS abilityctl)
add_custom_target(ability_fly)
install(PROGRAMS "\${CMAKE_BINARY_DIR}/abilityd" "\${CMAKE_BINARY_DIR}/abilityctl" TYPE BIN)
`;
const abilityd = String.raw`
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "--wrong") == 0)
    return 2;
  printf("serves %d", getpid());
  for (int at = 1; at < argc; ++at)
    printf(" %s", argv[at]);
  puts("");
  fflush(stdout);
  getchar();
  puts("ends");
}
`;
// It lasts until the test lets it end.
const buildAbilityctl = `
touch builder
echo "noise of the build"
while [ ! -e let ]; do sleep 0.05; done
cp abilityd abilityctl
`;

/** A folder that `./dev` works in as in this clone. */
function project(t) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ability-dev-'));
  defer(t, () => {
    for (const pid of processesIn(folder)) process.kill(pid, 'SIGKILL'); // there are some only when the test failed
    rmSync(folder, {recursive: true});
  });
  for (const name of ['dev', 'CMakePresets.json']) copyFileSync(path.join(clone, name), path.join(folder, name));
  writeFileSync(path.join(folder, 'CMakeLists.txt'), cmakeLists);
  writeFileSync(path.join(folder, 'abilityd.c'), abilityd);
  writeFileSync(path.join(folder, 'build_abilityctl.sh'), buildAbilityctl);
  return {folder, dev: path.join(folder, 'dev'), built: (name) => path.join(folder, 'build', name)};
}

/** What /proc tells of processes, by their ids: `of(pid)`; those that end meanwhile are left out. */
function processes(of) {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && of(pid);
    } catch {
      return false;
    }
  });
}

const childrenOf = (parent) =>
  processes((pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')[1] === String(parent));
const processesIn = (folder) => processes((pid) => readlinkSync(`/proc/${pid}/cwd`).startsWith(folder));

const building = ({built}) => eventually('a build of abilityctl', () => existsSync(built('builder')));
const nothingIn = ({folder}) => eventually('the end of all processes in the folder', () => processesIn(folder).length === 0);

test('run starts the daemon at once and builds abilityctl while it serves, apart from its log', async (t) => {
  const small = project(t);
  const daemon = new Program(t, small.dev, ['run']);
  assert.equal(await daemon.nextLike(/./, {ms: 60_000}), `serves ${daemon.pid} --public`);
  await building(small);
  assert.ok(!existsSync(small.built('abilityctl')));
  writeFileSync(small.built('let'), '');
  await eventually('abilityctl', () => existsSync(small.built('abilityctl')));
  await eventually('no child of the daemon', () => childrenOf(daemon.pid).length === 0);
  daemon.tell('enough');
  assert.equal(await daemon.next(), 'ends');
  assert.equal(await daemon.exitCode(), 0);
  assert.doesNotMatch(daemon.errors.join('\n'), /noise/);
  assert.match(readFileSync(small.built('abilityctl.log'), 'utf8'), /noise of the build/);
});

test('the build of abilityctl ends with the daemon, however that ends', async (t) => {
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    const small = project(t);
    const daemon = new Program(t, small.dev, ['run', '--port', '9000']);
    assert.equal(await daemon.nextLike(/./, {ms: 60_000}), `serves ${daemon.pid} --port 9000`);
    await building(small);
    daemon.process.kill(signal);
    await daemon.exitCode();
    await nothingIn(small);
    assert.ok(!existsSync(small.built('abilityctl')));
  }
});

test('a daemon that does not start leaves no build behind', async (t) => {
  const small = project(t);
  assert.equal(await new Program(t, small.dev, ['run', '--wrong']).exitCode(), 2);
  await nothingIn(small);
});

test('install waits for the build that runs and brings the programs where the caller says', async (t) => {
  const small = project(t);
  const daemon = new Program(t, small.dev, ['run']);
  await daemon.nextLike(/serves/, {ms: 60_000});
  await building(small);
  const caller = path.join(small.folder, 'caller');
  mkdirSync(caller);
  const install = new Program(t, 'env', ['-C', caller, small.dev, 'install', 'out']);
  await eventually('its word that it waits', () => /waiting for another build/.test(install.errors.join('\n')));
  writeFileSync(small.built('let'), '');
  assert.equal(await install.exitCode(), 0, install.errors.join('\n'));
  for (const name of ['abilityd', 'abilityctl']) assert.ok(existsSync(path.join(caller, 'out/bin', name)), name);
});

test('install says where it cannot write before it builds', (t) => {
  const small = project(t);
  const folder = path.join(small.folder, 'dev', 'out');
  const {status, stderr} = spawnSync(small.dev, ['install', folder], {encoding: 'utf8'});
  assert.equal(status, 1);
  assert.ok(stderr.includes(`install: cannot write to ${folder}; run as root or name another folder`), stderr);
  assert.ok(!existsSync(small.built('')));
});
