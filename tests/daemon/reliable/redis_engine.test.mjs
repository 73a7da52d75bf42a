// Logs in Redis (--broker redis): nodes share them, and what becomes of Redis is told, never silent.
// Labels: hardened
import assert from 'node:assert/strict';
import {createServer} from 'node:net';
import {test} from 'node:test';
import {connectCable, pubsub} from '../support/cable.mjs';
import {defer} from '../support/cleanup.mjs';
import {runDaemon, startDaemon} from '../support/daemon.mjs';
import {eventually} from '../support/deadline.mjs';
import {ask, askAnew, connectExtended, followFrom, outcome, positionOf, publishNumbers} from '../support/history.mjs';
import {request} from '../support/http.mjs';
import {freePort} from '../support/ports.mjs';
import {Redis, startRedis, startSentinel} from '../support/redis.mjs';
import {startRedisProxy} from '../support/redis_proxy.mjs';

const startNode = (t, url, ...args) => startDaemon(t, ['--public', '--broker', 'redis', '--redis-url', url, '--lanes', '2', ...args]);

const ready = (node) => request(`${node.url}/health/ready`);
const degraded = async (node) => JSON.parse((await ready(node)).body).degraded;

/** Waits until all lanes of the node reach Redis, or no longer all of them do. */
const reaches = (node) => eventually('Redis to be reached', async () => (await degraded(node)).length === 0);
const misses = (node) => eventually('Redis to be missed', async () => (await degraded(node)).includes('redis'));

async function startNodes(t, redis, count, ...args) {
  const nodes = [];
  for (let at = 0; at < count; at += 1) nodes.push(await startNode(t, redis.url, ...args));
  for (const each of nodes) await reaches(each);
  return nodes;
}

/** Follows `stream` from its present position on. */
async function follower(t, node, stream = 's') {
  const cable = await connectExtended(t, node);
  await cable.subscribe(stream);
  return cable;
}

/** The next `count` messages. */
async function take(cable, count) {
  const all = [];
  while (all.length < count) all.push(await cable.next(`message ${all.length + 1} of ${count}`));
  return all;
}

/** The client is told, without having asked, that it may have missed messages. */
async function isToldOfGap(cable, stream = 's') {
  assert.deepEqual(await cable.next('the news of a gap'), {type: 'reject_history', identifier: pubsub(stream)});
}

const numbersOf = (messages) => messages.map(({message}) => message);
const upTo = (last, first = 1) => Array.from({length: last - first + 1}, (_, at) => first + at);

// -- nodes --

test('two nodes have one log, and a client goes on at the other one', async (t) => {
  const redis = await startRedis(t);
  const [a, b] = await startNodes(t, redis, 2);
  const [atA, atB] = [await follower(t, a), await follower(t, b)];
  for (let n = 1; n <= 6; n += 1) await (n % 2 ? a : b).publish('s', String(n));
  const got = await take(atA, 6);
  assert.deepEqual(numbersOf(got), upTo(6));
  assert.deepEqual(got.map(({offset}) => offset), upTo(6));
  assert.deepEqual((await take(atB, 6)).map(positionOf), got.map(positionOf));
  const {epoch} = got[0];
  await atA.leave();
  await publishNumbers(b, 's', 7, 9);
  assert.deepEqual(await askAnew(t, b, 's', {streams: {s: {epoch, offset: 6}}}), [7, 8, 9]);
  assert.deepEqual(await askAnew(t, a, 's', {streams: {s: {epoch, offset: 0}}}), upTo(9));
  // A node that has just started has the same log.
  const c = await startNode(t, redis.url);
  await reaches(c);
  assert.deepEqual(await askAnew(t, c, 's', {streams: {s: {epoch, offset: 8}}}), [9]);
});

