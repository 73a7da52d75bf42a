// Logs in Redis (--broker redis), as programs read them: by HTTP and by abilityctl.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {portOf} from '../support/cluster.mjs';
import {ctl, ctlFails, ctlJson} from '../support/ctl.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually} from '../support/deadline.mjs';
import {publishNumbers} from '../support/history.mjs';
import {request} from '../support/http.mjs';
import {startRedis} from '../support/redis.mjs';
import {startRedisProxy} from '../support/redis_proxy.mjs';

const degraded = async (node) => JSON.parse((await request(`${node.url}/health/ready`)).body).degraded;
const reaches = (node) => eventually('Redis to be reached', async () => (await degraded(node)).length === 0);
const misses = (node) => eventually('Redis to be missed', async () => (await degraded(node)).includes('redis'));

async function startNode(t, redis, ...args) {
  const node = await startDaemon(t, ['--public', '--broker', 'redis', '--redis-url', redis.url, '--lanes', '2',
    '--monitor-listen', '127.0.0.1:0', ...args]);
  node.address = `127.0.0.1:${await portOf(node, 'monitor')}`;
  await reaches(node);
  return node;
}

const history = (node, stream, query = '', options = {}) => (
  request(`${node.url}/api/streams/${encodeURIComponent(stream)}/history${query}`, options));

async function listed(node, stream, query) {
  const answer = await history(node, stream, query);
  assert.equal(answer.status, 200, answer.body);
  return JSON.parse(answer.body);
}

const offsets = ({messages}) => messages.map(({offset}) => offset);
const upTo = (last, first = 1) => Array.from({length: last - first + 1}, (_, at) => first + at);
const counted = async (node, outcome) => (await node.metrics()).samples.get(`ability_history_answers_total{outcome="${outcome}"}`);

test('each node tells the log of a stream that nobody follows, at once and by parts', async (t) => {
  const redis = await startRedis(t);
  const [a, b] = [await startNode(t, redis, '--history-limit', '5'), await startNode(t, redis, '--history-limit', '5')];
  const begin = Date.now();
  await publishNumbers(a, 'chat/1 ü', 1, 7);
  for (const node of [a, b]) {
    const all = await listed(node, 'chat/1 ü');
    const {epoch} = all;
    assert.deepEqual({...all, messages: offsets(all)}, {epoch, first: 3, last: 7, messages: upTo(7, 3)});
    for (const {offset, time, data, ...rest} of all.messages) {
      assert.equal(data, offset);
      assert.ok(time >= begin - 1_000 && time <= Date.now() + 1_000, `${time}`);
      assert.deepEqual(rest, {});
    }
    assert.deepEqual(offsets(await listed(node, 'chat/1 ü', '?limit=2')), [6, 7]);
    const read = [];
    for (let from = 2; from < 7; from = read.at(-1)) {
      read.push(...offsets(await listed(node, 'chat/1 ü', `?limit=2&since=${epoch}/${from}`)));
    }
    assert.deepEqual(read, upTo(7, 3));
    assert.deepEqual(offsets(await listed(node, 'chat/1 ü', `?since=${epoch}/7`)), []);
  }
  const head = await history(a, 'chat/1 ü', '', {method: 'HEAD'});
  assert.deepEqual([head.status, head.body], [200, '']);
});

test('data is told byte for byte, and a page has about a megabyte', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis, '--history-limit', '50');
  await node.publish('s', '{ "b":1, "a":12345678901234567890}', {meta: {exclude_socket: 'a-sid', broadcast_type: 'event'}});
  await node.publish('s', 'no "JSON"');
  const {body} = await history(node, 's');
  assert.match(body, /^\{"epoch":"[0-9a-f]{16}","first":1,"last":2,"messages":\[\{"offset":1,"time":\d+,"data":\{ "b":1, "a":12345678901234567890\},"type":"event"\},\{"offset":2,"time":\d+,"data":"no \\"JSON\\""\}\]\}$/);
  const large = 'x'.repeat(400_000);
  for (let n = 1; n <= 20; n += 1) await node.publish('large', large);
  const last = await listed(node, 'large');
  assert.deepEqual(offsets(last), [18, 19, 20]);
  assert.equal(last.first, 1);
  const read = [];
  while ((read.at(-1) ?? 0) < 20) {
    const page = offsets(await listed(node, 'large', `?since=${last.epoch}/${read.at(-1) ?? 0}`));
    assert.ok(page.length > 0 && page.length <= 3, `${page}`);
    read.push(...page);
  }
  assert.deepEqual(read, upTo(20));
});

