// What others do in the same Redis (--broker redis): other databases, keys that are no longer as they were written, and
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