test('all nodes have one order while both publish', async (t) => {
  const redis = await startRedis(t);
  const [a, b] = await startNodes(t, redis, 2, '--history-limit', '1000');
  const cables = [await follower(t, a), await follower(t, b)];
  const each = 150;
  const publish = async (node, from) => {
    for (let n = 0; n < each; n += 5) await publishNumbers(node, 's', from + n, from + n + 4);
  };
  await Promise.all([publish(a, 1), publish(b, 1001), publish(a, 2001), publish(b, 3001)]);
  const [seenAtA, seenAtB] = await Promise.all(cables.map((cable) => take(cable, 4 * each)));
  assert.deepEqual(seenAtA.map(({offset}) => offset), upTo(4 * each));
  assert.deepEqual(numbersOf(seenAtB), numbersOf(seenAtA));
  for (const from of [1, 1001, 2001, 3001]) {
    const own = numbersOf(seenAtA).filter((n) => n >= from && n < from + each);
    assert.deepEqual(own, upTo(from + each - 1, from), 'what one publisher sends one after the other keeps its order');
  }
  assert.equal(await a.metric('ability_redis_gaps_total'), 0);
});

test('base clients are told positions, too', async (t) => {
  const redis = await startRedis(t);
  const [node] = await startNodes(t, redis, 1);
  const cable = await connectCable(t, node);
  await cable.subscribe('s');
  await node.publish('s', '1');
  assert.deepEqual(Object.keys(await cable.next()), ['identifier', 'message', 'stream_id', 'epoch', 'offset']);
});

test('a publisher is told the position, the same one for the same id at each node', async (t) => {
  const redis = await startRedis(t);
  const [a, b] = await startNodes(t, redis, 2);
  const cable = await follower(t, b);
  const headers = {'idempotency-key': 'order-7'};
  const first = await a.post({stream: 's', data: '1'}, {headers});
  assert.equal(first.status, 201, first.body);
  assert.match(first.headers['ability-position'], /^[0-9a-f]{16}\/1$/);
  const again = await b.post({stream: 's', data: '1'}, {headers});
  assert.equal(again.status, 201);
  assert.equal(again.headers['ability-position'], first.headers['ability-position']);
  await b.publish('s', '2');
  assert.deepEqual(numbersOf(await take(cable, 2)), [1, 2]);
});

test('transient publications and streams without a log pass by Redis', async (t) => {
  const redis = await startRedis(t);
  const [node] = await startNodes(t, redis, 1, '--history-streams', 'typing/*:off');
  const cable = await follower(t, node);
  const typing = await follower(t, node, 'typing/1');
  await node.publish('s', '"gone"', {meta: {transient: true}});
  await node.publish('typing/1', '"letter"');
  assert.equal((await cable.next()).offset, undefined);
  assert.equal((await typing.next()).offset, undefined);
  assert.deepEqual(await redis.command('KEYS', 'ability:log*'), []);
});

test('a log is bounded in number and time, by the stream', async (t) => {
  const redis = await startRedis(t);
  const [node] = await startNodes(t, redis, 1, '--history-limit', '5', '--history-streams', 'short:ttl=1s');
  const cable = await follower(t, node);
  await publishNumbers(node, 's', 1, 12);
  const {epoch} = (await take(cable, 12))[11];
  await cable.leave();
  assert.deepEqual(await askAnew(t, node, 's', {streams: {s: {epoch, offset: 7}}}), upTo(12, 8));
  assert.equal(await askAnew(t, node, 's', {streams: {s: {epoch, offset: 6}}}), 'rejected');
  await node.publish('short', '1');
  await eventually('the end of the log', async () => (await redis.command('KEYS', 'ability:log{s:short}')).length === 0);
  assert.equal((await redis.command('KEYS', 'ability:head{s:short}')).length, 1, 'its position stays');
});

// -- Redis away --

