// Publications as entries of a Redis stream (--broadcast-adapter redisx): each goes to one node, at least once.
// Labels: hardened
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable} from '../support/cable.mjs';
import {follower, startCluster} from '../support/cluster.mjs';
import {runDaemon, startDaemon} from '../support/daemon.mjs';
import {eventually} from '../support/deadline.mjs';
import {connectExtended} from '../support/history.mjs';
import {request} from '../support/http.mjs';
import {startRedis, startSentinel} from '../support/redis.mjs';
import {startRedisCluster} from '../support/redis_cluster.mjs';

const stream = '__anycable__';

/** Has Redis add entries at once: no consumer gets the first of them before the last is there. */
const addAll = (redis, payloads) => redis.command('EVAL',
  `for i = 1, #ARGV do redis.call('XADD', KEYS[1], '*', 'payload', ARGV[i]) end`, '1', stream, ...payloads);

const textOf = (name, data, meta) => JSON.stringify({stream: name, data: JSON.stringify(data), ...(meta && {meta})});

/** Adds the numbers from `first` to `last` as publications to stream `name`, a thousand at once. */
async function addNumbers(redis, name, first, last) {
  for (let from = first; from <= last; from += 1000) {
    const until = Math.min(last, from + 999);
    await addAll(redis, Array.from({length: until - from + 1}, (_, at) => textOf(name, from + at)));
  }
}

const unacknowledged = async (redis) => (await redis.command('XPENDING', stream, 'bx'))[0];

/** The consumers of the group, but the one that what was left behind is given to. */
const consumers = async (redis) => (await redis.command('XINFO', 'CONSUMERS', stream, 'bx'))
  .map((facts) => facts[facts.indexOf('name') + 1]).filter((name) => name !== 'ability-left');

const degraded = async (node) => JSON.parse((await request(`${node.url}/health/ready`)).body).degraded;

const isRead = (node) => eventually('the stream to be read', async () => !(await degraded(node)).includes('redisx'));
const isMissed = (node) => eventually('the stream to be missed', async () => (await degraded(node)).includes('redisx'));

/** Nothing is left in Redis. */
async function isDone(redis) {
  await eventually('all entries to be acknowledged and deleted', async () =>
    await unacknowledged(redis) === 0 && await redis.command('XLEN', stream) === 0);
}

async function startNode(t, url, ...args) {
  const node = await startDaemon(t, ['--public', '--lanes', '2', '--redis-url', url, '--broadcast-adapter', 'http,redisx', ...args]);
  await eventually('Redis to be reached', async () => (await degraded(node)).length === 0);
  return node;
}

async function take(cable, count) {
  const all = [];
  while (all.length < count) all.push((await cable.next(`message ${all.length + 1} of ${count}`)).message);
  return all;
}

const upTo = (last, first = 1) => Array.from({length: last - first + 1}, (_, at) => first + at);

// -- one node --

for (const broker of ['auto', 'memory', 'redis', 'none']) {
  test(`entries reach followers in order and leave nothing in Redis, with --broker ${broker}`, async (t) => {
    const redis = await startRedis(t);
    const node = await startNode(t, redis.url, '--broker', broker);
    const cable = await follower(t, node, 's');
    await redis.command('XADD', stream, '*', 'payload', textOf('s', 1));
    await redis.command('XADD', stream, '*', 'other', 'x', 'payload', JSON.stringify([2, 3].map((n) => ({stream: 's', data: n}))));
    assert.deepEqual(await take(cable, 3), [1, 2, 3]);
    await isDone(redis);
    await node.waitForMetric('ability_redisx_acknowledged_total', 2);
    assert.equal(await node.metric('ability_redisx_read_total'), 2);
    assert.equal(await node.metric('ability_redisx_pending_num'), 0);
    assert.equal(await node.metric('ability_redisx_up'), 1);
    await cable.expectQuiet();
  });
}

test('10,000 entries come in the order of each stream', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis.url, '--broker', 'memory');
  const cables = [await follower(t, node, 'a'), await follower(t, node, 'b')];
  for (let from = 1; from <= 5_000; from += 1000) {
    await addNumbers(redis, 'a', from, from + 999);
    await addNumbers(redis, 'b', from, from + 999);
  }
  for (const cable of cables) assert.deepEqual(await take(cable, 5_000), upTo(5_000));
  await isDone(redis);
});

