// Sessions in a Redis Cluster: all are in one slot, whose master fails, or changes.
// Labels: hardened
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {join} from '../support/channel.mjs';
import {eventually} from '../support/deadline.mjs';
import {startRedisCluster} from '../support/redis_cluster.mjs';
import {catchUp, chat, comeBack, connect, drop, isRegistered, misses, reaches, records, start} from '../support/redis_sessions.mjs';

const slotOf = (cluster) => cluster.slotOf(records);
const masterOf = async (cluster) => cluster.masterOf(await slotOf(cluster));
const goesOn = {code: 1000, reason: 'the session goes on at another connection'};

/** As many nodes as `count` listen there for sessions that others want. */
const isHeard = (master, count) => eventually(`${count} nodes that listen`, async () => (
  (await master.command('PUBSUB', 'SHARDCHANNELS', 'ability:{sessions}:surrender:*')).length === count), {ms: 30_000});

test('a client goes from node to node without a call to the application', async (t) => {
  const cluster = await startRedisCluster(t);
  const {app, nodes} = await start(t, {shared: cluster});
  let cable = await connect(t, nodes[0]);
  await join(cable);
  await nodes[0].publish('s', '0');
  let last = await cable.next();
  const calls = app.calls.length;
  for (let round = 1; round <= 4; round += 1) {
    const [here, there] = [nodes[(round + 1) % 2], nodes[round % 2]];
    await drop(here, cable);
    await here.publish('s', String(10 * round));
    cable = await comeBack(t, there, cable.sid, [chat]);
    await there.publish('s', String(10 * round + 1));
    assert.deepEqual(await catchUp(cable, last), [10 * round, 10 * round + 1]);
    await here.publish('s', String(10 * round + 2));
    last = await cable.next();
    assert.equal(last.message, 10 * round + 2);
  }
  assert.equal(app.calls.length, calls);
  const home = await masterOf(cluster);
  assert.equal(await home.command('EXISTS', records), 1);
  for (const node of nodes) assert.equal(await node.metric('ability_sessions_num'), 0);
});

test('a session that is open at another node is taken from it', async (t) => {
  const cluster = await startRedisCluster(t);
  const {app, nodes: [a, b]} = await start(t, {shared: cluster});
  const home = await masterOf(cluster);
  await isHeard(home, 2);
  const cable = await connect(t, a);
  await join(cable);
  await isRegistered(home, cable.sid);
  const calls = app.calls.length;
  await comeBack(t, b, cable.sid, [chat]);
  assert.deepEqual(await cable.waitForClose(), goesOn);
  assert.equal(app.calls.length, calls);
});

test('after kill -9 of a node its clients come back at another one', async (t) => {
  const cluster = await startRedisCluster(t);
  const {app, nodes: [a, b]} = await start(t, {shared: cluster});
  const cable = await connect(t, a);
  await join(cable);
  await isRegistered(await masterOf(cluster), cable.sid);
  await a.publish('s', '1');
  const last = await cable.next();
  const calls = app.calls.length;
  await a.crash();
  await b.publish('s', '2');
  const back = await comeBack(t, b, cable.sid, [chat]);
  assert.deepEqual(await catchUp(back, last), [2]);
  assert.equal(app.calls.length, calls);
});

test('when the master of the sessions fails, its replica has them', async (t) => {
  const cluster = await startRedisCluster(t, {replicas: true});
  const {app, nodes: [a, b]} = await start(t, {shared: cluster});
  const home = await masterOf(cluster);
  const replica = cluster.replicas[cluster.masters.indexOf(home)];
  const [kept, open] = [await connect(t, a), await connect(t, a)];
  for (const each of [kept, open]) await join(each);
  await isRegistered(home, open.sid);
  await drop(a, kept);
  await replica.command('READONLY');
  await isRegistered(replica, open.sid);
  await eventually('the kept session at the replica', async () => (
    (await replica.command('ZSCORE', 'ability:{sessions}:due', kept.sid)) !== null));
  const calls = app.calls.length;

  await home.kill();
  for (const each of [a, b]) await misses(each);
  await eventually('the new master', async () => (await replica.command('ROLE'))[0] === 'master', {ms: 60_000});
  for (const each of [a, b]) await reaches(each, {ms: 60_000});
  await isHeard(replica, 2);

  await comeBack(t, b, kept.sid, [chat]);
  await comeBack(t, b, open.sid, [chat]);
  assert.deepEqual(await open.waitForClose(), goesOn);
  assert.equal(app.calls.length, calls);
});

test('while their slot moves sessions wait, and come back from the new master', async (t) => {
  const cluster = await startRedisCluster(t);
  const {app, nodes: [a, b]} = await start(t, {shared: cluster});
  const cable = await connect(t, a);
  await join(cable);
  await drop(a, cable);
  const calls = app.calls.length;
  const slot = await slotOf(cluster);
  const from = await cluster.masterOf(slot);
  const to = cluster.masters.find((each) => each !== from);
  await cluster.beginMove(slot, from, to);
  // Some of the keys are on their way: neither master runs the scripts.
  assert.ok(await cluster.moveKeys(slot, from, to, 1) > 0);
  const move = async () => {
    const name = 'ability_redis_redirects_total{kind="try_again"}';
    await eventually('commands that wait', async () => (await b.metrics()).samples.get(name) > 0);
    await cluster.endMove(slot, from, to);
  };
  const [back] = await Promise.all([comeBack(t, b, cable.sid, [chat]), move()]);
  await isRegistered(to, back.sid);
  assert.equal(await to.command('HGET', records, cable.sid), null);
  assert.equal(app.calls.length, calls);
});
