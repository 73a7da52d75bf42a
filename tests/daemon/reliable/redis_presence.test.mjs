// Members of streams in Redis (--broker redis): all nodes have the same ones, and what becomes of a node or of Redis is told.
// Labels: hardened
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable, pubsub} from '../support/cable.mjs';
import {clusterSecret, portOf} from '../support/cluster.mjs';
import {ctlJson} from '../support/ctl.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually} from '../support/deadline.mjs';
import {request} from '../support/http.mjs';
import {startRedis} from '../support/redis.mjs';
import {startRedisCluster} from '../support/redis_cluster.mjs';
import {startRedisProxy} from '../support/redis_proxy.mjs';

const about = (identifier, message) => ({type: 'presence', identifier, message});
const unavailable = {type: 'error', total: 0, reason: 'presence is unavailable'};

const degraded = async (node) => JSON.parse((await request(`${node.url}/health/ready`)).body).degraded;

async function startNode(t, redis, ...args) {
  const node = await startDaemon(t, ['--public', '--broker', 'redis', '--redis-url', redis.url, '--lanes', '2', ...args]);
  await eventually('Redis to be reached', async () => (await degraded(node)).length === 0, {ms: 60_000});
  return node;
}

async function startNodes(t, ...args) {
  const redis = await startRedis(t);
  return {redis, a: await startNode(t, redis, ...args), b: await startNode(t, redis, ...args)};
}

/** A client that follows the public stream `stream`. */
async function follower(t, node, stream = 's') {
  const cable = await connectCable(t, node, {offered: ['actioncable-v1-ext-json']});
  cable.identifier = await cable.subscribe(stream);
  cable.says = (command, fields = {}) => cable.send({command, identifier: cable.identifier, ...fields});
  cable.joins = (id, info) => cable.says('join', {presence: {id, info}});
  cable.hears = async (message, options) => (
    assert.deepEqual(await cable.next(JSON.stringify(message), options), about(cable.identifier, message)));
  cable.asks = async () => {
    cable.says('presence');
    const {message} = await cable.next('the members');
    assert.equal(message.type, 'info', JSON.stringify(message));
    return (message.records ?? []).map(({id}) => id);
  };
  return cable;
}

const listed = async (node, stream = 's') => {
  const {status, body} = await request(`${node.url}/api/presence/${encodeURIComponent(stream)}/users`);
  assert.equal(status, 200, body);
  return body;
};

test('joins and leaves are told once on every node', async (t) => {
  const {a, b} = await startNodes(t);
  const [me, here, there] = [await follower(t, a), await follower(t, a), await follower(t, b)];
  me.joins('me', {name: 'Ada'});
  for (const each of [me, here, there]) await each.hears({type: 'join', info: {name: 'Ada'}, id: 'me'});
  there.joins('you');
  for (const each of [me, here, there]) await each.hears({type: 'join', id: 'you'});
  me.joins('me', {name: 'Ada L.'}); // renews what is told of it
  const all = '{"type":"info","total":2,"records":[{"info":{"name":"Ada L."},"id":"me"},{"id":"you"}]}';
  await eventually('the new name', async () => (await listed(b)) === all);
  assert.equal(await listed(a), all);
  for (const each of [me, here, there]) assert.deepEqual(await each.asks(), ['me', 'you']);
  here.says('presence', {data: {return_records: false}});
  await here.hears({type: 'info', total: 2});
  me.says('leave');
  for (const each of [me, here, there]) await each.hears({type: 'leave', id: 'me'});
  there.send({command: 'unsubscribe', identifier: there.identifier});
  for (const each of [me, here]) await each.hears({type: 'leave', id: 'you'});
  for (const each of [me, here]) await each.expectQuiet();
  assert.equal(await listed(b), '{"type":"info","total":0}');
  assert.equal(await a.metric('ability_presence_joins_total') + await b.metric('ability_presence_joins_total'), 2);
  assert.equal(await a.metric('ability_presence_leaves_total') + await b.metric('ability_presence_leaves_total'), 2);
  assert.equal(await a.metric('ability_presence_members_num'), 0);
});

