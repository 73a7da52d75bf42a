// Labels: hardened
import assert from 'node:assert/strict';
import net from 'node:net';
import {test} from 'node:test';
import {connectCable} from '../support/cable.mjs';
import {defer} from '../support/cleanup.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually, patience, within} from '../support/deadline.mjs';
import {freePort} from '../support/ports.mjs';
import {startRedis} from '../support/redis.mjs';

async function daemonOn(t, redis, args = []) {
  const daemon = await startDaemon(t, ['--public', '--redis-url', redis.url, ...args]);
  await redis.waitForSubscriber();
  const cable = await connectCable(t, daemon);
  const identifier = await cable.subscribe('s');
  return {daemon, cable, identifier};
}

/** Publishes until something arrives; hands out how long that took. Nothing of it is left when this resolves. */
async function untilFlowing(redis, cable) {
  const begin = performance.now();
  let sent = 0;
  let took;
  const first = cable.next('a broadcast by way of Redis').then(() => { took = performance.now() - begin; });
  await Promise.all([first, eventually('a broadcast to arrive', async () => {
    if (took === undefined) await redis.publish({stream: 's', data: String(sent += 1)});
    return took !== undefined;
  })]);
  await redis.publish({stream: 's', data: '"the last"'});
  while ((await cable.next()).message !== 'the last');
  return took;
}

test('what is published on the channel arrives, in order, as the text it was', async (t) => {
  const redis = await startRedis(t);
  const {cable, identifier} = await daemonOn(t, redis);
  const text = '{"b":1,"a":12345678901234567890}';
  assert.equal(await redis.publish({stream: 's', data: text}), 1);
  assert.equal(await cable.nextText(), `{"identifier":${JSON.stringify(identifier)},"message":${text}}`);
  for (let at = 0; at < 300; at += 1) await redis.publish({stream: 's', data: String(at)});
  for (let at = 0; at < 300; at += 1) assert.equal((await cable.next()).message, at);
});

test('batches, meta and plain text work as by HTTP', async (t) => {
  const redis = await startRedis(t);
  const {cable, identifier} = await daemonOn(t, redis);
  await redis.publish([
    {stream: 's', data: 'é plain text'},
    {stream: 's', data: '1', meta: {exclude_socket: cable.sid}},
    {stream: 's', data: '2', meta: {broadcast_type: 'note'}},
  ]);
  assert.deepEqual(await cable.next(), {identifier, message: 'é plain text'});
  assert.deepEqual(await cable.next(), {type: 'note', identifier, message: 2});
  await cable.expectQuiet();
});

test('a remote disconnect comes by Redis, too', async (t) => {
  const redis = await startRedis(t);
  const {cable} = await daemonOn(t, redis);
  await redis.publish({command: 'disconnect', payload: {identifier: JSON.stringify({sid: cable.sid}), reconnect: false}});
  assert.deepEqual(await cable.next(), {type: 'disconnect', reason: 'remote', reconnect: false});
  await cable.waitForClose();
});

test('the channel can have another name', async (t) => {
  const redis = await startRedis(t);
  const daemon = await startDaemon(t, ['--public', '--redis-url', redis.url, '--redis-channel', 'news of the day']);
  await redis.waitForSubscriber('news of the day');
  const cable = await connectCable(t, daemon);
  await cable.subscribe('s');
  assert.equal(await redis.publish({stream: 's', data: '1'}), 0);
  await redis.publish({stream: 's', data: '2'}, 'news of the day');
  assert.equal((await cable.next()).message, 2);
});

test('garbage is counted and harms nobody', async (t) => {
  const redis = await startRedis(t);
  const {daemon, cable} = await daemonOn(t, redis, ['--max-broadcast-size', '100000']);
  const garbage = [
    '', 'hello', '{', '[]', 'null', '{"stream":"s"}', '{"stream":"s","data":tru}', '[{"stream":"s","data":"1"},7]',
    '{"command":"explode"}', '\u0000\u0001\u0002', '['.repeat(90_000),
    JSON.stringify({stream: 's', data: 'x'.repeat(100_000)}),
  ];
  for (const payload of garbage) await redis.publish(payload);
  await redis.publish({stream: 's', data: '"after"'});
  assert.equal((await cable.next()).message, 'after');
  await daemon.waitForMetric('ability_failed_broadcast_msg_total', garbage.length);
  await cable.expectQuiet();
});