test('Redis killed and back empty: refused meanwhile, told afterwards', async (t) => {
  const redis = await startRedis(t);
  const [a, b] = await startNodes(t, redis, 2);
  const strict = await startNode(t, redis.url, '--ready-requires', 'redis');
  await reaches(strict);
  const cable = await follower(t, a);
  const other = await follower(t, b);
  await publishNumbers(a, 's', 1, 3);
  const before = (await take(cable, 3))[2];
  await take(other, 3);

  await redis.kill();
  for (const each of [a, b, strict]) await misses(each);
  const refused = await a.post({stream: 's', data: '"lost?"'});
  assert.equal(refused.status, 503, refused.body);
  assert.equal(refused.headers['retry-after'], '1');
  assert.match(refused.body, /the log in Redis does not take publications: away/);
  await a.waitForMetric('ability_redis_up', 0);
  assert.equal((await ready(a)).status, 200);
  assert.equal((await ready(strict)).status, 503);
  await a.publish('s', '"still there"', {meta: {transient: true}});
  assert.equal((await cable.next()).message, 'still there');

  await redis.start();
  for (const each of [a, b, strict]) await reaches(each);
  assert.equal((await ready(strict)).status, 200);
  for (const each of [cable, other]) await isToldOfGap(each);
  await a.publish('s', '4');
  const after = await cable.next();
  assert.deepEqual([after.message, after.offset], [4, 1]);
  assert.notEqual(after.epoch, before.epoch);
  assert.deepEqual(positionOf(await other.next()), positionOf(after));
  assert.equal(await askAnew(t, b, 's', {streams: {s: positionOf(before)}}), 'rejected');
  assert.deepEqual(await askAnew(t, b, 's', {streams: {s: {epoch: after.epoch, offset: 0}}}), [4]);
  await a.waitForMetric('ability_redis_gaps_total', 1);
});

test('Redis killed and back with its data: nobody notices', async (t) => {
  const redis = await startRedis(t, ['--appendonly', 'yes', '--appendfsync', 'always']);
  const [a] = await startNodes(t, redis, 1);
  const cable = await follower(t, a);
  await publishNumbers(a, 's', 1, 3);
  const before = (await take(cable, 3))[1];
  await redis.kill();
  await misses(a);
  await redis.start();
  await reaches(a);
  await a.publish('s', '4');
  const after = await cable.next();
  assert.deepEqual([after.message, after.offset], [4, 4]);
  assert.notEqual(after.epoch, before.epoch, 'another process may have lost some');
  assert.deepEqual(await askAnew(t, a, 's', {streams: {s: positionOf(before)}}), [3, 4]);
  assert.equal(await a.metric('ability_redis_gaps_total'), 0);
});

test('Redis away at the start', async (t) => {
  const redis = new Redis(await freePort(), []);
  defer(t, () => redis.stop());
  const node = await startNode(t, redis.url);
  await node.waitForLog(/redis not reached, retrying/);
  assert.equal((await node.post({stream: 's', data: '1'})).status, 503);
  const cable = await connectExtended(t, node);
  assert.equal(outcome(await followFrom(cable, 's', {since: 1})), 'rejected');
  await redis.start();
  await reaches(node);
  await isToldOfGap(cable);
  await node.publish('s', '1');
  const message = await cable.next();
  assert.deepEqual([message.message, message.offset], [1, 1]);
});

test('a server that is no Redis', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  defer(t, () => server.close());
  const node = await startNode(t, `redis://127.0.0.1:${server.address().port}`);
  await node.waitForLog(/redis not reached.*Protocol error/);
  assert.equal((await node.post({stream: 's', data: '1'})).status, 503);
});

// -- Redis that loses, delays and refuses --

test('a lost message is filled by the next one, in order', async (t) => {
  const redis = await startRedis(t);
  const proxy = await startRedisProxy(t, redis);
  const [a] = await startNodes(t, redis, 1);
  const b = await startNode(t, proxy.url);
  await reaches(b);
  const cable = await follower(t, b);
  await a.publish('s', '1');
  assert.equal((await cable.next()).message, 1);
  proxy.losesNews = true;
  await publishNumbers(a, 's', 2, 4);
  await eventually('a lost message', () => proxy.lost > 0);
  await cable.expectQuiet();
  proxy.losesNews = false;
  await a.publish('s', '5');
  assert.deepEqual(numbersOf(await take(cable, 4)), [2, 3, 4, 5]);
  assert.equal(await b.metric('ability_redis_gaps_total'), 0);
});