test('what cannot be told is refused with its reason, and a question begins no log', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis, '--history-limit', '2', '--history-streams', 'typing/*:off');
  await publishNumbers(node, 's', 1, 5);
  const {epoch} = await listed(node, 's');
  for (const [stream, query, status, reason, outcome] of [
    ['s', `?since=${epoch}/2`, 410, /no longer kept/, 'too_old'],
    ['s', `?since=${epoch}/6`, 410, /ahead of the log/, 'ahead'],
    ['s', '?since=0123456789abcdef/5', 410, /another epoch/, 'other_epoch'],
    ['typing/1', '', 404, /keeps no log/, 'no_log'],
    ['never', '', 404, /keeps no log/, 'no_log'],
  ]) {
    const before = await counted(node, outcome);
    const refused = await history(node, stream, query);
    assert.equal(refused.status, status, refused.body);
    assert.match(refused.body, reason);
    assert.equal(await counted(node, outcome), before + 1, outcome);
  }
  for (const query of ['?limit=0', '?limit=1001', '?since=5', `?since=${epoch}/x`]) {
    assert.equal((await history(node, 's', query)).status, 400, query);
  }
  assert.deepEqual(await redis.command('KEYS', '*never*'), []);
});

test('a position of before a restart with its data is answered', async (t) => {
  const redis = await startRedis(t, ['--appendonly', 'yes', '--appendfsync', 'always']);
  const node = await startNode(t, redis);
  await publishNumbers(node, 's', 1, 3);
  const before = await listed(node, 's');
  await redis.kill();
  await misses(node);
  await redis.start();
  await reaches(node);
  const after = await listed(node, 's', `?since=${before.epoch}/1`);
  assert.deepEqual(offsets(after), [2, 3]);
  assert.notEqual(after.epoch, before.epoch, 'another process may have lost some');
  assert.deepEqual(offsets(await listed(node, 's', `?since=${after.epoch}/1`)), [2, 3]);
});

test('while Redis is away or silent the reason is told', async (t) => {
  const redis = await startRedis(t);
  const proxy = await startRedisProxy(t, redis);
  const node = await startNode(t, proxy, '--redis-answer-timeout', '500ms');
  await publishNumbers(node, 's', 1, 3);
  proxy.delay = 3_000;
  const late = await history(node, 's');
  assert.deepEqual([late.status, late.headers['retry-after']], [503, '1'], late.body);
  assert.equal(late.body, 'the log in Redis cannot be read: no_answer\n');
  proxy.delay = 0;
  await reaches(node);
  assert.deepEqual(offsets(await listed(node, 's')), [1, 2, 3]);
  await redis.kill();
  await misses(node);
  const away = await history(node, 's');
  assert.deepEqual([away.status, away.headers['retry-after'], away.body], [503, '1', 'the log in Redis cannot be read: away\n']);
  await ctlFails(t, ['history', 's', '--node', node.address], /the log in Redis cannot be read: away/);
});

test('abilityctl shows a log in Redis', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis, '--history-limit', '3');
  for (const data of [1, '22', 333, 'four']) await node.publish('chat/1', JSON.stringify(data));
  const log = await ctlJson(t, ['history', 'chat/1', '--node', node.address]);
  const {epoch, offset} = log.position;
  assert.equal(epoch, (await listed(node, 'chat/1')).epoch);
  assert.deepEqual([offset, log.first, log.kept, log.limit, log.ttl_s, log.bytes], [4, 2, 3, 3, 300, null]);
  assert.deepEqual(log.publications.map((each) => [each.offset, each.bytes]), [[2, 4], [3, 3], [4, 6]]);
  const {stdout} = await ctl(t, ['history', 'chat/1', '--node', node.address]);
  assert.match(stdout, new RegExp(`^stream +chat/1\\nepoch +${epoch}\\noffset +4\\nfirst kept +2\\nkept +3 of 3\\nkept for +5m 00s\\nsize +-\\n`));
  await ctlFails(t, ['history', 'nothing', '--node', node.address], /"nothing" keeps no log/);
});
