// Order across nodes, and what a confirmed subscription is worth.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable, pubsub} from '../support/cable.mjs';
import {follower, publisher, startCluster} from '../support/cluster.mjs';
import {slack} from '../support/deadline.mjs';

const names = ['a', 'b', 'c'];

/** Insists that `cable` gets `count` numbered messages of each of `sources`, those of one source in order. */
async function assertOrder(cable, sources, count) {
  const next = Object.fromEntries(sources.map((source) => [source, 0]));
  for (let got = 0; got < sources.length * count; got += 1) {
    const {message: {from, at}} = await cable.next(`message ${got} of ${sources.length * count}`);
    assert.equal(at, next[from], `of ${from}`);
    next[from] += 1;
  }
}

test('what one node took in keeps its order on all nodes, in bursts from all of them', async (t) => {
  const {nodes} = await startCluster(t, names, {args: ['--max-pending-size', '100000000']});
  const cables = [];
  for (const node of nodes) cables.push(await follower(t, node, 's'), await follower(t, node, 's'));
  const [rounds, size] = [20, 500];
  const burst = async (node) => {
    const {post} = publisher(t, node);
    for (let round = 0; round < rounds; round += 1) {
      await post(Array.from({length: size}, (_, at) => (
        {stream: 's', data: JSON.stringify({from: node.name, at: round * size + at})})));
    }
  };
  await Promise.all([...nodes.map(burst), ...cables.map((cable) => assertOrder(cable, names, rounds * size))]);
  for (const cable of cables) await cable.expectQuiet();
});

test('single messages of any size keep their order, too', async (t) => {
  const {nodes: [a, b]} = await startCluster(t, ['a', 'b']);
  const cable = await follower(t, b, 's');
  const {publish} = publisher(t, a);
  const send = async () => {
    for (let at = 0; at < 400; at += 1) {
      await publish('s', JSON.stringify({from: 'a', at, pad: 'x'.repeat(at % 7 === 0 ? 40_000 : at % 50)}));
    }
  };
  await Promise.all([send(), assertOrder(cable, ['a'], 400)]);
});

test('whispers of one client keep their order', async (t) => {
  const {nodes: [a, b]} = await startCluster(t, ['a', 'b']);
  const [from, to] = [await follower(t, a, 's'), await follower(t, b, 's')];
  for (let at = 0; at < 1_000; at += 1) from.send({command: 'whisper', identifier: pubsub('s'), data: {from: 'a', at}});
  await assertOrder(to, ['a'], 1_000);
});

test('a client that saw its confirmation misses no later broadcast at any node', {timeout: 120_000}, async (t) => {
  const {nodes} = await startCluster(t, names);
  const publishers = nodes.map((node) => publisher(t, node));
  const rounds = Math.ceil(300 / slack);
  const clients = [];
  for (const node of nodes) for (let made = 0; made < 2; made += 1) clients.push(await connectCable(t, node));
  // Each client always with a stream that nobody followed before.
  await Promise.all(clients.map(async (cable, client) => {
    for (let at = 0; at < rounds; at += 1) {
      const stream = `stream ${client} ${at}`;
      const identifier = await cable.subscribe(stream);
      const from = (client + at) % nodes.length;
      await publishers[from].publish(stream, JSON.stringify(`${client} ${at}`));
      assert.equal((await cable.next(`round ${at} by ${nodes[from].name}`)).message, `${client} ${at}`);
      if (at % 3 === 0) cable.send({command: 'unsubscribe', identifier});
    }
  }));
  for (const cable of clients) await cable.expectQuiet();
});

test('it holds while the same stream is left and followed again and again', {timeout: 120_000}, async (t) => {
  const {nodes: [a, b]} = await startCluster(t, ['a', 'b']);
  const {publish} = publisher(t, a);
  const cable = await connectCable(t, b);
  const begin = performance.now();
  const rounds = Math.ceil(1_000 / slack);
  for (let at = 0; at < rounds; at += 1) {
    const identifier = await cable.subscribe('s');
    await publish('s', String(at));
    assert.equal((await cable.next(`round ${at}`)).message, at);
    cable.send({command: 'unsubscribe', identifier});
  }
  t.diagnostic(`${((performance.now() - begin) / rounds).toFixed(2)} ms for each of ${rounds} rounds`);
});

test('it holds for the second client of a stream, whose node has just begun to follow it', async (t) => {
  const {nodes: [a, b]} = await startCluster(t, ['a', 'b']);
  const {publish} = publisher(t, a);
  const cables = await Promise.all(Array.from({length: 8}, () => connectCable(t, b)));
  // What the others publish may come at any time.
  const wait = async (cable, what, fits) => {
    while (!fits(await cable.next(what)));
  };
  for (let at = 0; at < Math.ceil(200 / slack); at += 1) {
    // Whoever is confirmed first must not be sooner than the other node knows.
    await Promise.all(cables.map(async (cable, client) => {
      const [stream, identifier] = [`s${at}`, pubsub(`s${at}`)];
      cable.send({command: 'subscribe', identifier});
      await wait(cable, 'the confirmation', (got) => got.type === 'confirm_subscription' && got.identifier === identifier);
      await publish(stream, JSON.stringify({client, at}));
      await wait(cable, `round ${at} for client ${client}`, ({message}) => message?.at === at && message.client === client);
    }));
  }
});

test('many streams at once are confirmed quickly', async (t) => {
  const {nodes: [, b]} = await startCluster(t, names);
  const cable = await connectCable(t, b);
  const begin = performance.now();
  for (let at = 0; at < 900; at += 1) cable.send({command: 'subscribe', identifier: pubsub(`s${at}`)});
  for (let at = 0; at < 900; at += 1) {
    assert.deepEqual(await cable.next(), {type: 'confirm_subscription', identifier: pubsub(`s${at}`)});
  }
  const took = performance.now() - begin;
  t.diagnostic(`900 streams confirmed within ${Math.round(took)} ms`);
  assert.ok(took < 5_000 * slack, `confirmed within ${Math.round(took)} ms`);
});