test('what was there before the group comes, too', async (t) => {
  const redis = await startRedis(t);
  await addNumbers(redis, 's', 1, 3);
  const node = await startNode(t, redis.url, '--broker', 'memory');
  await node.waitForMetric('ability_history_publications_total', 3);
  await isDone(redis);
});

test('a remote disconnect can be an entry', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis.url);
  const cable = await connectCable(t, node);
  const identifier = JSON.stringify({sid: cable.sid});
  await addAll(redis, [JSON.stringify({command: 'disconnect', payload: {identifier, reconnect: false}})]);
  assert.equal((await cable.next()).type, 'disconnect');
});

test('names of the stream and of the group are those given', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis.url, '--redisx-stream', 'news', '--redisx-group', 'nodes');
  const cable = await follower(t, node, 's');
  await redis.command('XADD', 'news', '*', 'payload', textOf('s', 1));
  assert.deepEqual(await take(cable, 1), [1]);
  assert.equal((await redis.command('XPENDING', 'news', 'nodes')).length, 4);
});

// -- bad input --

test('what cannot be read is told with its id, acknowledged, and holds nothing up', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis.url, '--max-broadcast-size', '100000');
  const cable = await follower(t, node, 's');
  const ids = [
    await redis.command('XADD', stream, '*', 'payload', '{'),
    await redis.command('XADD', stream, '*', 'data', textOf('s', 'no payload')),
    await redis.command('XADD', stream, '*', 'payload', textOf('s', 'x'.repeat(100_000))),
    await redis.command('XADD', stream, '*', 'payload', textOf('s', 'x'.repeat(5_000_000))),
    await redis.command('XADD', stream, '*', Array.from({length: 40_000}, () => ['f', 'v']).flat()),
  ];
  await redis.command('XADD', stream, '*', 'payload', textOf('s', 1));
  assert.deepEqual(await take(cable, 1), [1]);
  await isDone(redis);
  assert.equal(await node.metric('ability_redisx_unreadable_total'), ids.length);
  for (const id of ids) await node.waitForLog(new RegExp(`redis entry ${id}\\b`));
  assert.equal(await node.metric('ability_redisx_up'), 1);
});

test('many large entries are read in parts', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis.url, '--max-pending-size', '100000000');
  const cable = await follower(t, node, 's');
  await node.freeze();
  const filler = 'x'.repeat(900_000);
  for (let n = 1; n <= 30; n += 1) await redis.command('XADD', stream, '*', 'payload', textOf('s', [n, filler]));
  node.signal('SIGCONT');
  assert.deepEqual((await take(cable, 30)).map(([n]) => n), upTo(30));
  await isDone(redis);
});

test('the stream or its group deleted: made again, and nothing that comes then is lost', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis.url);
  const cable = await follower(t, node, 's');
  for (const [n, command] of [['DEL', stream], ['XGROUP', 'DESTROY', stream, 'bx'], ['FLUSHALL']].entries()) {
    await redis.command(...command);
    await addNumbers(redis, 's', 10 * n, 10 * n + 9);
    assert.deepEqual(await take(cable, 10), upTo(10 * n + 9, 10 * n), command.join(' '));
    await isDone(redis);
  }
  await node.waitForLog(/the group of the redis stream is gone, making it again/);
});

test('a key that is no stream is told, and waited for', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis.url);
  const cable = await follower(t, node, 's');
  await redis.command('SET', stream, 'text');
  await node.waitForLog(/redis stream is not read, retrying.*WRONGTYPE/);
  await isMissed(node);
  await redis.command('DEL', stream);
  await addNumbers(redis, 's', 1, 3);
  assert.deepEqual(await take(cable, 3), [1, 2, 3]);
  await isRead(node);
});

// -- bounds --

test('a full gate has entries wait in Redis, and all arrive in order', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis.url, '--max-pending-broadcasts', '1', '--redisx-max-pending', '3',
    '--max-pending-size', '100000000');
  const cable = await follower(t, node, 's');
  const size = 200;
  const batches = Array.from({length: 100}, (_, batch) => JSON.stringify(
    Array.from({length: size}, (__, at) => ({stream: 's', data: batch * size + at + 1}))));
  await addAll(redis, batches);
  assert.deepEqual(await take(cable, 100 * size), upTo(100 * size));
  await isDone(redis);
  assert.equal(await node.metric('ability_refused_broadcast_msg_total'), 0);
});

