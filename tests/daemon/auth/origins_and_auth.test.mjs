// Labels: hardened
import assert from 'node:assert/strict';
import {createHmac} from 'node:crypto';
import {test} from 'node:test';
import {connectCable, openCable, refusedUpgrade} from '../support/cable.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {connectRaw, frame, opcodes} from '../support/raw.mjs';

const cableUrl = (daemon) => `${daemon.url.replace('http', 'ws')}/cable`;
const refused = {type: 'disconnect', reason: 'unauthorized', reconnect: false};

test('without --public an Action Cable client is told that it is unauthorized, and closed', async (t) => {
  const daemon = await startDaemon(t);
  for (const offered of [['actioncable-v1-json'], ['actioncable-v1-ext-json'], ['actioncable-v1-json', 'actioncable-unsupported']]) {
    const cable = await openCable(t, daemon, {offered});
    assert.deepEqual(await cable.next(), refused);
    const {code} = await cable.waitForClose();
    assert.ok(code >= 1000 && code !== 1006, `closed with ${code}`);
    assert.equal(cable.inbox.size, 0);
  }
  await daemon.waitForMetric('ability_failed_auths_total', 3);
  await daemon.waitForMetric('ability_clients_num', 0);
});

test('without --public any other WebSocket client is told so, too, but one of FlyRPC as FlyRPC has it', async (t) => {
  const daemon = await startDaemon(t);
  for (const line of ['X: 1', 'Sec-WebSocket-Protocol: chat', 'Sec-WebSocket-Protocol: anycable-token.a']) {
    const raw = await connectRaw(t, daemon.port);
    raw.write(`GET /cable HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n`
      + `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${line}\r\n\r\n`);
    const {status, headers} = await raw.nextResponse();
    assert.equal(status, 101, line);
    assert.equal(headers['sec-websocket-protocol'], undefined);
    assert.deepEqual(await raw.nextMessage(), refused);
    assert.equal(await raw.closeCode(), 1000);
  }
  await daemon.waitForMetric('ability_failed_auths_total', 3);
  const fly = await connectRaw(t, daemon.port);
  assert.equal((await fly.upgrade({protocol: 'flyrpc.v1'})).status, 101);
  fly.write(frame(opcodes.binary, Buffer.from('4000000000027b7d', 'hex')));
  assert.equal((await fly.nextFrame()).opcode, opcodes.binary, 'a packet says it');
});

test('--auth-reject http answers 401 to all', async (t) => {
  const daemon = await startDaemon(t, ['--auth-reject', 'http']);
  assert.equal((await refusedUpgrade(cableUrl(daemon))).status, 401);
});

test('--auth-reject message tells all by message', async (t) => {
  const daemon = await startDaemon(t, ['--auth-reject', 'message']);
  const cable = await openCable(t, daemon, {offered: []});
  assert.deepEqual(await cable.next(), refused);
  await cable.waitForClose();
});

const upgradeAnd = (...frames) => Buffer.concat([
  Buffer.from('GET /cable HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
    + 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
    + 'Sec-WebSocket-Protocol: actioncable-v1-json\r\n\r\n'),
  ...frames.map((command) => frame(opcodes.text, JSON.stringify(command))),
]);

test('commands that come with the upgrade are obeyed after the welcome', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const raw = await connectRaw(t, daemon.port);
  raw.write(upgradeAnd({command: 'ping'}, {command: 'ping'}));
  assert.equal((await raw.nextResponse()).status, 101);
  assert.equal((await raw.nextMessage()).type, 'welcome');
  assert.deepEqual(await raw.nextMessage(), {type: 'pong'});
  assert.deepEqual(await raw.nextMessage(), {type: 'pong'});
});

test('commands of a client that is refused are not obeyed', async (t) => {
  const daemon = await startDaemon(t);
  const raw = await connectRaw(t, daemon.port);
  raw.write(upgradeAnd({command: 'ping'}, {command: 'subscribe', identifier: '{"channel":"$pubsub","stream_name":"s"}'}));
  assert.equal((await raw.nextResponse()).status, 101);
  assert.deepEqual(await raw.nextMessage(), refused);
  assert.equal((await raw.nextFrame()).opcode, opcodes.close);
  assert.equal(await daemon.metric('ability_broadcast_streams_num'), 0);
});

