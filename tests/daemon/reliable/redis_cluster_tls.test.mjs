// Logs, members and sessions in a Redis Cluster that speaks TLS, by a user with the rights that the manual names.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {Authority} from '../support/authority.mjs';
import {openCable, pubsub} from '../support/cable.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually} from '../support/deadline.mjs';
import {ask, askAnew, connectExtended, outcome} from '../support/history.mjs';
import {request} from '../support/http.mjs';
import {startRedis} from '../support/redis.mjs';
import {startRedisCluster} from '../support/redis_cluster.mjs';

const manual = readFileSync(fileURLToPath(new URL('../../../docs/reliable-streams.md', import.meta.url)), 'utf8');

/** The rights in the manual: those for one server, and what a Redis Cluster takes in addition. */
function documentedRights() {
  const [, all] = /redis-cli acl setuser node on '>s3cret' ([^]*?)\n\n/.exec(manual);
  const [, more] = /A user\s+needs `(\+cluster\|slots[^`]*)` in addition/.exec(manual);
  const one = all.replaceAll(/['\\]/g, '').trim().split(/\s+/);
  return {one, cluster: [...one, ...more.split(/\s+/)]};
}

const giveRights = (server, rights) => server.command('ACL', 'SETUSER', 'node', 'reset', 'on', '>p4ss', ...rights);
const denials = async (server) => (await server.command('ACL', 'LOG')).length;

const degraded = async (node) => JSON.parse((await request(`${node.url}/health/ready`)).body).degraded;
const reaches = (node) => eventually('Redis to be reached', async () => (await degraded(node)).length === 0, {ms: 60_000});

async function startNode(t, url, ...args) {
  const node = await startDaemon(t, ['--public', '--broker', 'redis', '--redis-url', url, '--lanes', '2', ...args]);
  await reaches(node);
  return node;
}

const publish = (node, stream, data, id) => node.post({stream, data: String(data)}, {headers: id ? {'idempotency-key': id} : {}});

/** A stream for each master, in their order. */
async function streamOfEach(cluster) {
  const found = new Map();
  for (let n = 0; found.size < cluster.masters.length; n += 1) {
    const master = await cluster.masterOf(await cluster.slotOf(`ability:head{s:s${n}}`));
    if (!found.has(master)) found.set(master, `s${n}`);
  }
  return cluster.masters.map((each) => found.get(each));
}

/** What reliable streams promise, once for each of `streams`: two nodes share logs, ids, members and sessions. */
async function assertShared(t, [a, b], streams) {
  const here = await connectExtended(t, a);
  const there = await connectExtended(t, b);
  const epochs = new Map();
  for (const stream of streams) {
    await here.subscribe(stream);
    await there.subscribe(stream);
    here.send({command: 'join', identifier: pubsub(stream), presence: {id: 'ada', info: {n: 1}}});
    for (const each of [here, there]) assert.deepEqual((await each.next('a join')).message, {type: 'join', info: {n: 1}, id: 'ada'});
    for (let n = 1; n <= 3; n += 1) assert.equal((await publish(n % 2 ? a : b, stream, n, `${stream}-${n}`)).status, 201);
    const again = await publish(b, stream, 3, `${stream}-3`);
    assert.match(again.headers['ability-position'], /\/3$/);
    for (const each of [here, there]) {
      for (let n = 1; n <= 3; n += 1) assert.equal((await each.next()).offset, n);
    }
    const log = JSON.parse((await request(`${a.url}/api/streams/${stream}/history`)).body);
    epochs.set(stream, log.epoch);
    assert.deepEqual(await askAnew(t, b, stream, {streams: {[stream]: {epoch: log.epoch, offset: 1}}}), [2, 3]);
    const users = JSON.parse((await request(`${b.url}/api/presence/${stream}/users`)).body);
    assert.deepEqual(users, {type: 'info', total: 1, records: [{info: {n: 1}, id: 'ada'}]});
  }
  const kept = await a.metric('ability_sessions_shared_total');
  here.socket.terminate();
  await a.waitForMetric('ability_sessions_shared_total', kept + 1);
  const back = await openCable(t, b, {offered: ['actioncable-v1-ext-json'], path: `/cable?sid=${here.sid}`});
  const welcome = await back.next('the welcome');
  assert.equal(welcome.restored, true);
  assert.deepEqual([...welcome.restored_ids].sort(), streams.map((each) => pubsub(each)).sort());
  for (const stream of streams) {
    const last = {epoch: epochs.get(stream), offset: 3};
    assert.deepEqual(outcome(await ask(back, pubsub(stream), {streams: {[stream]: last}})), []);
    back.send({command: 'leave', identifier: pubsub(stream)});
    for (const each of [back, there]) assert.deepEqual((await each.next('a leave')).message, {type: 'leave', id: 'ada'});
  }
  return there;
}

test('the rights that the manual names suffice for one server', async (t) => {
  const redis = await startRedis(t);
  await giveRights(redis, documentedRights().one);
  const url = redis.url.replace('//', '//node:p4ss@');
  const nodes = [await startNode(t, url), await startNode(t, url)];
  await assertShared(t, nodes, ['s']);
  assert.equal(await denials(redis), 0);
});

test('rights that are missing are told in the log, once for each kind', async (t) => {
  const redis = await startRedis(t);
  await giveRights(redis, documentedRights().one.filter((each) => each !== '+hget' && each !== '&ability:*'));
  await redis.command('ACL', 'SETUSER', 'node', '&other:*');
  const node = await startDaemon(t, ['--public', '--broker', 'redis', '--redis-url', redis.url.replace('//', '//node:p4ss@')]);
  await node.waitForLog(/redis reached/);
  const cable = await connectExtended(t, node);
  for (let n = 1; n <= 3; n += 1) {
    const answer = await publish(node, 's', n);
    assert.equal(answer.status, 503);
    assert.match(answer.body, /denied/);
  }
  const line = await node.waitForLog(/redis refuses commands/);
  assert.match(line, /reason=denied detail=".*(NOPERM|can't).*ACL LOG/);
  assert.equal(node.lines.filter((each) => each.includes('redis refuses commands')).length, 1);
  await cable.leave();
});

test('a Redis Cluster by TLS and a login: logs, members, sessions, a slot that moves, a master that fails', async (t) => {
  const authority = new Authority(t);
  const cluster = await startRedisCluster(t, {
    replicas: true, tls: {...authority.issue({name: 'redis'}), ca: authority.certificate}, password: 'b0ss',
  });
  for (const each of cluster.all) await giveRights(each, documentedRights().cluster);
  const url = cluster.urlFor('node:p4ss', 'localhost');
  const trust = ['--redis-tls-ca-cert-path', authority.certificate];
  const nodes = [await startNode(t, url, ...trust), await startNode(t, url, ...trust)];
  const [a, b] = nodes;
  const streams = await streamOfEach(cluster);
  const follower = await assertShared(t, nodes, streams);

  // A slot moves: its keys are asked for where they are, by TLS, too.
  const [stream] = streams;
  const slot = await cluster.slotOf(`ability:head{s:${stream}}`);
  const [from, to] = cluster.masters;
  await cluster.beginMove(slot, from, to);
  await cluster.moveKeys(slot, from, to);
  assert.equal((await publish(a, stream, 4)).status, 201);
  const asked = (await a.metrics()).samples.get('ability_redis_redirects_total{kind="ask"}');
  assert.ok(asked > 0, `${asked} redirects`);
  await cluster.endMove(slot, from, to);
  assert.equal((await publish(a, stream, 5)).status, 201);
  for (let n = 4; n <= 5; n += 1) assert.deepEqual((({message, offset}) => [message, offset])(await follower.next('what came meanwhile', {ms: 30_000})), [n, n]);

  // A master dies: its replica takes over, and followers go on.
  await cluster.masters[2].kill();
  await eventually('the replica to take publications', async () => (await publish(b, streams[2], 6, 'six')).status === 201, {ms: 60_000});
  for (;;) {
    const frame = await follower.next('the next message', {ms: 30_000});
    if (frame.type === 'reject_history') continue; // what the replica did not have
    assert.equal(frame.message, 6);
    break;
  }
  for (const each of nodes) await reaches(each);
  for (const each of cluster.all) {
    if (each !== cluster.masters[2]) assert.equal(await denials(each), 0, 'the rights in the manual suffice');
  }
});

test('a Redis Cluster that does not accept the certificate or the login, or is away, is told: each reason once, with the remedy', async (t) => {
  const authority = new Authority(t);
  const cluster = await startRedisCluster(t, {tls: {...authority.issue(), ca: authority.certificate}, password: 'b0ss'});
  const start = (url, ...args) => startDaemon(t, ['--public', '--broker', 'redis', '--redis-url', url, ...args]);
  const stranger = await start(cluster.urlFor(':b0ss'));
  assert.match(await stranger.waitForLog(/redis not reached/), /not trusted.*--redis-tls-ca-cert-path/);
  const trust = ['--redis-tls-ca-cert-path', authority.certificate];
  const wrong = await start(cluster.urlFor('node:wrong'), ...trust);
  assert.match(await wrong.waitForLog(/redis not reached/), /AUTH refused: WRONGPASS/);
  const nobody = await start(cluster.urlFor(), ...trust);
  assert.match(await nobody.waitForLog(/redis not reached/), /NOAUTH/);
  const open = await start(cluster.urlFor(':b0ss').replace('rediss', 'redis'));
  await open.waitForLog(/redis not reached/);
  const welcome = await start(cluster.urlFor(':b0ss'), ...trust);
  await reaches(welcome);
  assert.equal((await publish(welcome, 's', 1)).status, 201);
  for (const each of cluster.masters) await each.kill();
  await welcome.waitForMetric('ability_redis_up', 0);
  const failures = await welcome.metric('ability_redis_map_failures_total');
  await eventually('further attempts', async () => await welcome.metric('ability_redis_map_failures_total') >= failures + 4, {ms: 60_000});
  const reasons = welcome.lines.flatMap((each) => /redis not reached.*reason=(.*)/.exec(each)?.[1] ?? []);
  assert.equal(new Set(reasons).size, reasons.length, `each reason is logged once: ${reasons.join('\n')}`);
});