test('no more entries are taken than may be unacknowledged', async (t) => {
  const redis = await startRedis(t);
  // It cannot acknowledge anything.
  await redis.command('ACL', 'SETUSER', 'mute', 'on', '>secret', '~*', '&*', '+@all', '-xack');
  const node = await startDaemon(t, ['--public', '--redis-url', `redis://mute:secret@127.0.0.1:${redis.port}`,
    '--broadcast-adapter', 'redisx', '--redisx-max-pending', '7']);
  const cable = await follower(t, node, 's');
  await addNumbers(redis, 's', 1, 50);
  assert.deepEqual(await take(cable, 7), upTo(7));
  await node.waitForLog(/redis stream is not read, retrying.*XACK refused: NOPERM/);
  await isMissed(node);
  await cable.expectQuiet();
  assert.equal(await unacknowledged(redis), 7);
  assert.equal(await node.metric('ability_redisx_pending_num'), 7);
  await redis.command('ACL', 'SETUSER', 'mute', '+xack');
  assert.deepEqual(await take(cable, 43), upTo(50, 8));
  await isRead(node);
  await eventually('all to be acknowledged', async () => await unacknowledged(redis) === 0);
});

// -- logs in Redis --

test('two nodes share a group: each entry is in the log once, at followers of both in one order', async (t) => {
  const redis = await startRedis(t);
  const nodes = [await startNode(t, redis.url, '--broker', 'redis', '--history-limit', '1000'),
    await startNode(t, redis.url, '--broker', 'redis', '--history-limit', '1000')];
  const cables = [await follower(t, nodes[0], 's'), await follower(t, nodes[1], 's')];
  for (let n = 1; n <= 500; n += 1) await redis.command('XADD', stream, '*', 'payload', textOf('s', n));
  const [one, other] = await Promise.all(cables.map((cable) => take(cable, 500)));
  assert.deepEqual(one, other);
  assert.deepEqual([...one].sort((a, b) => a - b), upTo(500));
  await isDone(redis);
  const counts = await Promise.all(nodes.map((node) => node.metric('ability_redisx_read_total')));
  assert.equal(counts[0] + counts[1], 500);
  assert.ok(counts.every((count) => count > 0), `both took some: ${counts}`);
  for (const cable of cables) await cable.expectQuiet();
});

test('without logs the nodes of a cluster forward to each other what they take', async (t) => {
  const redis = await startRedis(t);
  const {nodes} = await startCluster(t, ['a', 'b'],
    {args: ['--broker', 'none', '--redis-url', redis.url, '--broadcast-adapter', 'redisx']});
  for (const node of nodes) await isRead(node);
  const cables = [await follower(t, nodes[0], 's'), await follower(t, nodes[1], 's')];
  for (let n = 1; n <= 40; n += 1) await redis.command('XADD', stream, '*', 'payload', textOf('s', n));
  for (const cable of cables) assert.deepEqual((await take(cable, 40)).sort((a, b) => a - b), upTo(40));
  await isDone(redis);
});

test('a log that takes nothing: entries wait, and are published once it does', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis.url, '--broker', 'redis');
  const cable = await follower(t, node, 's');
  await node.freeze();
  await addNumbers(redis, 's', 1, 50);
  await redis.command('CONFIG', 'SET', 'maxmemory', '1');
  node.signal('SIGCONT');
  await node.waitForMetric('ability_redisx_retried_total', (count) => count >= 2);
  await node.waitForLog(/redis stream waits, as a log does not take its publications.*out_of_memory/);
  assert.equal(await unacknowledged(redis), 50);
  await cable.expectQuiet();
  await redis.command('CONFIG', 'SET', 'maxmemory', '0');
  assert.deepEqual(await take(cable, 50), upTo(50));
  await isDone(redis);
  await addNumbers(redis, 's', 51, 60);
  assert.deepEqual(await take(cable, 10), upTo(60, 51));
});