test('a lost message of an idle stream is found by its position', async (t) => {
  const redis = await startRedis(t);
  const proxy = await startRedisProxy(t, redis);
  const [a] = await startNodes(t, redis, 1);
  const b = await startNode(t, proxy.url);
  await reaches(b);
  const cable = await follower(t, b);
  proxy.losesNews = true;
  await a.publish('s', '1');
  await eventually('the lost message', () => proxy.lost > 0);
  assert.equal((await cable.next('the lost message', {ms: 40_000})).message, 1);
});

test('what is published while the connections are cut comes once', async (t) => {
  const redis = await startRedis(t);
  const proxy = await startRedisProxy(t, redis);
  const [a] = await startNodes(t, redis, 1, '--history-limit', '1000');
  const b = await startNode(t, proxy.url, '--history-limit', '1000');
  await reaches(b);
  const cable = await follower(t, b);
  let last = 0;
  for (let round = 0; round < 10; round += 1) {
    proxy.cut();
    await publishNumbers(a, 's', last + 1, last + 20);
    last += 20;
  }
  await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await publishNumbers(a, 's', last + 1, last + 20);
  assert.deepEqual(numbersOf(await take(cable, last + 20)), upTo(last + 20));
  await cable.expectQuiet();
});

test('a reply that is lost behind a script that ran: published once, and told', async (t) => {
  const redis = await startRedis(t);
  const proxy = await startRedisProxy(t, redis);
  const node = await startNode(t, proxy.url);
  await reaches(node);
  const cable = await follower(t, node);
  await node.publish('s', '1');
  proxy.cutsNextReply = true;
  const answer = await node.post({stream: 's', data: '2'});
  assert.equal(answer.status, 201, answer.body);
  assert.match(answer.headers['ability-position'], /\/2$/);
  assert.equal(proxy.lost, 1);
  assert.equal(await node.metric('ability_redis_repeated_total'), 1);
  await node.publish('s', '3');
  assert.deepEqual(numbersOf(await take(cable, 3)), [1, 2, 3]);
});

test('no reply at all is 504, and the same id is published once', async (t) => {
  const redis = await startRedis(t);
  const proxy = await startRedisProxy(t, redis);
  const node = await startNode(t, proxy.url, '--redis-answer-timeout', '300ms');
  await reaches(node);
  redis.process.kill('SIGSTOP');
  const headers = {'idempotency-key': 'once'};
  const answer = await node.post({stream: 's', data: '1'}, {headers});
  assert.equal(answer.status, 504, answer.body);
  redis.process.kill('SIGCONT');
  await reaches(node);
  const again = await eventually('an answer', async () => {
    const got = await node.post({stream: 's', data: '1'}, {headers});
    return got.status === 201 && got;
  });
  assert.match(again.headers['ability-position'], /\/1$/);
  await node.publish('s', '2');
  const {epoch} = await follower(t, node).then(async (cable) => { await node.publish('s', '3'); return cable.next(); });
  assert.deepEqual(await askAnew(t, node, 's', {streams: {s: {epoch, offset: 0}}}), [1, 2, 3]);
});

test('Redis is slow by 2 s', async (t) => {
  const redis = await startRedis(t);
  const proxy = await startRedisProxy(t, redis);
  const node = await startNode(t, proxy.url);
  await reaches(node);
  const cable = await follower(t, node);
  proxy.delay = 2_000;
  const begun = Date.now();
  await Promise.all([1, 2, 3].map((n) => node.publish('s', String(n))));
  assert.ok(Date.now() - begun >= 1_900, 'no answer before that of Redis');
  assert.deepEqual(numbersOf(await take(cable, 3)).sort(), [1, 2, 3]);
});