test('publications over the limit are skipped and counted, and the next arrives', async (t) => {
  const redis = await startRedis(t);
  const {daemon, cable} = await daemonOn(t, redis, ['--max-broadcast-size', '100000']);
  const before = await daemon.memory();
  for (const size of [100_000, 165_000, 20_000_000, 20_000_000]) {
    await redis.publish(JSON.stringify({stream: 's', data: 'x'.repeat(size)}));
    await redis.publish({stream: 's', data: `"after ${size}"`});
    assert.equal((await cable.next()).message, `after ${size}`);
  }
  await daemon.waitForMetric('ability_failed_broadcast_msg_total', 4);
  assert.equal(daemon.lines.filter((line) => /redis (lost|not reached)/.test(line)).length, 0);
  const grown = (await daemon.memory()) - before;
  assert.ok(grown < 20e6 * (patience / 10_000), `grown by ${grown}`);
});

test('password, user and database are used', async (t) => {
  const redis = await startRedis(t, [
    '--requirepass', 'master', '--user', 'cable', 'on', '>p@ss:w/rd', 'allchannels', 'allkeys', '+@all',
  ]);
  redis.authenticate('master');
  await startDaemon(t, ['--public', '--redis-url', `redis://cable:p%40ss%3Aw%2Frd@127.0.0.1:${redis.port}/3`]);
  await redis.waitForSubscriber();
  const clients = await redis.command('CLIENT', 'LIST', 'TYPE', 'pubsub');
  assert.match(clients, /\bdb=3\b.*\buser=cable\b/);

  await startDaemon(t, ['--public', '--redis-url', `redis://:master@127.0.0.1:${redis.port}`]);
  await eventually('both daemons subscribed', async () => {
    const [, count] = await redis.command('PUBSUB', 'NUMSUB', '__anycable__');
    return count === 2;
  });
});

test('a wrong password ends nothing: it is told, never shown, and tried again until it is right', async (t) => {
  const redis = await startRedis(t, ['--requirepass', 'another']);
  redis.authenticate('another');
  const daemon = await startDaemon(t, ['--public', '--redis-url', `redis://:open-sesame@127.0.0.1:${redis.port}`]);
  await daemon.waitForLog(/redis/i);
  const cable = await connectCable(t, daemon);
  await cable.subscribe('s');
  await daemon.publish('s', '"by HTTP"');
  assert.equal((await cable.next()).message, 'by HTTP');
  await redis.command('CONFIG', 'SET', 'requirepass', 'open-sesame');
  await redis.waitForSubscriber();
  await redis.publish({stream: 's', data: '"by Redis"'});
  assert.equal((await cable.next()).message, 'by Redis');
  assert.doesNotMatch(daemon.lines.join('\n'), /open-sesame/);
});

test('Redis may be absent at the start and come later', async (t) => {
  const port = await freePort();
  let attempts = 0;
  const refusing = net.createServer((socket) => {
    attempts += 1;
    socket.destroy();
  });
  await new Promise((resolve) => refusing.listen(port, '127.0.0.1', resolve));
  defer(t, () => refusing.close());
  const daemon = await startDaemon(t, ['--public', '--redis-url', `redis://127.0.0.1:${port}`]);
  await eventually('three attempts', () => attempts >= 3);
  const cable = await connectCable(t, daemon);
  await cable.expectQuiet('clients are served without Redis');
});

