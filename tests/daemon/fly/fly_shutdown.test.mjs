import assert from 'node:assert/strict';
import net from 'node:net';
import {test} from 'node:test';
import {gate} from '../support/app_script.mjs';
import {connectCable} from '../support/cable.mjs';
import {eventually, patience} from '../support/deadline.mjs';
import {carriers, code, connectFly, flag, flyPort, greetFly, packet, startFly} from '../support/fly.mjs';
import {keepAlive} from '../support/http.mjs';
import {startHttpApp} from '../support/http_app.mjs';

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

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`at ${signal} every device is told to come back, and the daemon ends with 0`, async (t) => {
    const daemon = await startFly(t, ['--public', '--lanes', '2']);
    const clients = [];
    for (let made = 0; made < 60; made += 1) clients.push(await greetFly(t, daemon, {over: carriers[made % 2]}));
    const browser = await connectCable(t, daemon);
    daemon.signal(signal);
    for (const client of clients) {
      const how = await client.expectEnd(code.closing, 'server_restart');
      if (client.carrier === 'websocket') assert.equal(how.code, 1001);
    }
    assert.equal((await browser.next()).reason, 'server_restart');
    assert.deepEqual(await daemon.waitForExit(), {code: 0, signal: null});
  });
}

test('what was accepted before the signal is still delivered', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const clients = [await greetFly(t, daemon), await greetFly(t, daemon, {over: 'websocket'})];
  for (const client of clients) await client.subscribe(1, 's');
  const batch = Array.from({length: 1_000}, (_, at) => ({stream: 's', data: String(at)}));
  assert.equal((await daemon.post(batch)).status, 201);
  daemon.signal('SIGTERM');
  for (const client of clients) {
    for (let at = 0; at < 1_000; at += 1) assert.equal(await client.hear(1), String(at));
    await client.expectEnd(code.closing, 'server_restart');
  }
});

test('clients that have said nothing, half a packet, or are still being asked about, are told, too', async (t) => {
  const asked = gate();
  const app = await startHttpApp(t, {connect: async () => {
    await asked.opened;
    return {status: 1};
  }});
  const daemon = await startFly(t, ['--rpc-host', app.url, '--shutdown-timeout', '60', '--handshake-timeout', '60',
    '--rpc-command-timeout', '60000']);
  const clients = [];
  for (const over of carriers) {
    clients.push(await connectFly(t, daemon, {over}));
    const waiting = await connectFly(t, daemon, {over});
    waiting.send(flag.helo, {buffer: '{}'});
    await app.next('connect');
    clients.push(waiting);
  }
  const half = await connectFly(t, daemon);
  half.write(packet(flag.ping, {buffer: 'x'}).subarray(0, 4));
  clients.push(half);
  daemon.signal('SIGTERM');
  for (const client of clients) await client.expectEnd(code.closing, /./);
  asked.open();
  assert.equal((await daemon.waitForExit({ms: patience / 2})).code, 0);
});

test('the ports are closed at once, and free for the next daemon', async (t) => {
  const daemon = await startFly(t, ['--public', '--shutdown-timeout', '60', '--close-timeout', '60',
    '--max-pending-size', '100000000']);
  const stuck = await greetFly(t, daemon);
  await stuck.subscribe(1, 's');
  stuck.pause();
  const agent = keepAlive(t);
  for (let sent = 0; sent < 300; sent += 1) await daemon.publish('s', JSON.stringify('x'.repeat(60_000)), {agent});
  const port = flyPort(daemon);
  const other = await greetFly(t, daemon);
  daemon.signal('SIGTERM');
  await other.expectEnd(code.closing, 'server_restart');
  await eventually('the port to be closed', () => isRefused(port));
  assert.equal(daemon.end, undefined, 'it waits for the client that does not read');
  stuck.destroy();
  assert.equal((await daemon.waitForExit()).code, 0);
  const next = await startFly(t, ['--public', '--fly-listen', `tcp://127.0.0.1:${port}`]);
  assert.ok(next.lines.some((line) => line.includes(`port=${port}`)));
});

for (const over of carriers) {
  test(`a client over ${over} that never reads is waited for no longer than the time-out`, async (t) => {
    const daemon = await startFly(t, ['--public', '--shutdown-timeout', '1500ms', '--close-timeout', '60',
      '--max-pending-size', '100000000']);
    const stuck = await greetFly(t, daemon, {over});
    await stuck.subscribe(1, 's');
    stuck.pause();
    const agent = keepAlive(t);
    for (let sent = 0; sent < 300; sent += 1) await daemon.publish('s', JSON.stringify('x'.repeat(60_000)), {agent});
    const since = performance.now();
    daemon.signal('SIGTERM');
    assert.deepEqual(await daemon.waitForExit(), {code: 0, signal: null});
    assert.ok(performance.now() - since < patience / 2);
    stuck.destroy();
  });
}