test('a member that comes back in time at another node causes no event', async (t) => {
  const {a, b} = await startNodes(t, '--presence-ttl', '5s');
  const [me, there] = [await follower(t, a), await follower(t, b)];
  me.joins('me');
  await there.hears({type: 'join', id: 'me'});
  assert.equal(await a.metric('ability_presence_members_num'), 1);
  me.socket.terminate();
  await a.waitForMetric('ability_presence_members_num', 0);
  const back = await follower(t, b);
  back.joins('me');
  await b.waitForMetric('ability_presence_returns_total', 1);
  await there.expectQuiet();
  assert.deepEqual(await there.asks(), ['me']);
  // Its first session would be due by now.
  const other = await follower(t, a);
  other.joins('other');
  await there.hears({type: 'join', id: 'other'});
  other.socket.terminate();
  await there.hears({type: 'leave', id: 'other'});
  assert.deepEqual(await there.asks(), ['me']);
  assert.equal(await a.metric('ability_presence_expired_total') + await b.metric('ability_presence_expired_total'), 1);
});

test('a session may come back before its node has noticed that it was lost', async (t) => {
  const {a, b} = await startNodes(t, '--presence-ttl', '1s');
  const [me, there] = [await follower(t, a), await follower(t, b)];
  me.joins('me');
  await there.hears({type: 'join', id: 'me'});
  const back = await follower(t, b);
  back.joins('me');
  await back.expectQuiet();
  me.socket.terminate();
  await a.waitForMetric('ability_presence_members_num', 0);
  const passing = await follower(t, a);
  passing.joins('passing');
  await there.hears({type: 'join', id: 'passing'});
  passing.socket.terminate();
  await there.hears({type: 'leave', id: 'passing'});
  assert.deepEqual(await there.asks(), ['me']);
});

test('members of a node that was killed leave, once', async (t) => {
  const {redis, a, b} = await startNodes(t, '--presence-ttl', '1s');
  const c = await startNode(t, redis, '--presence-ttl', '1s');
  const members = [];
  for (const id of ['x', 'y']) {
    const member = await follower(t, a);
    member.joins(id);
    await member.hears({type: 'join', id});
    members.push(member);
  }
  const early = await follower(t, b); // comes later than the joins, and has heard of none
  const late = await follower(t, c);
  late.joins('z');
  await early.hears({type: 'join', id: 'z'});
  await late.hears({type: 'join', id: 'z'});
  await a.crash();
  for (const each of [early, late]) {
    const gone = [];
    while (gone.length < 2) {
      const {message} = await each.next('a leave', {ms: 90_000});
      assert.equal(message.type, 'leave');
      gone.push(message.id);
    }
    assert.deepEqual(gone.sort(), ['x', 'y']);
  }
  for (const each of [early, late]) {
    await each.expectQuiet();
    assert.deepEqual(await each.asks(), ['z']);
  }
  assert.equal(await b.metric('ability_presence_expired_total') + await c.metric('ability_presence_expired_total'), 2);
});

test('200 members that are killed together leave once each, at both nodes', async (t) => {
  const {a, b} = await startNodes(t, '--presence-ttl', '2s', '--ping-interval', '0');
  const watchers = [await follower(t, a), await follower(t, b)];
  const count = 200;
  const crowd = [];
  for (let i = 0; i < count; i += 1) {
    const one = await connectCable(t, i % 2 ? a : b);
    one.send({command: 'subscribe', identifier: pubsub('s'), presence: {id: i}});
    crowd.push(one);
  }
  for (const type of ['join', 'leave']) {
    if (type === 'leave') for (const each of crowd) each.socket.terminate();
    for (const each of watchers) {
      const ids = new Set();
      while (ids.size < count) {
        const {message} = await each.next(`${type} ${ids.size + 1}`);
        assert.equal(message.type, type);
        assert.ok(!ids.has(message.id), 'once');
        ids.add(message.id);
      }
    }
  }
  for (const each of watchers) await each.expectQuiet();
});