test('only allowed origins get in, as hosts or by a suffix; without an origin nobody does', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--allowed-origins', 'example.com,*.example.org,localhost:3000']);
  const allowed = ['http://example.com', 'https://example.com', 'https://EXAMPLE.com', 'https://a.example.org',
    'https://a.b.example.org', 'http://localhost:3000'];
  const others = ['https://example.com.evil.test', 'https://evil-example.com', 'https://sub.example.com', 'http://localhost:3001',
    'http://localhost', 'https://example.com:8443', 'https://evilexample.org', 'null', 'example', 'file://', ''];
  for (const origin of allowed) await connectCable(t, daemon, {origin});
  for (const origin of others) {
    assert.equal((await refusedUpgrade(cableUrl(daemon), {headers: {Origin: origin}})).status, 403, origin);
  }
  assert.equal((await refusedUpgrade(cableUrl(daemon))).status, 403, 'no origin');
});

test('without a list every origin is allowed', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  for (const origin of ['https://anywhere.test', 'null', undefined]) await connectCable(t, daemon, {origin});
});

/** The statuses of a publication with these Authorization headers. */
async function statuses(daemon, values) {
  const seen = [];
  for (const authorization of values) {
    const headers = authorization === undefined ? {} : {authorization};
    seen.push((await daemon.post({stream: 's', data: '1'}, {headers})).status);
  }
  return seen;
}

test('a publisher needs the broadcast key', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broadcast-key', 'k-123']);
  const cable = await connectCable(t, daemon);
  await cable.subscribe('s');
  const wrong = [undefined, '', 'Bearer', 'Bearer ', 'Bearer k-12', 'Bearer k-1234', 'Bearer K-123', 'k-123', 'Basic k-123',
    'Bearer k-123 k-123'];
  assert.deepEqual(await statuses(daemon, wrong), wrong.map(() => 401));
  await cable.expectQuiet();
  assert.deepEqual(await statuses(daemon, ['Bearer k-123']), [201]);
  assert.equal((await cable.next()).message, 1);
});

test('a wrong key is told before a wrong body', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broadcast-key', 'k-123']);
  assert.equal((await daemon.post('garbage')).status, 401);
});

test('the key is derived from the secret if it is not given', async (t) => {
  const daemon = await startDaemon(t, ['--secret', 'open sesame']);
  const derived = createHmac('sha256', 'open sesame').update('broadcast-cable').digest('hex');
  assert.deepEqual(await statuses(daemon, [`Bearer ${derived}`, 'Bearer open sesame', undefined]), [201, 401, 401]);
});

test('a key that is given counts, not the secret', async (t) => {
  const daemon = await startDaemon(t, ['--secret', 'open sesame', '--broadcast-key', 'k-123']);
  const derived = createHmac('sha256', 'open sesame').update('broadcast-cable').digest('hex');
  assert.deepEqual(await statuses(daemon, ['Bearer k-123', `Bearer ${derived}`]), [201, 401]);
});

test('with neither key nor --public nobody publishes', async (t) => {
  const daemon = await startDaemon(t);
  assert.deepEqual(await statuses(daemon, [undefined, 'Bearer', 'Bearer ', 'Bearer x']), [401, 401, 401, 401]);
});

test('the key none asks for no key', async (t) => {
  const daemon = await startDaemon(t, ['--broadcast-key', 'none']);
  assert.deepEqual(await statuses(daemon, [undefined]), [201]);
});

test('no key shows up in the log', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broadcast-key', 'k-secret-1', '--secret', 'k-secret-2', '--debug']);
  await statuses(daemon, ['Bearer k-secret-1', 'Bearer k-secret-3', undefined]);
  await daemon.stop();
  assert.doesNotMatch(daemon.lines.join('\n') + daemon.stdout, /k-secret/);
});

test('no more clients than --max-conn get in', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-conn', '3']);
  const cables = [];
  for (let made = 0; made < 3; made += 1) cables.push(await connectCable(t, daemon));
  assert.equal((await refusedUpgrade(cableUrl(daemon))).status, 503);
  await cables[0].leave();
  await daemon.waitForMetric('ability_clients_num', 2);
  await connectCable(t, daemon);
});
