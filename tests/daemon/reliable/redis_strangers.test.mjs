// Other programs in the same Redis (--broker redis): other databases, keys that are no longer as they were written, and
// rights that a login lacks. One stream's mishap is its own, and what cannot work is told.
// Labels: hardened
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {pubsub} from '../support/cable.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually} from '../support/deadline.mjs';
import {connectExtended} from '../support/history.mjs';
import {request} from '../support/http.mjs';
import {startRedis} from '../support/redis.mjs';

const startNode = (t, url, ...args) => startDaemon(t, ['--public', '--broker', 'redis', '--redis-url', url, '--lanes', '1', ...args]);
const degraded = async (node) => JSON.parse((await request(`${node.url}/health/ready`)).body).degraded;
const reaches = (node) => eventually('Redis to be reached', async () => (await degraded(node)).length === 0);

async function follower(t, node, stream = 's') {
  const cable = await connectExtended(t, node);
  await cable.subscribe(stream);
  return cable;
}

test('databases of one Redis are apart: nobody hears of the log or the members of another one', async (t) => {
  const redis = await startRedis(t);
  const [a, b] = [await startNode(t, redis.url), await startNode(t, `${redis.url}/1`)];
  for (const each of [a, b]) await reaches(each);
  const [cable, apart] = [await follower(t, a), await follower(t, b)];
  for (let n = 1; n <= 3; n += 1) {
    await a.publish('s', String(n));
    assert.equal((await cable.next()).message, n);
  }
  cable.send({command: 'join', identifier: pubsub('s'), presence: {id: 'ada'}});
  assert.equal((await cable.next('the join')).type, 'presence');
  await b.publish('s', '"own"');
  assert.equal((await apart.next()).message, 'own');
  await apart.expectQuiet();
});

test('news of a log that is not there are looked for once', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis.url);
  await reaches(node);
  const cable = await follower(t, node);
  await node.publish('s', '1');
  const {epoch} = await cable.next();
  const other = epoch.replace(/./, (digit) => (digit === 'a' ? 'b' : 'a'));
  assert.equal(await redis.publish(`${other}:9:1764512345678:1j0:0:9`, 'ability:new{s:s}'), 1);
  await node.publish('s', '2');
  assert.equal((await cable.next()).message, 2);
  const before = await node.metric('ability_redis_commands_total');
  for (let n = 3; n <= 12; n += 1) {
    await node.publish('s', String(n));
    assert.equal((await cable.next()).message, n);
  }
  const sent = await node.metric('ability_redis_commands_total') - before;
  assert.ok(sent < 30, `${sent} commands for 10 publications`);
});

test('a log that others have written to is mended or has a gap, and other streams notice nothing', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis.url);
  await reaches(node);
  const other = await follower(t, node, 'other');
  const changes = {
    epoch: ['HSET', 'ability:head{s:epoch}', 'e', 'x'],
    offset: ['HSET', 'ability:head{s:offset}', 'o', 'x'],
    time: ['HDEL', 'ability:head{s:time}', 't'],
    missing: ['XDEL', 'ability:log{s:missing}', '2-0'],
    ahead: ['XADD', 'ability:log{s:ahead}', '9-0', 'p', 'x'],
    member: ['HSET', 'ability:who{s:member}', 'ada', 'x'],
  };
  let told = 0;
  for (const [stream, change] of Object.entries(changes)) {
    await follower(t, node, stream);
    for (const n of [1, 2, 3]) await node.publish(stream, String(n));
    await redis.command(...change);
    const fresh = await connectExtended(t, node);
    fresh.send({command: 'subscribe', identifier: pubsub(stream), history: {since: 1}});
    assert.equal((await fresh.next()).type, 'confirm_subscription');
    assert.equal((await fresh.next()).type, 'reject_history');
    fresh.send({command: 'presence', identifier: pubsub(stream)});
    assert.equal((await fresh.next()).message.type, 'info');
    await node.publish(stream, '4');
    for (let got; got?.message !== 4;) got = await fresh.next('the publication');
    await node.publish('other', String(told += 1));
    assert.equal((await other.next()).message, told);
  }
  const late = await startNode(t, redis.url);
  await reaches(late);
  for (const stream of Object.keys(changes)) {
    const cable = await follower(t, late, stream);
    await node.publish(stream, '5');
    for (let got; got?.message !== 5;) got = await cable.next('the publication');
  }
  for (const each of [node, late]) {
    assert.deepEqual(await degraded(each), []);
    assert.equal(await each.metric('ability_redis_connects_total'), 2, 'connections that broke');
  }
});