test('Redis away: refused by name, and told what has happened meanwhile', async (t) => {
  const redis = await startRedis(t);
  const proxy = await startRedisProxy(t, redis);
  const a = await startNode(t, proxy, '--presence-ttl', '1s');
  const b = await startNode(t, redis, '--presence-ttl', '1s');
  const [stays, goes, there] = [await follower(t, a), await follower(t, a), await follower(t, b)];
  stays.joins('stays');
  await there.hears({type: 'join', id: 'stays'});
  goes.joins('goes');
  for (const each of [stays, there]) await each.next('the join of the other one');
  const {port} = proxy;
  proxy.close();
  await eventually('Redis to be missed', async () => (await degraded(a)).includes('redis'));
  const late = await follower(t, a, 'other');
  late.joins('late');
  await late.hears(unavailable);
  late.says('presence');
  await late.hears(unavailable);
  const answer = await request(`${a.url}/api/presence/s/users`);
  assert.equal(answer.status, 503);
  assert.match(answer.body, /presence is unavailable/);
  assert.ok(await a.metric('ability_presence_unavailable_total') >= 3);
  goes.socket.terminate();
  await a.waitForMetric('ability_clients_num', 2);
  assert.deepEqual(await there.asks(), ['goes', 'stays'], 'others cannot know yet');
  await new Promise((resolve) => proxy.server.listen(port, '127.0.0.1', resolve));
  await there.hears({type: 'leave', id: 'goes'}, {ms: 20_000});
  assert.deepEqual(await there.asks(), ['stays']);
  late.joins('late');
  await eventually('to be there again', async () => (await listed(b, 'other')).includes('"late"'));
});

test('Redis away: who leaves and comes by another id is not listed by both', async (t) => {
  const redis = await startRedis(t);
  const proxy = await startRedisProxy(t, redis);
  const a = await startNode(t, proxy);
  const b = await startNode(t, redis);
  const [me, there] = [await follower(t, a), await follower(t, b)];
  me.joins('old');
  for (const each of [me, there]) await each.hears({type: 'join', id: 'old'});
  const {port} = proxy;
  proxy.close();
  await eventually('Redis to be missed', async () => (await degraded(a)).includes('redis'));
  me.says('leave');
  await me.hears(unavailable);
  me.joins('new');
  await me.hears(unavailable);
  await new Promise((resolve) => proxy.server.listen(port, '127.0.0.1', resolve));
  await there.hears({type: 'leave', id: 'old'}, {ms: 20_000});
  me.joins('new');
  await there.hears({type: 'join', id: 'new'});
  assert.deepEqual(await there.asks(), ['new']);
});

test('Redis killed and back empty: members are there again, and nobody is told of them', async (t) => {
  const {redis, a, b} = await startNodes(t);
  const [me, there] = [await follower(t, a), await follower(t, b)];
  me.joins('me', 1);
  await there.hears({type: 'join', info: 1, id: 'me'});
  await redis.kill();
  await eventually('Redis to be missed', async () => (await degraded(a)).includes('redis'));
  await redis.start();
  for (const each of [a, b]) {
    await eventually('the member', async () => {
      const {status, body} = await request(`${each.url}/api/presence/s/users`);
      return status === 200 && body === '{"type":"info","total":1,"records":[{"info":1,"id":"me"}]}';
    });
  }
  assert.equal(await a.metric('ability_presence_kept_total'), 1);
  me.says('leave');
  const heard = [];
  for (let message = {}; message.type !== 'leave';) {
    ({message = {}} = await there.next('the leave'));
    heard.push(message.type);
  }
  assert.ok(!heard.includes('join'));
});

test('a reply that is lost behind a join that was made: the client is told, and is not left behind', async (t) => {
  const redis = await startRedis(t);
  const node = await startNode(t, redis, '--redis-answer-timeout', '300ms');
  const [me, other] = [await follower(t, node), await follower(t, node)];
  me.joins('first'); // so that the script is known
  for (const each of [me, other]) await each.hears({type: 'join', id: 'first'});
  redis.process.kill('SIGSTOP');
  other.joins('second');
  await other.hears(unavailable);
  redis.process.kill('SIGCONT');
  await eventually('the end of the second', async () => (
    await request(`${node.url}/api/presence/s/users`)).body === '{"type":"info","total":1,"records":[{"id":"first"}]}');
});

