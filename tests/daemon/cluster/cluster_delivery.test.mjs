// What is published on one node reaches the clients of all, once.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable, pubsub} from '../support/cable.mjs';
import {follower, metric, nextMessages, publisher, startCluster, timesLogged} from '../support/cluster.mjs';
import {patience} from '../support/deadline.mjs';
import {startRedis} from '../support/redis.mjs';
import {jwt} from '../support/tokens.mjs';

const names = ['a', 'b', 'c'];

test('data arrives on other nodes as the very text it was', async (t) => {
  const {nodes: [a, b]} = await startCluster(t, ['a', 'b']);
  const cable = await follower(t, b, 's');
  const texts = ['{"b":1,"a":12345678901234567890}', '{"twice":1,"twice":2}', '1e2', '"\\u00e9\\/<&>"', '{"😀":"é"}', 'null'];
  for (const text of texts) {
    await a.publish('s', text);
    assert.equal(await cable.nextText(), `{"identifier":${JSON.stringify(pubsub('s'))},"message":${text}}`);
  }
  for (const text of ['no JSON', '', '{"half":', 'tab\t\u0001']) {
    await a.publish('s', text);
    assert.equal((await cable.next()).message, text);
  }
});

test('streams may have any name, and messages any size', async (t) => {
  const {nodes: [a, b]} = await startCluster(t, ['a', 'b']);
  const cable = await connectCable(t, b);
  for (const name of [' ', 'é😀', '"quoted"', 'tab\tline\n', 'x'.repeat(3000), 'null']) {
    await cable.subscribe(name);
    await a.publish(name, '1');
    assert.equal((await cable.next()).message, 1);
  }
  await cable.subscribe('large');
  // Around the size of a packet between nodes, and far over it.
  for (const size of [1, 32_000, 32_768, 33_000, 65_536, 900_000]) {
    await a.publish('large', JSON.stringify('x'.repeat(size)));
    assert.equal((await cable.next()).message.length, size);
  }
});

test('what is as large as a packet may be crosses, and what is larger is counted; neither ends a link', async (t) => {
  const args = ['--max-broadcast-size', '4000000', '--max-message-size', '4000000', '--max-pending-size', '8000000'];
  const {nodes: [a, b]} = await startCluster(t, ['a', 'b'], {args});
  const [cable, back] = [await follower(t, b, 's'), await follower(t, a, 'back')];
  const most = 2 ** 20 + 32_768;
  const sizes = [2 ** 20, 3_000_000];
  for (let size = most - 120; size < most + 40; size += 4) sizes.push(size);
  let lost = 0;
  for (const size of sizes) {
    // What comes back has to be acknowledged, in the packet that is as full as it can be.
    for (let at = 0; at < 3; at += 1) await b.publish('back', String(at));
    await a.publish('s', JSON.stringify('x'.repeat(size - 2)));
    await a.publish('s', '"behind"');
    const {message} = await cable.next();
    if (message === 'behind') assert.ok(size > most - 80, `${size} did not cross`), lost += 1;
    else assert.deepEqual([message.length, (await cable.next()).message], [size - 2, 'behind']);
    assert.deepEqual(await nextMessages(back, 3), [0, 1, 2]);
  }
  assert.ok(lost > 10 && lost < sizes.length - 10, `${lost} of ${sizes.length} were lost`);
  assert.equal(await a.metric(metric.lost), lost);
  await b.waitForMetric(metric.gaps, lost);
  // A name that no packet holds is known to its node alone.
  const name = 'n'.repeat(1_200_000);
  await cable.subscribe(name);
  await a.publish(name, '1');
  await b.publish(name, '2');
  assert.equal((await cable.next()).message, 2);
  await cable.subscribe('after');
  await a.publish('after', '3');
  assert.equal((await cable.next()).message, 3);
  for (const node of [a, b]) for (const other of ['a', 'b']) assert.equal(timesLogged(node, 'left', other), 0, node.tail);
});

test('a batch may go to streams that different nodes follow', async (t) => {
  const {nodes} = await startCluster(t, names);
  const cables = [];
  for (const node of nodes) cables.push(await follower(t, node, `only ${node.name}`, 'all'));
  const batch = [];
  for (let at = 0; at < 300; at += 1) batch.push({stream: ['only a', 'only b', 'only c', 'all'][at % 4], data: String(at)});
  await publisher(t, nodes[0]).post(batch);
  for (const [at, cable] of cables.entries()) {
    const expected = Array.from({length: 300}, (_, number) => number).filter((number) => number % 4 === at || number % 4 === 3);
    assert.deepEqual((await nextMessages(cable, 150)).sort((one, other) => one - other), expected);
    await cable.expectQuiet();
  }
});

test('what comes by Redis reaches every node by itself, and goes over no link', async (t) => {
  const redis = await startRedis(t);
  const {nodes} = await startCluster(t, names, {args: ['--redis-url', redis.url]});
  while ((await redis.publish({stream: 'nobody', data: '0'})) < nodes.length);
  const cables = await Promise.all(nodes.map((node) => follower(t, node, 's')));
  for (let at = 0; at < 200; at += 1) await redis.publish({stream: 's', data: String(at)});
  for (const cable of cables) for (const [at, got] of (await nextMessages(cable, 200)).entries()) assert.equal(got, at);
  // A copy that went over a link would be there before what comes after it over the same link.
  for (const node of nodes) await node.publish('s', JSON.stringify(node.name));
  for (const cable of cables) assert.deepEqual((await nextMessages(cable, 3)).sort(), names);
  for (const cable of cables) await cable.expectQuiet();
  for (const node of nodes) {
    assert.equal(await node.metric(metric.sent), 2, 'its own by HTTP, to two nodes');
    assert.equal(await node.metric(metric.received), 2);
  }
});

