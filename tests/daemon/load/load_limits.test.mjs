// What a load test needs and does not get: it says so before it begins, in one sentence with the remedy.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {ctl} from '../support/ctl.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {fanOut, folderOf, load, startLoad, writeScenario} from '../support/load.mjs';

/** Runs abilityctl under a limit of the shell. */
function limited(limit, args) {
  return new Promise((resolve) => {
    execFile('sh', ['-c', `ulimit ${limit}; exec "$@"`, 'sh', process.env.ABILITYCTL, 'load', ...args], (error, stdout, stderr) =>
      resolve({code: error?.code ?? error?.signal ?? 0, stdout, stderr}));
  });
}

function saysOnce({code, stdout, stderr}, told) {
  assert.equal(code, 2, stdout + stderr);
  assert.match(stderr, told);
  assert.equal(stdout, '');
  assert.match(stderr, /^abilityctl: [^\n]*[^.](\.|\?)\n$/);
}

test('too few threads, descriptors or too little memory', async (t) => {
  const file = writeScenario(t, fanOut());
  for (const processes of ['1', '3']) {
    // The address space of a program with AddressSanitizer has no such limit.
    if (!process.env.ASAN_OPTIONS) {
      saysOnce(await limited('-v 300000', [file, '--quiet', '--lanes', '256', '--processes', processes]),
        /threads can be started: .*--lanes.*ulimit|too little memory.*--lanes.*ulimit/);
    }
    saysOnce(await limited('-n 64', [file, '--quiet', '--lanes', '256', '--processes', processes]),
      /64 descriptors.*256 lanes.*ulimit -n \d+.*--lanes/);
    saysOnce(await limited('-n 64', [file, '--processes', processes]), /64 descriptors.*ulimit -n \d+/);
  }
});

test('a limit that suffices for the lanes suffices', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {code, stderr} = await limited('-n 300', [writeScenario(t, fanOut()), '--quiet', '--lanes', '32',
    '--url', `ws://127.0.0.1:${daemon.port}/cable`]);
  assert.ok([0, 3].includes(code), stderr);
});

test('a server that cannot be looked at', async (t) => {
  const file = writeScenario(t, fanOut());
  for (const [args, told] of [
    [['--pid', '0'], /--pid is 0, but must be/],
    [['--pid', '2000000000'], /--pid 2000000000: there is no such process/],
    [['--monitor', '127.0.0.1:1'], /--monitor: .*127\.0\.0\.1:1.*connection refused/],
    [['--monitor', '127.0.0.1:1', '--monitor-ca', 'a.pem'], /--monitor-cert, --monitor-key and --monitor-ca go together/],
  ]) saysOnce(await ctl(t, ['load', file, ...args]), told);
});

test('a monitor that wants a secret, and one that cannot be asked that way', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--monitor-listen', '127.0.0.1:0', '--monitor-secret', 's3cret']);
  const port = /\bport=(\d+)/.exec(daemon.lines.find((line) => line.includes('serves=monitor')))[1];
  const file = writeScenario(t, fanOut());
  const at = [file, '--url', `ws://127.0.0.1:${daemon.port}/cable`, '--monitor', `127.0.0.1:${port}`];
  saysOnce(await ctl(t, ['load', ...at]), /set ABILITY_CLUSTER_SECRET or ABILITY_MONITOR_SECRET/);
  saysOnce(await ctl(t, ['load', ...at], {env: {ABILITY_MONITOR_SECRET: 'wrong'}}),
    /check ABILITY_CLUSTER_SECRET or ABILITY_MONITOR_SECRET/);
  const {code, stderr} = await ctl(t, ['load', ...at, '--quiet', '--processes', '2'], {env: {ABILITY_MONITOR_SECRET: 's3cret'}});
  assert.ok([0, 3].includes(code), stderr);
});

test('a server that ends while it is looked at is noted', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const run = startLoad(t, fanOut({publish: {for: '2s', rate: 50}}),
    ['--url', `ws://127.0.0.1:${daemon.port}/cable`, '--pid', String(daemon.pid), '--json']);
  await daemon.waitForMetric('ability_broadcast_msg_total', (value) => value >= 5);
  daemon.isEnding = true;
  await daemon.crash();
  const {stdout} = await run.outcome();
  assert.match(JSON.parse(stdout).notes.join(' '), /could not be looked at until the end/);
});

test('a report that cannot be written', async (t) => {
  const folder = folderOf(t);
  const scenario = path.join(folder, 'scenario.json');
  writeFileSync(scenario, JSON.stringify(fanOut()));
  mkdirSync(path.join(folder, 'folder.json'));
  for (const [report, told] of [
    [path.join(folder, 'folder.json'), /folder\.json: it cannot be written: it is a directory/],
    [path.join(folder, 'none', 'out.json'), /none\/out\.json: it cannot be written: No such file or directory/],
    [scenario, /would take the place of the scenario/],
  ]) saysOnce(await ctl(t, ['load', scenario, '--report', report]), told);
  assert.deepEqual(readdirSync(folder).sort(), ['folder.json', 'scenario.json']);
});

test('without assertions a run in which clients fail has failed, unless that is asked for', async (t) => {
  const {assert: _, ...silent} = fanOut({publish: {times: 1}});
  const nobody = ['--url', 'ws://127.0.0.1:1/cable'];
  const {code, report} = await load(t, silent, nobody);
  assert.equal(code, 1);
  assert.equal(report.headline,
    'Failed: refused is 1, which had to be 0; failed_clients is 20, which had to be 0.');
  const free = await load(t, {...silent, assert: {}}, nobody);
  assert.equal(free.code, 0);
  assert.match(free.report.headline, /^Passed, as nothing was asserted: .*, 1 refused, 20 clients failed\.$/);
});

test('what is out of bounds is told with the bound', async (t) => {
  const file = writeScenario(t, fanOut());
  for (const [args, told] of [
    [[file, '--processes', '65', '--check'], /--processes is 65, but must be a whole number from 0 to 64;/],
    [[file, '--lanes', '257', '--check'], /--lanes is 257, but must be a whole number from 0 to 256;/],
    [[''], /SCENARIO must be the name of a file/],
    [[writeScenario(t, fanOut({publish: {times: 1, rate: 1e-300}}))],
      /clients\[1\]\.steps\[1\]\.publish\.rate: must be a number from 0\.0001 to 1000000/],
  ]) saysOnce(await ctl(t, ['load', ...args]), told);
  const patient = fanOut();
  patient.clients[0].on_loss = {reconnect: '1s'};
  const {code, stdout} = await ctl(t, ['load', writeScenario(t, patient), '--check']);
  assert.equal(code, 0);
  assert.match(stdout, /is a scenario\.\nClients `followers` connect anew for ever .* there is no limit/);
});
