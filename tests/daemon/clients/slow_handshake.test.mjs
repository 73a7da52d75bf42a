// Labels: hardened
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable} from '../support/cable.mjs';
import {defer} from '../support/cleanup.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually, patience} from '../support/deadline.mjs';
import {makeCertificate} from '../support/certificate.mjs';
import {connectRaw} from '../support/raw.mjs';

const limit = ['--handshake-timeout', '400ms'];
const upgrade = 'GET /cable HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
  + 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Filler: ';

/** Waits for the daemon to hang up: not at once, and not late. */
async function hungUp(raw, since) {
  await raw.waitForEnd();
  const took = performance.now() - since;
  assert.ok(took > 300, `hung up after ${Math.round(took)} ms already`);
  assert.ok(took < patience / 2, `hung up after ${Math.round(took)} ms only`);
}

test('a connection that says nothing is closed', async (t) => {
  const daemon = await startDaemon(t, ['--public', ...limit]);
  const since = performance.now();
  await hungUp(await connectRaw(t, daemon.port), since);
});

test('a request head that stops half-way is closed', async (t) => {
  const daemon = await startDaemon(t, ['--public', ...limit]);
  const since = performance.now();
  const raw = await connectRaw(t, daemon.port);
  raw.write(upgrade);
  await hungUp(raw, since);
});

test('a request head that drips in is closed all the same', async (t) => {
  const daemon = await startDaemon(t, ['--public', ...limit]);
  const since = performance.now();
  const raw = await connectRaw(t, daemon.port);
  raw.write(upgrade);
  const dripping = setInterval(() => raw.write('x'), 50);
  defer(t, () => clearInterval(dripping));
  await hungUp(raw, since);
});

test('a TLS handshake that never begins, or stops, is closed', async (t) => {
  const {certificate, key} = makeCertificate(t);
  const daemon = await startDaemon(t, ['--public', '--ssl-cert', certificate, '--ssl-key', key, ...limit]);
  for (const bytes of ['', Buffer.from('16030100c8010000c40303', 'hex')]) {
    const since = performance.now();
    const raw = await connectRaw(t, daemon.port);
    raw.write(bytes);
    await hungUp(raw, since);
  }
});

const health = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n';

test('the time of a request on a kept connection begins with its first byte', async (t) => {
  const daemon = await startDaemon(t, ['--public', ...limit, '--http-idle-timeout', '10m']);
  const raw = await connectRaw(t, daemon.port);
  raw.write(health);
  assert.equal((await raw.nextResponse()).status, 200);
  const since = performance.now();
  raw.write(health.slice(0, 10));
  assert.equal((await raw.nextResponse()).status, 408);
  await hungUp(raw, since);
});

test('a request may take longer than a kept connection may be silent', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--handshake-timeout', '10m', '--http-idle-timeout', '200ms']);
  const raw = await connectRaw(t, daemon.port);
  raw.write(health + health.slice(0, 10));
  assert.equal((await raw.nextResponse()).status, 200);
  // Another connection falls silent later, and is closed for it.
  const other = await connectRaw(t, daemon.port);
  other.write(health);
  await other.waitForEnd();
  assert.ok(!raw.ended, 'closed for silence within a request');
  raw.write(health.slice(10));
  assert.equal((await raw.nextResponse()).status, 200);
});

test('a body that stops half-way is closed', async (t) => {
  const daemon = await startDaemon(t, ['--public', ...limit, '--http-idle-timeout', '400ms']);
  const since = performance.now();
  const raw = await connectRaw(t, daemon.port);
  raw.write('POST /_broadcast HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"stream"');
  await hungUp(raw, since);
});

test('300 slow clients keep nobody out, and leave nothing behind', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--handshake-timeout', '1500ms']);
  const quick = await connectCable(t, daemon);
  const before = await daemon.descriptors();
  const slow = await Promise.all(Array.from({length: 300}, () => connectRaw(t, daemon.port)));
  for (const raw of slow) raw.write(upgrade);
  const later = await connectCable(t, daemon);
  await later.subscribe('s');
  await daemon.publish('s', '1');
  assert.equal((await later.next()).message, 1);
  await Promise.all(slow.map((raw) => raw.waitForEnd()));
  await eventually('the descriptors to be closed', async () => (await daemon.descriptors()) <= before + 2);
  // The time limit was for the handshake only.
  await quick.expectQuiet();
  await later.expectQuiet();
});