test('a login that may not subscribe is a Redis that is away, with the reason, until it may', async (t) => {
  const redis = await startRedis(t);
  await redis.command('ACL', 'SETUSER', 'u', 'on', '>pw', '~ability:*', '+@all', 'resetchannels');
  const node = await startNode(t, redis.url.replace('//', '//u:pw@'));
  await node.waitForLog(/redis not reached.*SUBSCRIBE refused: NOPERM/);
  assert.deepEqual(await degraded(node), ['redis']);
  await redis.command('ACL', 'SETUSER', 'u', '&ability:*');
  await reaches(node);
  const cable = await follower(t, node);
  await node.publish('s', '1');
  assert.equal((await cable.next()).message, 1);
});

test('what Redis refuses is told in the log, once', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis.url);
  await reaches(node);
  await redis.command('SET', 'ability:head{s:s}', 'x');
  for (let n = 1; n <= 5; n += 1) assert.equal((await node.post({stream: 's', data: String(n)})).status, 503);
  await node.waitForLog(/redis refuses commands reason=other detail=.*WRONGTYPE/);
  assert.equal(node.lines.filter((line) => line.includes('redis refuses commands')).length, 1);
});

test('the position of a stream that is followed is not forgotten between two looks at it', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis.url, '--history-ttl', '1s', '--history-position-ttl', '1s');
  await reaches(node);
  await follower(t, node);
  assert.ok(await redis.command('PTTL', 'ability:head{s:s}') > 50_000, 'a look every 25 s would find a new log');
});

test('Redis starts twice with what it saved before: nobody gets a message again', async (t) => {
  const redis = await startRedis(t, ['--save', '3600 1000']);
  const node = await startNode(t, redis.url);
  await reaches(node);
  const cable = await follower(t, node);
  const publish = async (n) => {
    await node.publish('s', String(n));
    let got = await cable.next();
    while (got.type === 'reject_history') got = await cable.next();
    assert.equal(got.message, n);
  };
  await publish(1);
  await publish(2);
  await redis.command('SAVE');
  for (const n of [3, 4, 5]) {
    const connects = await node.metric('ability_redis_connects_total');
    await redis.kill();
    await redis.start();
    await node.waitForMetric('ability_redis_connects_total', connects + 2);
    await reaches(node);
    await publish(n);
  }
  await cable.expectQuiet();
});

test('a publisher is told 504 also behind the time that its connection had for the request', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis.url, '--redis-answer-timeout', '1s', '--handshake-timeout', '500ms');
  await reaches(node);
  redis.process.kill('SIGSTOP');
  const answer = await node.post({stream: 's', data: '1'}).finally(() => redis.process.kill('SIGCONT'));
  assert.equal(answer.status, 504, answer.body);
});

test('entries that a login may not delete are told of', async (t) => {
  const redis = await startRedis(t);
  await redis.command('ACL', 'SETUSER', 'u', 'on', '>pw', '~*', '&*', '+@all', '-xdel');
  const node = await startNode(t, redis.url.replace('//', '//u:pw@'), '--broadcast-adapter', 'redisx');
  await reaches(node);
  const cable = await follower(t, node);
  for (const n of [1, 2, 3]) {
    await redis.command('XADD', '__anycable__', '*', 'payload', JSON.stringify({stream: 's', data: String(n)}));
    assert.equal((await cable.next()).message, n);
  }
  await node.waitForLog(/refused a command.*command=XDEL.*NOPERM/);
  assert.equal(node.lines.filter((line) => line.includes('command=XDEL')).length, 1);
});

test('what is too large for a node is a gap of its stream there, and costs other streams nothing', async (t) => {
  const redis = await startRedis(t);
  const [large, small] = [await startNode(t, redis.url), await startNode(t, redis.url, '--max-broadcast-size', '65536')];
  for (const each of [large, small]) await reaches(each);
  const [cable, other] = [await follower(t, small), await follower(t, small, 'other')];
  await large.publish('s', '1');
  await large.publish('s', JSON.stringify('x'.repeat(300_000)));
  assert.equal((await cable.next()).message, 1);
  assert.equal((await cable.next('the news of a gap')).type, 'reject_history');
  await large.publish('s', '3');
  assert.equal((await cable.next()).message, 3);
  await small.publish('other', '1');
  assert.equal((await other.next()).message, 1);
  await small.waitForLog(/cannot be read.*--max-broadcast-size.*stream=s/);
  assert.equal(await small.metric('ability_redis_connects_total'), 2, 'connections that broke');
});
