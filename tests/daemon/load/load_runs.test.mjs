import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {ctl} from '../support/ctl.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {fanOut, folderOf, load, loadHolds, readReport, readyScenario, startLoad} from '../support/load.mjs';
import {startRedis} from '../support/redis.mjs';

const cable = (daemon) => ['--url', `ws://127.0.0.1:${daemon.port}/cable`];

test('every follower gets every message, and the report says so in all its forms', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const folder = folderOf(t);
  const page = path.join(folder, 'out.html');
  const file = path.join(folder, 'out.json');
  const report = await loadHolds(t, fanOut({clients: 50, publish: {times: 40, rate: 100}, assert: {delivered: 2000}}),
    [...cable(daemon), '--pid', String(daemon.pid), '--report', page, '--report', file]);
  assert.equal(report.totals.published, 40);
  assert.equal(report.totals.delivered, 2000);
  assert.equal(report.latency_ms.count, 2000);
  assert.ok(report.server.cpu_us_per_delivery > 0);
  assert.ok(report.server.descriptors_after >= 0);
  assert.deepEqual(JSON.parse(readReport(file)), report);
  assert.match(readReport(page), /^<!doctype html>/i);
  assert.deepEqual(readdirSync(folder).sort(), ['out.html', 'out.json']);
});

test('several processes and lanes make one report', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const report = await loadHolds(t, fanOut({clients: 30, publish: {times: 20}, assert: {delivered: 600, connected: 30}}),
    [...cable(daemon), '--processes', '3', '--lanes', '2']);
  assert.equal(report.processes, 3);
  assert.equal(report.groups[0].clients, 30);
  assert.equal(report.groups[0].completed, 30);
});

test('a publisher with a key, a client with a token, and Redis', async (t) => {
  const redis = await startRedis(t);
  const secret = 'jwt-secret-of-this-test';
  const daemon = await startDaemon(t, ['--public-streams', '--jwt-secret', secret, '--enforce-jwt', '--broadcast-key', 'k3y',
    '--redis-url', redis.url]);
  const {stdout: token} = await ctl(t, ['token', '{"user":1}'], {env: {ABILITY_JWT_SECRET: secret}});
  const env = {ABILITY_TOKEN: token.trim(), ABILITY_BROADCAST_KEY: 'k3y'};
  const at = [...cable(daemon), '--redis-url', redis.url];
  await loadHolds(t, fanOut({assert: {delivered: 200}}), at, {env});
  await loadHolds(t, fanOut({publish: {times: 10, by: 'redis'}, assert: {delivered: 200}}), at, {env});
  const stranger = await load(t, fanOut({publish: {times: 1}}), cable(daemon), {env: {ABILITY_BROADCAST_KEY: 'wrong'}});
  assert.equal(stranger.code, 1);
  assert.equal(stranger.report.totals.connected, 0);
  assert.equal(stranger.report.totals.refused, 1);
  assert.doesNotMatch(JSON.stringify(stranger.report), /wrong/);
});

test('the monitor tells what the server uses', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--monitor-listen', '127.0.0.1:0']);
  const port = /\bport=(\d+)/.exec(daemon.lines.find((line) => line.includes('serves=monitor')))[1];
  const report = await loadHolds(t, fanOut({steps: [{wait: '3s'}]}), [...cable(daemon), '--monitor', `127.0.0.1:${port}`]);
  assert.ok(report.server.rss_most_bytes > 1e6, JSON.stringify(report.server));
});

test('Ctrl-C prints the report so far', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const run = startLoad(t, fanOut({publish: {for: '1h', rate: 50}}), cable(daemon));
  await daemon.waitForMetric('ability_broadcast_msg_total', (value) => value >= 20);
  run.signal('SIGINT');
  const {code, stdout} = await run.outcome();
  assert.equal(code, 130);
  assert.match(stdout, /^Interrupted/);
  assert.match(stdout, /^delivered +[1-9]/m);
  assert.match(stdout, /^lost +0/m);
});

test('a generator that was held up says that its figures are not the server\'s', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const run = startLoad(t, fanOut({publish: {for: '4s', rate: 50}}), [...cable(daemon), '--json']);
  await daemon.waitForMetric('ability_broadcast_msg_total', (value) => value >= 5);
  for (let i = 0; i < 12; ++i) {
    run.signal('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 150));
    run.signal('SIGCONT');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const {code, stdout} = await run.outcome({ms: 60_000});
  assert.equal(code, 3, stdout);
  const report = JSON.parse(stdout);
  assert.equal(report.outcome, 'generator_limited');
  assert.match(report.notes.join(' '), /lanes ran .* behind/);
  assert.equal(report.totals.lost, 0);
});

// At a hundredth, so that it is over soon.
test('all ready scenarios hold', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--fly-listen', 'tcp://127.0.0.1:0,udp://127.0.0.1:0']);
  const log = daemon.lines.join('\n');
  const fly = ['--fly-url', `tcp://127.0.0.1:${/port=(\d+) serves=flyrpc/.exec(log)[1]}`,
    '--fly-url', /address=(udp:\S+) serves=flyrpc/.exec(log)[1]];
  const names = readdirSync(fileURLToPath(new URL('../../load/scenarios', import.meta.url)))
    .filter((name) => name.endsWith('.json') && name !== 'soak.json');
  assert.equal(names.length, 12);
  const runs = names.map((name) => loadHolds(t, readyScenario(path.basename(name, '.json')),
    [...cable(daemon), ...fly, '--scale', '0.01']));
  for (const report of await Promise.all(runs)) assert.equal(report.totals.lost, 0);
});
