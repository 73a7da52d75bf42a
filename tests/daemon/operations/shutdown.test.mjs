// Labels: hardened
import assert from 'node:assert/strict';
import net from 'node:net';
import {test} from 'node:test';
import {connectCable, pubsub} from '../support/cable.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually, patience} from '../support/deadline.mjs';
import {keepAlive, request} from '../support/http.mjs';
import {never, startHttpApp} from '../support/http_app.mjs';
import {connectRaw, connectRawCable} from '../support/raw.mjs';

const farewell = {type: 'disconnect', reason: 'server_restart', reconnect: true};

/** Whether nobody listens on the port any more. */
function isRefused(port) {
  return new Promise((resolve) => {
    const socket = net.connect({host: '127.0.0.1', port});
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}

/** A client that reads no more, with more on its way to it than its socket takes. */
async function stuckClient(t, daemon) {
  const raw = await connectRawCable(t, daemon);
  raw.command({command: 'subscribe', identifier: pubsub('stuck')});
  assert.equal((await raw.nextMessage()).type, 'confirm_subscription');
  raw.socket.pause();
  const agent = keepAlive(t);
  const data = JSON.stringify('x'.repeat(500_000));
  for (let sent = 0; sent < 60; sent += 1) await daemon.publish('stuck', data, {agent});
  return raw;
}
const roomy = ['--max-pending-size', '100000000'];

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`at ${signal} every client is told to come back, and the daemon ends with 0`, async (t) => {
    const daemon = await startDaemon(t, ['--public', '--lanes', '2']);
    const cables = [];
    for (let made = 0; made < 100; made += 1) cables.push(await connectCable(t, daemon));
    daemon.signal(signal);
    for (const cable of cables) {
      assert.deepEqual(await cable.next(), farewell);
      assert.equal((await cable.waitForClose()).code, 1001);
    }
    assert.deepEqual(await daemon.waitForExit(), {code: 0, signal: null});
  });
}

test('what was accepted before the signal is still delivered', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  await cable.subscribe('s');
  const batch = Array.from({length: 1_000}, (_, at) => ({stream: 's', data: String(at)}));
  assert.equal((await daemon.post(batch)).status, 201);
  daemon.signal('SIGTERM');
  for (let at = 0; at < 1_000; at += 1) assert.equal((await cable.next()).message, at);
  assert.deepEqual(await cable.next(), farewell);
});

test('without clients the daemon ends at once', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--shutdown-timeout', '60']);
  daemon.signal('SIGTERM');
  assert.equal((await daemon.waitForExit({ms: patience / 4})).code, 0);
});

test('connections that are no clients hold up nothing', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--shutdown-timeout', '60', '--handshake-timeout', '60']);
  await connectRaw(t, daemon.port);
  await request(`${daemon.url}/health`, {agent: keepAlive(t)});
  daemon.signal('SIGTERM');
  assert.equal((await daemon.waitForExit({ms: patience / 2})).code, 0);
});

test('half a request is waited for no longer than its own time-out', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--shutdown-timeout', '60', '--handshake-timeout', '500ms']);
  const half = await connectRaw(t, daemon.port);
  half.write('GET /cable HTTP/1.1\r\nHost:');
  await request(`${daemon.url}/health`);
  daemon.signal('SIGTERM');
  assert.equal((await daemon.waitForExit({ms: patience / 2})).code, 0);
});

test('a client that never reads is waited for no longer than the time-out', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--shutdown-timeout', '1500ms', '--close-timeout', '60', ...roomy]);
  const stuck = await stuckClient(t, daemon);
  const since = performance.now();
  daemon.signal('SIGTERM');
  assert.deepEqual(await daemon.waitForExit(), {code: 0, signal: null});
  const took = performance.now() - since;
  assert.ok(took < patience / 2, `ended after ${Math.round(took)} ms`);
  stuck.socket.destroy();
});

test('a client that does not answer the close is waited for no longer than the time-out', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--shutdown-timeout', '1500ms', '--close-timeout', '60']);
  const raw = await connectRawCable(t, daemon);
  daemon.signal('SIGTERM');
  assert.deepEqual(await raw.nextMessage(), farewell);
  assert.equal((await raw.nextFrame()).opcode, 8);
  assert.deepEqual(await daemon.waitForExit({ms: patience / 2}), {code: 0, signal: null});
});

test('a client that never reads keeps nobody from being told', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--shutdown-timeout', '3', '--close-timeout', '60', ...roomy]);
  await stuckClient(t, daemon);
  const cable = await connectCable(t, daemon);
  daemon.signal('SIGTERM');
  assert.deepEqual(await cable.next(), farewell);
  assert.equal((await cable.waitForClose()).code, 1001);
  assert.equal((await daemon.waitForExit()).code, 0);
});

