// Monitoring programs that do all that a stock CAF program can do to a node: nothing of the node's falls.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable} from '../support/cable.mjs';
import {clusterSecret, follower, linkedTo, startCluster, startNode, timesLogged} from '../support/cluster.mjs';
import {slack} from '../support/deadline.mjs';
import {jsonOf, startAsking, startProgram} from '../support/monitoring.mjs';
import {cpuTime} from '../support/procfs.mjs';

/** Two linked nodes with clients, a program that stays attached, and what proves that they are all well. */
async function startPeace(t) {
  const {nodes} = await startCluster(t, ['a', 'b']);
  const [a, b] = nodes;
  const cables = [await follower(t, a, 's'), await follower(t, b, 's')];
  const friend = await startAsking(t, a.clusterPort);
  assert.equal((await friend.ask('status')).node.name, 'a');
  return {
    a, b, friend,
    async assertPeace() {
      for (const node of nodes) {
        await node.publish('s', JSON.stringify(node.name));
        for (const cable of cables) assert.equal((await cable.next()).message, node.name);
      }
      assert.deepEqual([linkedTo(a), linkedTo(b)], [new Set(['b']), new Set(['a'])]);
      for (const node of nodes) for (const {name} of nodes) assert.equal(timesLogged(node, 'left', name), 0, node.tail);
      const status = await friend.ask('status');
      assert.deepEqual([status.state, status.connections, status.cluster.nodes], ['running', 1, 2]);
      const another = await startAsking(t, a.clusterPort);
      assert.equal((await another.ask('nodes')).nodes.length, 2);
      await another.kill();
      // New clients, new streams.
      const cable = await connectCable(t, b);
      await cable.subscribe('new');
      await a.publish('new', '1');
      assert.equal((await cable.next()).message, 1);
      await cable.leave();
    },
  };
}

for (const mode of ['exits', 'links', 'names']) {
  test(`a program that sends ${mode === 'names' ? 'to actors by name' : `${mode} to all it can forge a handle of`} fells nothing`,
    async (t) => {
      const {a, assertPeace} = await startPeace(t);
      for (let round = 0; round < 3; round += 1) {
        const program = await startProgram(t, mode, a.clusterPort);
        // It may have been cut meanwhile, but then it knows.
        await program.nextLike(/^(answer|no answer)/, {ms: 30_000 * slack});
        assert.equal(await program.exitCode({ms: 30_000 * slack}), 0);
      }
      await assertPeace();
    });
}

test('what a program sends after its exits is still answered', async (t) => {
  const {a, assertPeace} = await startPeace(t);
  const program = await startProgram(t, 'exits', a.clusterPort);
  const {node} = jsonOf(await program.nextLike(/^(answer|no answer)/, {ms: 30_000 * slack}), 'answer');
  assert.equal(node.name, 'a');
  await assertPeace();
});

test('a program that sends other types is not understood, and one that sends 4 MB is cut', async (t) => {
  const {a, assertPeace} = await startPeace(t);
  const before = await a.memory();
  for (let round = 0; round < 3; round += 1) {
    const program = await startProgram(t, 'wrong-types', a.clusterPort);
    assert.equal(jsonOf(await program.next('an answer behind it all', {ms: 30_000 * slack}), 'answer').node.name, 'a');
    assert.equal(await program.next('an end', {ms: 30_000 * slack}), 'cut');
    assert.equal(await program.exitCode(), 0);
  }
  const grown = (await a.memory()) - before;
  assert.ok(grown < 20e6 * slack, `memory grew by ${grown}`);
  await assertPeace();
});

test('a program that claims another\'s node id takes nothing from it', async (t) => {
  const {a, assertPeace} = await startPeace(t);
  const program = await startProgram(t, 'claims', a.clusterPort);
  assert.equal(await program.next('the second program'), 'attached as another');
  assert.equal(jsonOf(await program.next('an answer to the second'), 'answer').node.name, 'a');
  assert.equal(jsonOf(await program.next('an answer to the first'), 'answer').node.name, 'a');
  // CAF itself refuses to be connected to a node with its own id.
  await program.nextLike(/attached as another$/);
  const line = await program.nextLike(/^answer/, {ms: 30_000 * slack});
  assert.equal(jsonOf(line, 'answer').node.name, 'a');
  assert.equal(await program.exitCode({ms: 30_000 * slack}), 0);
  await assertPeace();
});