test('a whisper reaches those on other nodes, and never its sender', async (t) => {
  const {nodes} = await startCluster(t, names);
  const cables = [];
  for (const node of nodes) cables.push(await follower(t, node, 's'), await follower(t, node, 's'));
  const identifier = pubsub('s');
  for (const from of cables) {
    from.send({command: 'whisper', identifier, data: {from: from.sid}});
    for (const cable of cables) {
      if (cable !== from) assert.deepEqual(await cable.next(), {identifier, message: {from: from.sid}});
    }
  }
  for (const cable of cables) await cable.expectQuiet();
});

test('meta.exclude_socket spares a session on whichever node it is, and broadcast_type crosses', async (t) => {
  const {nodes} = await startCluster(t, names);
  const cables = await Promise.all(nodes.map((node) => follower(t, node, 's')));
  for (const node of nodes) for (const spared of cables) {
    await node.publish('s', '"secret"', {meta: {exclude_socket: spared.sid}});
    for (const cable of cables) if (cable !== spared) assert.equal((await cable.next()).message, 'secret');
    await node.publish('s', '"open"', {meta: {broadcast_type: 'note'}});
    for (const cable of cables) {
      assert.deepEqual(await cable.next(), {type: 'note', identifier: pubsub('s'), message: 'open'});
    }
  }
});

for (const reconnect of [true, false]) {
  test(`a remote disconnect by HTTP on one node closes on all, with reconnect: ${reconnect}`, async (t) => {
    const secret = 's3cret';
    const {nodes} = await startCluster(t, names, {access: ['--jwt-secret', secret, '--broadcast-key', 'none']});
    const token = (user) => ({path: `/cable?jid=${jwt({ext: JSON.stringify({user})}, secret)}`});
    const targets = [];
    const others = [];
    for (const node of nodes) {
      targets.push(await connectCable(t, node, token(1)), await connectCable(t, node, token(1)));
      others.push(await connectCable(t, node, token(2)));
    }
    const order = {command: 'disconnect', payload: {identifier: '{"user":1}', reconnect}};
    assert.equal((await nodes[1].post(order)).status, 201);
    for (const cable of targets) {
      assert.deepEqual(await cable.next('the farewell'), {type: 'disconnect', reason: 'remote', reconnect});
      await cable.waitForClose();
    }
    for (const node of nodes) await node.waitForMetric('ability_clients_num', 1);
    for (const cable of others) await cable.expectQuiet();
  });
}

test('a remote disconnect by Redis reaches every node by itself, and goes over no link', async (t) => {
  const redis = await startRedis(t);
  const secret = 's3cret';
  const access = ['--jwt-secret', secret, '--broadcast-key', 'none'];
  const {nodes} = await startCluster(t, names, {access, args: ['--redis-url', redis.url]});
  while ((await redis.publish({stream: 'nobody', data: '0'})) < nodes.length);
  const connect = (node, user) => (
    connectCable(t, node, {path: `/cable?jid=${jwt({ext: JSON.stringify({user})}, secret)}`}));
  const order = (user) => ({command: 'disconnect', payload: {identifier: JSON.stringify({user})}});
  const ended = async (cable) => {
    assert.equal((await cable.next('the farewell')).reason, 'remote');
    await cable.waitForClose();
  };
  for (const node of nodes) {
    const cable = await connect(node, `at ${node.name}`);
    await redis.publish(order(`at ${node.name}`));
    await ended(cable);
  }
  // Each has it by a connection of its own, some later than the one whose client it was.
  for (const node of nodes) await node.waitForMetric('ability_remote_commands_total', nodes.length);
  // A copy that went over a link would be there before what comes after it over the same link.
  for (const node of nodes) {
    const cables = [];
    for (const other of nodes) if (other !== node) cables.push(await connect(other, `of ${node.name}`));
    assert.equal((await node.post(order(`of ${node.name}`))).status, 201);
    for (const cable of cables) await ended(cable);
  }
  for (const node of nodes) {
    assert.equal(await node.metric(metric.commands), nodes.length - 1, 'no copies');
    assert.equal(await node.metric('ability_remote_commands_total'), nodes.length + 1, 'its own by HTTP');
  }
});

test('a node alone has the cluster\'s port and is no worse for it', async (t) => {
  const {nodes: [a]} = await startCluster(t, ['a']);
  const cable = await follower(t, a, 's');
  await a.publish('s', '1');
  assert.equal((await cable.next()).message, 1);
  const order = {command: 'disconnect', payload: {identifier: JSON.stringify({sid: cable.sid})}};
  assert.equal((await a.post(order)).status, 201);
  assert.equal((await cable.next()).reason, 'remote');
  await cable.waitForClose({ms: patience});
  assert.equal(await a.metric(metric.sent), 0);
});
