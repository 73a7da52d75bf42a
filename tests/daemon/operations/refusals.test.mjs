// Who is refused, and why: one line with peer and reason, some of them a second, and counters by reason.
// Labels: hardened
import assert from 'node:assert/strict';
import {once} from 'node:events';
import http from 'node:http';
import {test} from 'node:test';
import {connectCable, openCable, refusedUpgrade} from '../support/cable.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {startHttpApp} from '../support/http_app.mjs';
import {freePort} from '../support/ports.mjs';
import {startRedis} from '../support/redis.mjs';
import {jwt, seconds} from '../support/tokens.mjs';

const ext = '{"user":"1"}';

/** How many were refused for `reason`. */
const refused = async (daemon, what, reason) =>
  (await daemon.metrics()).samples.get(`ability_refused_${what}s_total{reason="${reason}"}`);

const lineOf = (daemon, what, reason, more = '') =>
  daemon.waitForLog(new RegExp(`${what} refused peer=127\\.0\\.0\\.1 reason=${reason} detail=.*${more}`));

test('every reason has a counter from the start', async (t) => {
  const {types, samples} = await (await startDaemon(t)).metrics();
  for (const [what, reason] of [['client', 'origin'], ['token', 'expired'], ['publication', 'key']]) {
    assert.equal(types.get(`ability_refused_${what}s_total`), 'counter');
    assert.equal(samples.get(`ability_refused_${what}s_total{reason="${reason}"}`), 0);
  }
});

test('clients are refused with a line that names them, the reason and the option', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--allowed-origins', 'good.example', '--max-conn', '1']);
  const url = `${daemon.url.replace('http', 'ws')}/cable`;
  assert.equal((await refusedUpgrade(url, {origin: 'http://evil.example'})).status, 403);
  await lineOf(daemon, 'client', 'origin', 'evil\\.example.*--allowed-origins');
  const headers = {origin: 'http://good.example'};
  await connectCable(t, daemon, {headers});
  assert.equal((await refusedUpgrade(url, {headers})).status, 503);
  await lineOf(daemon, 'client', 'full');
  for (const reason of ['origin', 'full']) assert.equal(await refused(daemon, 'client', reason), 1);

  const wrong = {'Sec-WebSocket-Version': '12', Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Key': 'x',
    Origin: 'http://good.example'};
  const request = http.get(`${daemon.url}/cable`, {headers: wrong, agent: false});
  const [answer] = await once(request, 'response');
  answer.resume();
  assert.equal(answer.statusCode, 426);
  await lineOf(daemon, 'client', 'handshake', '\\w+ \\w+');

  const closed = await startDaemon(t);
  await (await openCable(t, closed)).waitForClose();
  await lineOf(closed, 'client', 'unauthorized', '--rpc-host.*--public');
  assert.equal(await refused(closed, 'client', 'unauthorized'), 1);
});

test('tokens are refused with a line each, and never shown', async (t) => {
  const daemon = await startDaemon(t, ['--jwt-secret', 's3cret', '--enforce-jwt']);
  const tokens = {
    missing: null,
    malformed: 'garbage',
    signature: jwt({ext}, 'wrong'),
    expired: jwt({ext, exp: seconds() - 3600}, 's3cret'),
    not_yet_valid: jwt({ext, nbf: seconds() + 3600}, 's3cret'),
  };
  for (const [reason, token] of Object.entries(tokens)) {
    await (await openCable(t, daemon, token ? {path: `/cable?jid=${token}`} : {})).waitForClose();
    await lineOf(daemon, 'token', reason);
    assert.equal(await refused(daemon, 'token', reason), 1, reason);
  }
  assert.equal(await refused(daemon, 'client', 'token'), 5);
  await daemon.stop();
  for (const token of Object.values(tokens)) {
    if (token) assert.ok(!daemon.lines.some((line) => line.includes(token)), token);
  }
});

test('whom the application refuses, and who comes while it is away, have a reason each', async (t) => {
  const app = await startHttpApp(t, {connect: () => ({status: 2, transmissions: []})});
  const daemon = await startDaemon(t, ['--rpc-host', app.url]);
  await (await openCable(t, daemon)).waitForClose();
  await lineOf(daemon, 'client', 'application');
  assert.equal(await refused(daemon, 'client', 'application'), 1);

  const alone = await startDaemon(t, ['--rpc-host', `http://127.0.0.1:${await freePort()}`, '--rpc-command-timeout', '200']);
  await (await openCable(t, alone)).waitForClose();
  await lineOf(alone, 'client', 'unavailable');
  assert.equal(await refused(alone, 'client', 'unavailable'), 1);
});

test('publications are refused with the publisher behind the proxy', async (t) => {
  const daemon = await startDaemon(t, ['--secret', 's3cret', '--trusted-proxies', '127.0.0.1', '--max-broadcast-size', '1000']);
  const answer = await daemon.post({stream: 's', data: '1'},
    {headers: {authorization: 'Bearer s3cret', 'x-forwarded-for': '203.0.113.7'}});
  assert.equal(answer.status, 401);
  assert.match(answer.body, /abilityctl key broadcast/);
  await daemon.waitForLog(/publication refused peer=203\.0\.113\.7 reason=key/);
  assert.equal(await refused(daemon, 'publication', 'key'), 1);

  const open = await startDaemon(t, ['--public', '--max-broadcast-size', '1000']);
  await open.post('{');
  await lineOf(open, 'publication', 'malformed');
  assert.equal((await open.post({stream: 's', data: 'x'.repeat(2000)})).status, 413);
  await lineOf(open, 'publication', 'too_large');
  const off = await startDaemon(t);
  assert.equal((await off.post({stream: 's', data: '1'})).status, 401);
  await lineOf(off, 'publication', 'off', '--broadcast-key');
  for (const [where, reason] of [[open, 'malformed'], [open, 'too_large'], [off, 'off']]) {
    assert.equal(await refused(where, 'publication', reason), 1, reason);
  }
});

test('publications by Redis, too', async (t) => {
  const redis = await startRedis(t);
  const daemon = await startDaemon(t, ['--redis-url', redis.url]);
  await redis.waitForSubscriber();
  await redis.publish('{');
  await daemon.waitForLog(/publication refused peer=redis reason=malformed/);
});

test('a flood of refusals is some lines, and a count of those that were left out', async (t) => {
  const daemon = await startDaemon(t, ['--secret', 's3cret', '--lanes', '1']);
  const count = 500;
  for (let sent = 0; sent < count; sent += 50) {
    await Promise.all(Array.from({length: 50}, () => daemon.post({stream: 's', data: '1'})));
  }
  assert.equal(await refused(daemon, 'publication', 'key'), count);
  await daemon.waitForLog(/publication refused, lines left out count=\d+/);
  await daemon.stop(); // tells what is still to be told
  const lines = daemon.lines.filter((line) => /publication refused peer=/.test(line)).length;
  const left = daemon.lines.map((line) => Number(/publication refused, lines left out count=(\d+)/.exec(line)?.[1] ?? 0));
  assert.equal(lines + left.reduce((sum, each) => sum + each, 0), count);
  assert.ok(lines < count / 2, `${lines} lines`);
});