test('a program that asks 10,000 big questions and stops reading is held up, and nobody else', {timeout: 120_000}, async (t) => {
  const {a, assertPeace} = await startPeace(t);
  const clients = [];
  for (let made = 0; made < 300; made += 1) clients.push(await connectCable(t, a));
  const before = await a.memory();
  const programs = [];
  for (let made = 0; made < 3; made += 1) {
    const program = await startProgram(t, 'stops-reading', a.clusterPort);
    await program.nextLike(/^stopped$/, {ms: 30_000 * slack});
    programs.push(program);
  }
  const cpu = await cpuTime(a.pid);
  const cable = await follower(t, a, 'steady');
  let slowest = 0;
  const begin = performance.now();
  for (let at = 0; performance.now() - begin < 4_000; at += 1) {
    const since = performance.now();
    await a.publish('steady', String(at));
    assert.equal((await cable.next()).message, at);
    slowest = Math.max(slowest, performance.now() - since);
  }
  const [grown, used] = [(await a.memory()) - before, (await cpuTime(a.pid)) - cpu];
  t.diagnostic(`memory grew by ${(grown / 1e6).toFixed(1)} MB, a message took ${slowest.toFixed(1)} ms at most, ${used} ms CPU`);
  assert.ok(grown < 60e6 * slack, `memory grew by ${grown}`);
  assert.ok(slowest < 500 * slack, `a message took ${slowest} ms`);
  for (const program of programs) await program.kill();
  await cable.leave();
  for (const client of clients) await client.leave();
  await a.waitForMetric('ability_clients_num', 1);
  await assertPeace();
});

test('a program that asks for a million connections is told no, and gets them page by page', async (t) => {
  const node = await startNode(t, 'a');
  const sids = [];
  for (let made = 0; made < 250; made += 1) sids.push((await connectCable(t, node)).sid);
  const program = await startAsking(t, node.clusterPort);
  for (const limit of [1_000_000, 1_001, 0, -1, 1.5, 'all', 1e300]) {
    const {error} = await program.ask('connections', {limit});
    assert.equal(error?.code, 'bad_arguments', String(limit));
    assert.match(error.message, /limit/);
  }
  for (const limit of [7, 100, 1_000]) {
    const found = [];
    let pages = 0;
    for (let after; ;) {
      const page = await program.ask('connections', {limit, ...(after && {after})});
      assert.equal(page.total, 250);
      assert.ok(page.connections.length <= limit);
      found.push(...page.connections.map(({id}) => id));
      pages += 1;
      if (!page.next) break;
      after = page.next;
    }
    assert.deepEqual([...found].sort(), [...sids].sort(), `${pages} pages of ${limit}`);
    assert.equal(new Set(found).size, 250);
  }
});

test('commands need a login, and three wrong ones end the connection', async (t) => {
  const node = await startNode(t, 'a', {args: ['--monitor-secret', 'for readers']});
  const cable = await connectCable(t, node);
  const program = await startAsking(t, node.clusterPort);
  assert.equal((await program.ask('status')).error.code, 'login_required');
  assert.deepEqual(await program.ask('login', {secret: 'for readers'}), {may_read: true, may_command: false});
  assert.equal((await program.ask('status')).node.name, 'a');
  for (const [verb, args] of [['disconnect', {id: cable.sid}], ['drain', {}], ['log-level', {level: 'debug'}]]) {
    assert.match((await program.ask(verb, args)).error.code, /^(login_required|not_allowed)$/, verb);
  }
  await cable.expectQuiet();
  const guesser = await startAsking(t, node.clusterPort);
  for (let tries = 0; tries < 3; tries += 1) {
    assert.equal((await guesser.ask('login', {secret: `guess ${tries}`})).error.code, 'wrong_secret');
  }
  // Even the right one is too late.
  for (;;) {
    guesser.tell(`login ${JSON.stringify({secret: clusterSecret})}`);
    const line = await guesser.next('an end', {ms: 30_000 * slack});
    if (line.startsWith('no answer')) break;
    assert.equal(jsonOf(line, 'answer').error?.code, 'wrong_secret');
  }
  assert.deepEqual(await program.ask('login', {secret: clusterSecret}), {may_read: true, may_command: true});
  assert.equal((await program.ask('disconnect', {id: cable.sid})).disconnected, 1);
  assert.equal((await cable.next()).type, 'disconnect');
  assert.ok(!node.lines.join('\n').includes('guess'));
});
