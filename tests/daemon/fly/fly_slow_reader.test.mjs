import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable} from '../support/cable.mjs';
import {makeCertificate} from '../support/certificate.mjs';
import {defer} from '../support/cleanup.mjs';
import {eventually, patience} from '../support/deadline.mjs';
import {carriers, code, errorOf, flag, greetFly, startFly} from '../support/fly.mjs';
import {keepAlive} from '../support/http.mjs';

const large = 'x'.repeat(60_000);

/** Publishes one message after the other, each once the readers have the one before, until `done`. */
async function publishUntil(daemon, agent, readers, done) {
  let sent = 0;
  await eventually('slow clients to be closed', async () => {
    const data = JSON.stringify({at: sent, large});
    await daemon.publish('s', data, {agent});
    for (const reader of readers) {
      if (reader.hear) assert.ok(await reader.hear(1) === data);
      else assert.equal((await reader.next()).message.at, sent);
    }
    sent += 1;
    return sent % 5 === 0 && await done();
  }, {every: 0, ms: patience * 4, detail: () => `${sent} messages were sent\n${daemon.tail}`});
  return sent;
}

const isSlow = (daemon, count) => async () => (await daemon.metric('ability_disconnected_slow_clients_total')) === count;

for (const over of carriers) {
  test(`a slow reader over ${over} is closed at the limit and told so; nobody else misses anything`, async (t) => {
    const daemon = await startFly(t, ['--public', '--max-pending-size', '300000']);
    const agent = keepAlive(t);
    const stalled = await greetFly(t, daemon, {over});
    await stalled.subscribe(1, 's');
    stalled.pause();
    const healthy = [await connectCable(t, daemon), await greetFly(t, daemon), await greetFly(t, daemon,
      {over: 'websocket'})];
    await healthy[0].subscribe('s');
    for (const device of healthy.slice(1)) await device.subscribe(1, 's');
    const sent = await publishUntil(daemon, agent, healthy, isSlow(daemon, 1));
    t.diagnostic(`closed after ${sent} messages of 60 kB`);
    await daemon.waitForMetric('ability_clients_num', 3);
    for (const each of healthy) await each.expectQuiet();
    // What it had not been sent yet is dropped, but never in the middle of a packet.
    stalled.resume();
    let at = 0;
    for (;; at += 1) {
      const one = await stalled.next();
      if (one.flag !== flag.message) {
        assert.equal(one.flag, flag.heloError);
        assert.deepEqual(errorOf(one), {code: code.closing, text: 'too_slow'});
        break;
      }
      assert.ok(one.buffer.toString() === JSON.stringify({at, large}));
    }
    assert.ok(at < sent, 'not everything');
    await stalled.waitForEnd();
  });

  test(`a client over ${over} that is too slow is closed even if it pings in between`, async (t) => {
    const daemon = await startFly(t, ['--public', '--max-pending-size', '300000']);
    const agent = keepAlive(t);
    const stalled = await greetFly(t, daemon, {over});
    await stalled.subscribe(1, 's');
    stalled.pause();
    const pinging = setInterval(() => stalled.send(flag.ping), 20);
    defer(t, () => clearInterval(pinging));
    const healthy = await greetFly(t, daemon);
    await healthy.subscribe(1, 's');
    await publishUntil(daemon, agent, [healthy], isSlow(daemon, 1));
    await daemon.waitForMetric('ability_clients_num', 1);
  });

  test(`one message over the limit closes a client over ${over} that it was for, which is told`, async (t) => {
    const daemon = await startFly(t, ['--public', '--max-pending-size', '50000']);
    const [client, other] = [await greetFly(t, daemon, {over}), await greetFly(t, daemon, {over})];
    await client.subscribe(1, 's');
    await other.subscribe(1, 'other');
    await daemon.publish('s', JSON.stringify(large));
    await client.expectEnd(code.closing, 'too_slow');
    await daemon.publish('other', '1');
    assert.equal(await other.hear(1), '1');
  });
}

test('a slow reader over TLS is told, and not in the middle of a packet', async (t) => {
  const {certificate, key} = makeCertificate(t);
  const daemon = await startFly(t, ['--public', '--fly-listen', 'tcp://127.0.0.1:0,tls://127.0.0.1:0', '--ssl-cert',
    certificate,
    '--ssl-key', key, '--max-pending-size', '300000']);
  const [from, stalled] = [await greetFly(t, daemon), await greetFly(t, daemon, {over: 'tls'})];
  await from.subscribe(1, 's');
  await stalled.subscribe(1, 's');
  stalled.pause();
  for (let at = 0; at < 200; at += 1) from.say(1, JSON.stringify({at, large}));
  await from.expectQuiet();
  await daemon.waitForLog(/client too slow/);
  stalled.resume();
  let at = 0;
  for (;; at += 1) {
    const one = await stalled.next();
    if (one.flag === flag.heloError) {
      assert.deepEqual(errorOf(one), {code: code.closing, text: 'too_slow'});
      break;
    }
    assert.ok(one.buffer.toString() === JSON.stringify({at, large}));
  }
  assert.ok(at < 200);
  await stalled.waitForEnd();
});

test('a slow client over WebSocket is closed with 1013', async (t) => {
  const daemon = await startFly(t, ['--public', '--max-pending-size', '50000']);
  const client = await greetFly(t, daemon, {over: 'websocket'});
  await client.subscribe(1, 's');
  await daemon.publish('s', JSON.stringify(large));
  assert.equal((await client.waitForEnd()).code, 1013);
});

test('30 stalled devices hold up nobody, and a broadcast is held once for all of them', async (t) => {
  const daemon = await startFly(t, ['--public', '--lanes', '2']);
  const agent = keepAlive(t);
  const healthy = [await connectCable(t, daemon), await greetFly(t, daemon)];
  await healthy[0].subscribe('s');
  await healthy[1].subscribe(1, 's');
  const stalled = [];
  for (let made = 0; made < 30; made += 1) {
    const each = await greetFly(t, daemon, {over: carriers[made % 2]});
    await each.subscribe(1, 's');
    each.pause();
    stalled.push(each);
  }
  const before = await daemon.memory();
  let most = 0;
  await publishUntil(daemon, agent, healthy, async () => {
    most = Math.max(most, (await daemon.memory()) - before);
    return isSlow(daemon, 30)();
  });
  await daemon.waitForMetric('ability_clients_num', 2);
  t.diagnostic(`memory grew by ${(most / 1e6).toFixed(1)} MB`);
  assert.ok(most < 25e6 * Number(process.env.ABILITY_TEST_PATIENCE ?? 1), `grown by ${most}`);
  for (const each of stalled) each.destroy();
});