test('a log that refuses one stream: its entry is given up and told, the others come', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis.url, '--broker', 'redis');
  const cable = await follower(t, node, 's');
  await redis.command('SET', 'ability:head{s:broken}', 'no hash');
  const id = await redis.command('XADD', stream, '*', 'payload', textOf('broken', 1));
  await addNumbers(redis, 's', 1, 3);
  assert.deepEqual(await take(cable, 3), [1, 2, 3]);
  await node.waitForLog(new RegExp(`given up.*${id}`));
  assert.equal(await node.metric('ability_redisx_given_up_total'), 1);
  await isDone(redis);
});

// -- nodes that end --

test('a killed node: what it has taken and not acknowledged another one takes over', async (t) => {
  const redis = await startRedis(t);
  const isWaiting = (count) => eventually(`${count} waiting nodes`, async () =>
    Number(/blocked_clients:(\d+)/.exec(await redis.command('INFO', 'clients'))[1]) === count);
  // Redis serves the one first that has waited longest.
  const a = await startNode(t, redis.url, '--redisx-read-block-milliseconds', '60000');
  await isWaiting(1);
  const b = await startNode(t, redis.url, '--redisx-claim-after', '1s');
  const cable = await follower(t, b, 's');
  await isWaiting(2);
  await a.freeze();
  await redis.command('MULTI'); // or only the first entry goes to the node that waits
  await addNumbers(redis, 's', 1, 5);
  await redis.command('EXEC');
  await eventually('the entries to be taken', async () => await unacknowledged(redis) === 5);
  await a.crash();
  assert.deepEqual(await take(cable, 5), upTo(5));
  await isDone(redis);
  assert.equal(await b.metric('ability_redisx_claimed_total'), 5);
  assert.equal(await b.metric('ability_redisx_read_total'), 5);
});

test('what was published and not acknowledged comes again, but once if it has an id', async (t) => {
  const redis = await startRedis(t);
  await redis.command('ACL', 'SETUSER', 'mute', 'on', '>secret', '~*', '&*', '+@all', '-xack', '-xdel');
  const a = await startDaemon(t, ['--public', '--broker', 'redis', '--broadcast-adapter', 'redisx',
    '--redis-url', `redis://mute:secret@127.0.0.1:${redis.port}`]);
  const first = await follower(t, a, 's');
  await addAll(redis, [textOf('s', 'with', {id: 'x'}), textOf('s', 'without')]);
  assert.deepEqual(await take(first, 2), ['with', 'without']);
  await a.crash();
  const b = await startNode(t, redis.url, '--broker', 'redis', '--redisx-claim-after', '500ms');
  const cable = await follower(t, b, 's');
  await isDone(redis);
  await b.waitForMetric('ability_redisx_acknowledged_total', 2);
  await b.waitForMetric('ability_history_repeated_total', 1);
  // The log of the stream: both, and one of them again.
  assert.equal(await redis.command('XLEN', 'ability:log{s:s}'), 3);
  await cable.leave();
});

test('a node that ends leaves nothing behind and loses nothing', async (t) => {
  const redis = await startRedis(t);
  const nodes = [await startNode(t, redis.url, '--broker', 'redis', '--history-limit', '5000'),
    await startNode(t, redis.url, '--broker', 'redis', '--history-limit', '5000')];
  const cable = await connectExtended(t, nodes[1]);
  await cable.subscribe('s');
  assert.equal((await consumers(redis)).length, 2);
  let n = 0;
  let ends = false;
  const publishing = (async () => {
    while (!ends) await redis.command('XADD', stream, '*', 'payload', textOf('s', n += 1));
  })();
  await nodes[0].waitForMetric('ability_redisx_acknowledged_total', (count) => count > 50);
  await nodes[0].stop();
  const then = n;
  await eventually('publications after the end', () => n > then + 50);
  ends = true;
  await publishing;
  const seen = await take(cable, n);
  assert.deepEqual([...seen].sort((one, other) => one - other), upTo(n));
  await isDone(redis);
  assert.equal((await consumers(redis)).length, 1);
});

// -- Redis that ends --