test('the scripts are flushed', async (t) => {
  const redis = await startRedis(t);
  const [node] = await startNodes(t, redis, 1);
  const cable = await follower(t, node);
  await node.publish('s', '1');
  await redis.command('SCRIPT', 'FLUSH');
  await publishNumbers(node, 's', 2, 5);
  assert.deepEqual(numbersOf(await take(cable, 5)), upTo(5));
  await redis.command('SCRIPT', 'FLUSH');
  assert.deepEqual((await ask(cable, pubsub('s'), {since: Math.floor(Date.now() / 1000) - 60})).answer.type, 'reject_history');
});

test('Redis is full', async (t) => {
  const redis = await startRedis(t);
  const [node] = await startNodes(t, redis, 1);
  const cable = await follower(t, node);
  await node.publish('s', '1');
  await redis.command('CONFIG', 'SET', 'maxmemory', '1');
  const refused = await node.post({stream: 's', data: '"no"'});
  assert.equal(refused.status, 503);
  assert.match(refused.body, /out_of_memory/);
  assert.ok((await node.metrics()).samples.get('ability_redis_failed_commands_total{reason="out_of_memory"}') >= 1);
  await redis.command('CONFIG', 'SET', 'maxmemory', '0');
  await node.publish('s', '2');
  assert.deepEqual(numbersOf(await take(cable, 2)), [1, 2]);
});

test('Redis is made a replica and a master again', async (t) => {
  const redis = await startRedis(t);
  const [node] = await startNodes(t, redis, 1);
  const cable = await follower(t, node);
  await node.publish('s', '1');
  const {epoch} = await cable.next();
  await redis.command('REPLICAOF', '127.0.0.1', String(await freePort()));
  assert.equal((await node.post({stream: 's', data: '"no"'})).status, 503);
  await node.waitForLog(/says that the server is a replica/);
  await redis.command('REPLICAOF', 'NO', 'ONE');
  await reaches(node);
  // As a replica it may have lost what it had written before: offsets go on in another epoch, and nothing comes twice.
  await node.publish('s', '2');
  const second = await cable.next();
  assert.deepEqual([second.message, second.offset], [2, 2]);
  assert.notEqual(second.epoch, epoch);
  assert.deepEqual(await askAnew(t, node, 's', {streams: {s: {epoch, offset: 1}}}), [2]);
});

test('the keys of streams are lost while they are followed', async (t) => {
  const redis = await startRedis(t);
  const [node] = await startNodes(t, redis, 1);
  const cable = await follower(t, node);
  await publishNumbers(node, 's', 1, 3);
  const {epoch} = (await take(cable, 3))[0];
  await redis.command('FLUSHALL');
  await node.publish('s', '4');
  await isToldOfGap(cable);
  const next = await cable.next();
  assert.deepEqual([next.message, next.offset], [4, 1]);
  assert.notEqual(next.epoch, epoch);
  assert.equal(await askAnew(t, node, 's', {streams: {s: {epoch, offset: 3}}}), 'rejected');
});

test('a node is killed in the middle of a storm: those at the other one miss nothing', async (t) => {
  const redis = await startRedis(t);
  const [a, b] = await startNodes(t, redis, 2, '--history-limit', '10000');
  const cable = await follower(t, b);
  let accepted = 0;
  const storm = (async () => {
    for (let n = 1; ; n += 1) {
      const answer = await a.post({stream: 's', data: String(n)}).catch(() => null);
      if (answer?.status !== 201) return;
      accepted = n;
    }
  })();
  await eventually('a storm', () => accepted > 100);
  a.process.kill('SIGKILL');
  a.end = {code: 0, signal: null};
  await storm;
  await b.publish('s', '"end"');
  const seen = [];
  for (;;) {
    const {message, offset} = await cable.next();
    assert.equal(offset, seen.length + 1);
    if (message === 'end') break;
    seen.push(message);
  }
  // The last one may be in the log though its publisher was not told.
  assert.deepEqual(seen, upTo(seen.length));
  assert.ok(seen.length === accepted || seen.length === accepted + 1, `${seen.length}, ${accepted} were accepted`);
});