test('while the daemon waits for the last client, nobody new gets in; a second signal a second later ends it at once', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--shutdown-timeout', '60', '--close-timeout', '60', ...roomy]);
  await stuckClient(t, daemon);
  const cable = await connectCable(t, daemon);
  const first = performance.now();
  daemon.signal('SIGTERM');
  assert.deepEqual(await cable.next(), farewell);
  await eventually('the port to be closed', () => isRefused(daemon.port));
  await eventually('a second to pass', () => performance.now() > first + 1_100);
  assert.equal(daemon.end, undefined, 'it waits for the stuck client');
  daemon.signal('SIGTERM');
  const {code} = await daemon.waitForExit({ms: patience / 4});
  assert.notEqual(code, 0);
  assert.match(daemon.lines.at(-1), / warn +ending at once, as a second signal asks for it signal=SIGTERM$/);
});

test('time that the application takes is not blamed on clients', async (t) => {
  const app = await startHttpApp(t, {disconnect: () => never});
  const daemon = await startDaemon(t, ['--rpc-host', app.url, '--shutdown-timeout', '4', '--rpc-command-timeout', '60000',
    '--rpc-request-timeout', '60000']);
  await connectCable(t, daemon);
  daemon.signal('SIGTERM');
  assert.deepEqual(await daemon.waitForExit(), {code: 0, signal: null});
  assert.ok(daemon.lines.some((line) => /no time left to tell the application/.test(line)), daemon.tail);
  assert.ok(!daemon.lines.some((line) => /clients took too long/.test(line)), daemon.tail);
});

test('the port is free for the next daemon at once', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  daemon.signal('SIGTERM');
  await daemon.waitForExit();
  await cable.waitForClose();
  const next = await startDaemon(t, ['--public'], {port: daemon.port});
  assert.equal(next.port, daemon.port);
  await connectCable(t, next);
});

for (const second of ['SIGTERM', 'SIGINT']) {
  test(`SIGTERM and ${second} within a second are one`, async (t) => {
    const daemon = await startDaemon(t, ['--public']);
    const cables = [];
    for (let made = 0; made < 5; made += 1) cables.push(await connectCable(t, daemon));
    daemon.signal('SIGTERM');
    daemon.signal(second);
    for (const cable of cables) assert.deepEqual(await cable.next(), farewell);
    assert.deepEqual(await daemon.waitForExit(), {code: 0, signal: null});
  });
}

test('clients leave evenly over the time, and what is published meanwhile reaches those that are still there', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--lanes', '1', '--shutdown-timeout', '6', '--close-timeout', '1']);
  const cables = [];
  for (let made = 0; made < 60; made += 1) cables.push(await connectCable(t, daemon));
  for (const cable of cables) await cable.subscribe('s');
  const agent = keepAlive(t);
  await daemon.publish('s', '"before"', {agent});
  const leavings = [];
  const heard = cables.map(async (cable) => {
    const messages = [];
    for (;;) {
      const message = await cable.next();
      if (message.type === 'disconnect') {
        assert.deepEqual(message, farewell);
        leavings.push(performance.now());
        return messages;
      }
      messages.push(message.message);
    }
  });
  daemon.signal('SIGTERM');
  await eventually('a third to have left', () => leavings.length >= 20);
  const left = leavings.length;
  await daemon.publish('s', '"meanwhile"', {agent});
  const messages = await Promise.all(heard);
  assert.ok(messages.every((each) => each[0] === 'before'));
  const late = messages.filter((each) => each.includes('meanwhile')).length;
  assert.ok(late > 0 && late <= 60 - left, `${late} heard what was published when ${left} of 60 had left`);
  // 4.4 s in steps of 100 ms: in each quarter of the time about a quarter leaves.
  const span = leavings.at(-1) - leavings[0];
  assert.ok(span > 3_000, `all left within ${Math.round(span)} ms`);
  const early = leavings.filter((at) => at < leavings[0] + span / 2).length;
  assert.ok(early > 20 && early < 40, `${early} of 60 left in the first half of the time`);
  assert.deepEqual(await daemon.waitForExit(), {code: 0, signal: null});
});

test('with --shutdown-delay health fails first, and clients are served meanwhile, new ones too', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--shutdown-delay', '3']);
  const old = await connectCable(t, daemon);
  await old.subscribe('s');
  const since = performance.now();
  daemon.signal('SIGTERM');
  await eventually('health to fail', async () => (await request(`${daemon.url}/health`)).status === 503);
  const fresh = await connectCable(t, daemon);
  await fresh.subscribe('s');
  await daemon.publish('s', '1');
  for (const cable of [old, fresh]) assert.equal((await cable.next()).message, 1);
  assert.ok(performance.now() < since + 3_000, 'all of that happened within the delay');
  for (const cable of [old, fresh]) assert.deepEqual(await cable.next(), farewell);
  assert.ok(performance.now() >= since + 2_900, 'nobody was sent away within the delay');
  assert.deepEqual(await daemon.waitForExit(), {code: 0, signal: null});
});