test('Redis killed and back: broadcasts flow within 2 s of its return, however long it was away', async (t) => {
  const redis = await startRedis(t);
  const {daemon, cable} = await daemonOn(t, redis);
  await untilFlowing(redis, cable);
  await redis.kill();

  // A stand-in that hangs up counts the attempts: after several the back-off is as long as it gets.
  let attempts = 0;
  const refusing = net.createServer((socket) => {
    attempts += 1;
    socket.destroy();
  });
  await new Promise((resolve, reject) => refusing.once('error', reject).listen(redis.port, '127.0.0.1', resolve));
  await eventually('the daemon to try again and again', () => attempts >= 6, {ms: patience * 2});
  await new Promise((resolve) => refusing.close(resolve));
  await cable.expectQuiet('the clients stay');

  await redis.start();
  const took = await untilFlowing(redis, cable);
  t.diagnostic(`flowed ${Math.round(took)} ms after Redis was back`);
  assert.ok(took < 2000 * (patience / 10_000), `flowed only ${Math.round(took)} ms after Redis was back`);
  assert.ok(!daemon.end);
});

test('a Redis that takes the subscription and then hangs up is dialled about once a second', async (t) => {
  const dials = [];
  const failing = net.createServer((socket) => {
    dials.push(performance.now());
    socket.on('error', () => {});
    socket.once('data', () => socket.end('*3\r\n$9\r\nsubscribe\r\n$12\r\n__anycable__\r\n:1\r\n'));
  });
  await new Promise((resolve) => failing.listen(0, '127.0.0.1', resolve));
  defer(t, () => failing.close());
  const daemon = await startDaemon(t, ['--public', '--redis-url', `redis://127.0.0.1:${failing.address().port}`]);
  await eventually('eight dials', () => dials.length >= 8, {ms: patience * 2});
  assert.ok(dials[7] - dials[0] > 2_000, `dials after ${dials.map((at) => Math.round(at - dials[0]))} ms`);
  assert.ok(daemon.lines.filter((line) => /redis subscribed/.test(line)).length >= 7);
});

test('a broken Redis protocol ends nothing', async (t) => {
  const answers = ['HTTP/1.1 400 Bad Request\r\n\r\n', '*3\r\n$-7\r\n', '$999999999999999999999\r\n', '\u0000\u0001'];
  let served = 0;
  const liar = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.end(answers[served % answers.length]);
    served += 1;
  });
  await new Promise((resolve) => liar.listen(0, '127.0.0.1', resolve));
  defer(t, () => liar.close());
  const daemon = await startDaemon(t, ['--public', '--redis-url', `redis://127.0.0.1:${liar.address().port}`]);
  await eventually('every lie to be told', () => served > answers.length, {ms: patience * 2});
  const cable = await connectCable(t, daemon);
  await cable.expectQuiet();
});

test('a Redis that states a text longer than any is left at once and dialled again', async (t) => {
  const front = '*3\r\n$9\r\nsubscribe\r\n$12\r\n__anycable__\r\n:1\r\n*3\r\n$7\r\nmessage\r\n$12\r\n__anycable__\r\n';
  const good = '{"stream":"s","data":"1"}';
  const lengths = ['18446744073709551613', '4294967297'];
  let dials = 0;
  const sockets = [];
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    const length = lengths[dials];
    dials += 1;
    sockets.push(socket);
    socket.once('data', () => socket.write(front + (length ? `$${length}\r\nabc` : `$${good.length}\r\n${good}\r\n`)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  defer(t, () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const daemon = await startDaemon(t, ['--public', '--redis-url', `redis://127.0.0.1:${server.address().port}`]);
  await daemon.waitForMetric('ability_broadcast_msg_total', 1);
  assert.equal(dials, 3);
  assert.equal(await daemon.metric('ability_redis_losses_total'), 2);
  for (const length of lengths) await daemon.waitForLog(new RegExp(`Protocol error, got a text of ${length} bytes`));
});

test('a Redis that says nothing holds up neither clients nor the end', async (t) => {
  const silent = net.createServer((socket) => socket.on('error', () => {}));
  await new Promise((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const connected = new Promise((resolve) => silent.once('connection', (socket) => {
    defer(t, () => socket.destroy());
    resolve();
  }));
  defer(t, () => silent.close());
  const daemon = await startDaemon(t, ['--public', '--redis-url', `redis://127.0.0.1:${silent.address().port}`]);
  await within(connected, 'the daemon to connect');
  const cable = await connectCable(t, daemon);
  await cable.expectQuiet();
  await daemon.stop();
});