// -- Sentinel --

test('a Sentinel makes a replica the master in the middle of a storm', async (t) => {
  const master = await startRedis(t);
  const replica = await startRedis(t, ['--replicaof', `127.0.0.1 ${master.port}`]);
  await eventually('a replica in step', async () => (await replica.command('INFO', 'replication')).includes('master_link_status:up'));
  const sentinel = await startSentinel(t, master);
  const sentinels = ['--redis-sentinels', `127.0.0.1:${sentinel.port}`, '--history-limit', '10000'];
  const [a, b] = [await startNode(t, 'redis://main', ...sentinels), await startNode(t, 'redis://main', ...sentinels)];
  await reaches(a);
  await reaches(b);
  const cable = await follower(t, b);
  let ends = false;
  const accepted = [];
  const storm = (async () => {
    for (let n = 1; !ends; n += 1) {
      const answer = await a.post({stream: 's', data: String(n)}, {headers: {'idempotency-key': `n${n}`}});
      if (answer.status === 201) accepted.push(n);
      else await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  await eventually('a storm', () => accepted.length > 100);
  await master.kill();
  const before = accepted.length;
  await eventually('publications at the new master', () => accepted.length > before + 100, {ms: 60_000});
  ends = true;
  await storm;
  await a.publish('s', '"end"');
  const seen = [];
  for (let text; text !== 'end'; ) {
    const message = await cable.next('the storm', {ms: 30_000});
    text = message.message;
    if (text !== 'end' && message.type === undefined) seen.push(message);
  }
  const numbers = numbersOf(seen);
  assert.equal(new Set(numbers).size, numbers.length, 'nothing comes twice');
  const positions = seen.map(({epoch, offset}) => `${epoch}/${offset}`);
  assert.equal(new Set(positions).size, positions.length, 'no position comes twice');
  assert.deepEqual(numbers, [...numbers].sort((one, other) => one - other));
  assert.ok(new Set(seen.map(({epoch}) => epoch)).size >= 2, 'the new master has an epoch of its own');
  // A failover is asynchronous: only what was accepted just before it may be lost.
  const lost = accepted.filter((n) => !numbers.includes(n));
  assert.ok(lost.every((n) => n <= accepted[before - 1] && n > accepted[before - 1] - 50), `lost ${lost}`);
});

// -- options --

test('what cannot work is refused at the start', async () => {
  const none = await runDaemon(['--broker', 'redis']);
  assert.equal(none.code, 2, none.stderr);
  assert.match(none.stderr, /no Redis is named: give --redis-url/);
  const channel = await runDaemon(['--broker', 'redis', '--redis-url', 'redis://localhost', '--redis-channel', 'news']);
  assert.equal(channel.code, 2);
  assert.match(channel.stderr, /publish by HTTP, and leave it out/);
});

test('a login, a database and a prefix', async (t) => {
  const redis = await startRedis(t, ['--requirepass', 'right']);
  redis.authenticate('right');
  const url = `redis://:right@127.0.0.1:${redis.port}/3`;
  const [a, b] = [await startNode(t, url, '--redis-key-prefix', 'shop'), await startNode(t, url, '--redis-key-prefix', 'other')];
  await reaches(a);
  await reaches(b);
  const [cable, apart] = [await follower(t, a), await follower(t, b)];
  await a.publish('s', '1');
  assert.equal((await cable.next()).message, 1);
  await apart.expectQuiet();
  await redis.command('SELECT', '3');
  assert.deepEqual((await redis.command('KEYS', '*')).sort(),
    ['other:head{s:s}', 'other:{sessions}:nodes', 'shop:head{s:s}', 'shop:log{s:s}', 'shop:{sessions}:nodes']);
});