test('Redis killed and back empty: what comes then is read from the first entry on', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis.url, '--broker', 'memory');
  const cable = await follower(t, node, 's');
  await addNumbers(redis, 's', 1, 3);
  assert.deepEqual(await take(cable, 3), [1, 2, 3]);
  await redis.kill();
  await isMissed(node);
  await node.waitForMetric('ability_redisx_up', 0);
  await node.publish('s', '"by HTTP"');
  assert.deepEqual(await take(cable, 1), ['by HTTP']);
  await redis.start();
  await addNumbers(redis, 's', 4, 6);
  assert.deepEqual(await take(cable, 3), [4, 5, 6]);
  await isRead(node);
  await isDone(redis);
  assert.equal(await node.metric('ability_redisx_losses_total'), 1);
});

test('Redis killed in the middle of it and back with its data: nothing is lost, and what has an id comes once', async (t) => {
  const redis = await startRedis(t, ['--appendonly', 'yes', '--appendfsync', 'always']);
  const node = await startNode(t, redis.url, '--broker', 'memory', '--history-limit', '5000');
  const cable = await follower(t, node, 's');
  const count = 3_000;
  await addAll(redis, upTo(count).map((n) => textOf('s', n, {id: `n${n}`})));
  await node.waitForMetric('ability_redisx_read_total', (read) => read > 0);
  await redis.kill();
  await redis.start();
  assert.deepEqual(await take(cable, count), upTo(count));
  await isDone(redis);
  await cable.expectQuiet();
});

test('a Sentinel makes a replica the master', async (t) => {
  const master = await startRedis(t);
  const replica = await startRedis(t, ['--replicaof', `127.0.0.1 ${master.port}`]);
  await eventually('a replica in step', async () => (await replica.command('INFO', 'replication')).includes('master_link_status:up'));
  const sentinel = await startSentinel(t, master);
  const node = await startDaemon(t, ['--public', '--redis-url', 'redis://main', '--broadcast-adapter', 'redisx',
    '--redis-sentinels', `127.0.0.1:${sentinel.port}`]);
  await isRead(node);
  const cable = await follower(t, node, 's');
  await addNumbers(master, 's', 1, 3);
  assert.deepEqual(await take(cable, 3), [1, 2, 3]);
  await master.kill();
  await isMissed(node);
  // Sentinel cuts the connections of a server that it makes the master.
  const roleOf = (server) => server.command('INFO', 'replication').catch(() => '');
  await eventually('a new master', async () => (await roleOf(replica)).includes('role:master'), {ms: 60_000});
  await addNumbers(replica, 's', 4, 6);
  const seen = [];
  while (!seen.includes(6)) seen.push((await cable.next('an entry of the new master', {ms: 60_000})).message);
  assert.deepEqual(seen.filter((n) => n > 3), [4, 5, 6]);
});

test('a Redis Cluster: the stream is read from the server that has it, also once that is another one', async (t) => {
  const cluster = await startRedisCluster(t);
  const slot = await cluster.slotOf(stream);
  const from = await cluster.masterOf(slot);
  const to = cluster.masters.find((each) => each !== from);
  const node = await startDaemon(t, ['--public', '--redis-url', cluster.url, '--broker', 'redis', '--broadcast-adapter', 'redisx']);
  await eventually('Redis to be reached', async () => (await degraded(node)).length === 0);
  const cable = await follower(t, node, 's');
  await addNumbers(from, 's', 1, 10);
  assert.deepEqual(await take(cable, 10), upTo(10));
  await isDone(from);
  await cluster.beginMove(slot, from, to);
  await cluster.endMove(slot, from, to);
  await addNumbers(to, 's', 11, 20);
  assert.deepEqual(await take(cable, 10), upTo(20, 11));
  await isRead(node);
  await isDone(to);
});

// -- options --

test('what cannot work is refused at the start', async () => {
  const channel = await runDaemon(['--broker', 'redis', '--redis-url', 'redis://localhost', '--broadcast-adapter', 'http,redis']);
  assert.equal(channel.code, 2, channel.stderr);
  assert.match(channel.stderr, /use a Redis stream \(--broadcast-adapter redisx\) or publish by HTTP/);
  const unknown = await runDaemon(['--broadcast-adapter', 'kafka']);
  assert.equal(unknown.code, 2, unknown.stderr);
  assert.match(unknown.stderr, /must be http, redis or redisx/);
});