test('streams without a log have members, too', async (t) => {
  const {a, b} = await startNodes(t, '--history-streams', 'typing/*:off');
  const [me, there] = [await follower(t, a, 'typing/1'), await follower(t, b, 'typing/1')];
  me.joins('me');
  for (const each of [me, there]) await each.hears({type: 'join', id: 'me'});
  assert.deepEqual(await there.asks(), ['me']);
  me.says('leave');
  for (const each of [me, there]) await each.hears({type: 'leave', id: 'me'});
});

test('a long list is for programs only', async (t) => {
  const {a, b} = await startNodes(t);
  const all = [];
  const info = 'x'.repeat(4_000);
  for (let i = 0; i < 140; i += 1) {
    const one = await connectCable(t, a);
    one.send({command: 'subscribe', identifier: pubsub('s'), presence: {id: i, info}});
    all.push(one);
  }
  await eventually('all of them', async () => JSON.parse(await listed(b)).records?.length === 140);
  const ids = JSON.parse(await listed(b)).records.map(({id}) => id);
  assert.deepEqual(ids, ids.toSorted());
  const there = await follower(t, b);
  there.says('presence');
  const {message} = await there.next('the refusal');
  assert.match(message.reason, /too many for one message/);
  there.says('presence', {data: {return_records: false}});
  await there.hears({type: 'info', total: 140});
});

test('abilityctl shows the members of all nodes', async (t) => {
  const {redis, a} = await startNodes(t);
  const b = await startNode(t, redis, '--monitor-listen', '127.0.0.1:0');
  const address = `127.0.0.1:${await portOf(b, 'monitor')}`;
  const [me, also] = [await follower(t, a), await follower(t, a)];
  me.joins('me', 1);
  await me.hears({type: 'join', info: 1, id: 'me'});
  also.joins('me', 1);
  await eventually('both sessions', async () => (await redis.command('ZCARD', 'ability:due{s:s}')) === 2);
  const told = await ctlJson(t, ['presence', 's', '--node', address]);
  assert.deepEqual(told, {name: 's', total: 1, sessions: 2, members: [{id: 'me', sessions: 2, away: 0, info: 1}], more: false});
});

test('nodes of a cluster have the same members', async (t) => {
  const redis = await startRedis(t);
  const cluster = ['--cluster-listen', '127.0.0.1:0', '--cluster-secret', clusterSecret];
  const [a, b] = [await startNode(t, redis, ...cluster), await startNode(t, redis, ...cluster)];
  const [me, there] = [await follower(t, a), await follower(t, b)];
  me.joins('me');
  for (const each of [me, there]) await each.hears({type: 'join', id: 'me'});
  assert.equal(await listed(b), await listed(a));
});

test('in a Redis Cluster streams of all masters have shared members', async (t) => {
  const cluster = await startRedisCluster(t);
  const patient = {ms: 60_000};
  const [a, b] = [await startNode(t, cluster, '--presence-ttl', '2s'), await startNode(t, cluster, '--presence-ttl', '2s')];
  const streams = Array.from({length: 8}, (_, at) => `room/${at}`);
  const present = [];
  for (const stream of streams) {
    const [me, there] = [await follower(t, a, stream), await follower(t, b, stream)];
    me.joins('me');
    for (const each of [me, there]) await each.hears({type: 'join', id: 'me'}, patient);
    assert.equal(await listed(b, stream), '{"type":"info","total":1,"records":[{"id":"me"}]}');
    present.push([me, there]);
  }
  for (const [me] of present) me.socket.terminate();
  for (const [, there] of present) await there.hears({type: 'leave', id: 'me'}, patient);
  for (const [, there] of present) await there.expectQuiet();
});
