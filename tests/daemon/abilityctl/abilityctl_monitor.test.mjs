// abilityctl before real nodes. What it makes of nodes that misbehave: abilityctl_node.
// Labels: hardened
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Authority} from '../support/authority.mjs';
import {clientHandshake} from '../support/basp.mjs';
import {connectCable, refusedUpgrade} from '../support/cable.mjs';
import {clusterSecret, follower, freeze, portOf, startCluster, startNode} from '../support/cluster.mjs';
import {ctl, ctlFails, ctlJson, startCtl, startExample} from '../support/ctl.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually} from '../support/deadline.mjs';
import {followLogged} from '../support/history.mjs';
import {request} from '../support/http.mjs';
import {freePort} from '../support/ports.mjs';
import {connectRaw} from '../support/raw.mjs';

const commanding = {ABILITY_CLUSTER_SECRET: clusterSecret};

/** A daemon of its own that can be monitored at `address`. */
async function monitored(t, args = []) {
  const daemon = await startDaemon(t, ['--public', '--monitor-listen', '127.0.0.1:0', ...args]);
  daemon.address = `127.0.0.1:${await portOf(daemon, 'monitor')}`;
  return daemon;
}

const at = (node, ...args) => [...args, '--node', node.address];
const noLog = {gaps: 0, lost: 0, position: null, kept: 0, bytes: 0};
const idsOf = ({connections}) => connections.map(({id}) => id).sort();

test('a node alone tells what it has', async (t) => {
  const daemon = await monitored(t);
  const cables = [await connectCable(t, daemon), await connectCable(t, daemon)];
  await cables[0].subscribe('chat/1');
  await cables[0].subscribe('chat/2');
  await cables[1].subscribe('chat/1');

  const status = await ctlJson(t, at(daemon, 'status'));
  assert.deepEqual([status.state, status.connections, status.streams], ['running', 2, 2]);
  assert.equal(status.node.pid, daemon.pid);
  assert.equal(status.cluster, null);
  const text = await ctl(t, at(daemon, 'status'));
  assert.match(text.stdout, /^state +running$/m);
  assert.match(text.stdout, /^connections +2$/m);
  assert.match(text.stdout, /^COUNTER +SINCE THE START$/m);

  const all = await ctlJson(t, at(daemon, 'connections'));
  assert.deepEqual(idsOf(all), cables.map(({sid}) => sid).sort());
  assert.deepEqual([all.next, all.total], [null, 2]);
  const [only] = (await ctlJson(t, at(daemon, 'connections', '--filter', cables[0].sid))).connections;
  assert.deepEqual([only.id, only.transport, only.subscriptions], [cables[0].sid, 'websocket', 2]);
  assert.equal((await ctl(t, at(daemon, 'connections'))).stdout.trim().split('\n').length, 3);
  const {subscriptions} = await ctlJson(t, at(daemon, 'connection', cables[0].sid));
  assert.deepEqual(subscriptions.flatMap(({streams}) => streams).sort(), ['chat/1', 'chat/2']);
  await ctlFails(t, at(daemon, 'connection', 'nobody'), /nobody|connection/);

  const {streams} = await ctlJson(t, at(daemon, 'streams'));
  assert.deepEqual(streams, [
    {name: 'chat/1', subscribers: 2, ...noLog}, {name: 'chat/2', subscribers: 1, ...noLog}]);
  assert.match((await ctl(t, at(daemon, 'streams', '--filter', '/2'))).stdout, /^STREAM .*\nchat\/2 +1 +0 +0 +- +0 +0 B\n$/);
  const stream = await ctlJson(t, at(daemon, 'stream', 'chat/1'));
  assert.deepEqual(idsOf({connections: stream.connections.map((id) => ({id}))}), cables.map(({sid}) => sid).sort());
  await ctlFails(t, at(daemon, 'stream', 'nothing'), /nothing|stream/);
  const {nodes} = await ctlJson(t, at(daemon, 'nodes'));
  assert.deepEqual(nodes.map(({state}) => state), ['self']);
});

test('what is kept for those that come back is told', async (t) => {
  const daemon = await monitored(t, ['--history-limit', '3', '--sessions-max', '50']);
  const cable = await followLogged(t, daemon, 'chat/1');
  let last;
  for (const data of [1, '22', 333, 'four']) {
    const begin = Date.now();
    const {headers} = await daemon.post({stream: 'chat/1', data});
    last = {place: headers['ability-position'], begin, end: Date.now()};
  }
  const log = await ctlJson(t, at(daemon, 'history', 'chat/1'));
  const {epoch, offset} = log.position;
  assert.equal(`${epoch}/${offset}`, last.place);
  assert.deepEqual([log.first, log.kept, log.limit, log.ttl_s], [2, 3, 3, 300]);
  assert.deepEqual(log.publications.map((each) => [each.offset, each.bytes]), [[2, 2], [3, 3], [4, 4]]);
  assert.ok(log.publications[2].at_ms >= last.begin - 1 && log.publications[2].at_ms <= last.end + 1);
  const {publications} = await ctlJson(t, at(daemon, 'history', 'chat/1', '--limit', '1'));
  assert.deepEqual(publications.map((each) => each.offset), [4]);
  const {stdout} = await ctl(t, at(daemon, 'history', 'chat/1'));
  assert.match(stdout, new RegExp(`^stream +chat/1\\nepoch +${epoch}\\noffset +4\\nfirst kept +2\\nkept +3 of 3\\nkept for +5m 00s\\n`));
  assert.match(stdout, /^ +4 +\d\d:\d\d:\d\d +4 B$/m);
  const [stream] = (await ctlJson(t, at(daemon, 'streams'))).streams;
  assert.deepEqual(stream, {name: 'chat/1', subscribers: 1, gaps: 0, lost: 0, position: {epoch, offset}, kept: 3, bytes: log.bytes});
  await ctlFails(t, at(daemon, 'history', 'nothing'), /"nothing" keeps no log/);

  const none = await ctlJson(t, at(daemon, 'sessions'));
  assert.deepEqual([none.sessions, none.max, none.ttl_s, none.oldest_s, none.shared], [0, 50, 300, null, null]);
  cable.socket.terminate();
  await daemon.waitForMetric('ability_sessions_num', 1);
  const one = await ctlJson(t, at(daemon, 'sessions'));
  assert.equal(one.sessions, 1);
  assert.ok(one.bytes > 0 && one.bytes < one.max_bytes);
  assert.ok(one.oldest_s >= 0 && one.oldest_s < 60 && one.newest_s === one.oldest_s);
  assert.match((await ctl(t, at(daemon, 'sessions'))).stdout, /^SESSIONS .*\n +1 +50 /);
});

test('a node tells who is present in a stream', async (t) => {
  const daemon = await monitored(t);
  const [first, second] = [await connectCable(t, daemon), await connectCable(t, daemon)];
  for (const [cable, presence] of [[first, {id: 'me', info: {a: 1}}], [second, {id: 'me', info: {a: 1}}]]) {
    const identifier = await cable.subscribe('room/1');
    cable.send({command: 'join', identifier, presence});
    await eventually('the join', async () => (await daemon.metric('ability_presence_joins_total')) === 1);
  }
  const expected = (sessions, away) => (
    {name: 'room/1', total: 1, sessions, members: [{id: 'me', sessions, away, info: {a: 1}}], more: false});
  await eventually('both', async () => (await ctlJson(t, at(daemon, 'presence', 'room/1'))).sessions === 2);
  assert.deepEqual(await ctlJson(t, at(daemon, 'presence', 'room/1')), expected(2, 0));
  second.socket.terminate();
  await eventually('the end of one', async () => (await ctlJson(t, at(daemon, 'presence', 'room/1'))).members[0].away === 1);
  assert.deepEqual(await ctlJson(t, at(daemon, 'presence', 'room/1')), expected(2, 1));
  assert.match((await ctl(t, at(daemon, 'presence', 'room/1'))).stdout, /^members +1\n.*\n\nMEMBER .*\nme +2 +1 +\{"a":1\}\n$/m);
  assert.deepEqual(await ctlJson(t, at(daemon, 'presence', 'nothing')),
    {name: 'nothing', total: 0, sessions: 0, members: [], more: false});
  const nobody = await ctl(t, at(daemon, 'presence', 'nothing'));
  assert.deepEqual([nobody.code, nobody.stderr], [0, '']);
  assert.match(nobody.stdout, /^members +0\nsessions +0\n\nMEMBER .*INFO\n$/m);
  const {nodes: [a]} = await startCluster(t, ['a']);
  await ctlFails(t, at(a, 'presence', 'room/1'), /presence is off/, {env: commanding});
});

test('a name that no node takes is refused with its size', async (t) => {
  const daemon = await monitored(t);
  await ctlFails(t, at(daemon, 'history', 'x'.repeat(64_000)), /keeps no log/);
  for (const command of ['history', 'presence', 'stream', 'connection']) {
    await ctlFails(t, at(daemon, command, 'x'.repeat(66_000)), /takes no question of 660\d\d bytes, but of 65000 at most/);
  }
});

test('pages hold all connections, once', async (t) => {
  const daemon = await monitored(t);
  const cables = [];
  while (cables.length < 25) cables.push(await connectCable(t, daemon));
  const sids = cables.map(({sid}) => sid).sort();
  assert.deepEqual(idsOf(await ctlJson(t, at(daemon, 'connections', '--all'))), sids);
  const limited = await ctl(t, at(daemon, 'connections', '--limit', '10'));
  assert.equal(limited.stdout.trim().split('\n').length, 11);
  assert.match(limited.stderr, /there are more connections \(25 /);
  const seen = [];
  for (let after = ''; after !== null;) {
    const page = await ctlJson(t, at(daemon, 'connections', '--limit', '10', ...(after ? ['--after', after] : [])));
    seen.push(...idsOf(page));
    after = page.next;
  }
  assert.deepEqual(seen, sids);
});

test('pages hold all streams, however long their names are', async (t) => {
  const daemon = await monitored(t, ['--max-message-size', '1000000']);
  const cable = await connectCable(t, daemon);
  // Shown cut: an answer holds about 14 of them.
  const begins = Array.from({length: 40}, (_, at) => `stream ${10 + at}`);
  for (const begin of begins) await cable.subscribe(begin + 'x'.repeat(70_000));
  const {streams} = await ctlJson(t, at(daemon, 'streams', '--limit', '100'));
  assert.deepEqual(streams.map(({name}) => name.slice(0, 9)), begins);
});

test('reading needs the secret where there is one, and commands need the cluster\'s', async (t) => {
  const open = await monitored(t);
  assert.match(await ctlFails(t, at(open, 'log-level', 'debug'), /--cluster-secret/), /^abilityctl: [^\n]+\n$/);
  const closed = await monitored(t, ['--monitor-secret', 'm0nitor', '--cluster-secret', clusterSecret]);
  await ctlFails(t, at(closed, 'status'), /--secret.*ABILITY_CLUSTER_SECRET/);
  const told = await ctlFails(t, at(closed, 'status', '--secret', 'wr0ng'), /refuses the secret/);
  assert.doesNotMatch(told, /wr0ng/);
  for (const env of [{ABILITY_MONITOR_SECRET: 'm0nitor'}, commanding]) await ctlJson(t, at(closed, 'status'), {env});
  await ctlFails(t, at(closed, 'drain', '--secret', 'm0nitor'), /commands need a login with the cluster secret; give --secret/);
  const cable = await connectCable(t, closed);
  await cable.expectQuiet();
  assert.equal((await ctlJson(t, at(closed, 'status'), {env: commanding})).state, 'running');
});

test('the one secret of a daemon serves for reading and commands, as option and as variable', async (t) => {
  const env = {ABILITY_SECRET: 's3cret'};
  const daemon = await startDaemon(t, ['--public', '--monitor-listen', '127.0.0.1:0', '--monitor-secret', 'm0nitor'], {env});
  daemon.address = `127.0.0.1:${await portOf(daemon, 'monitor')}`;
  for (const options of [
    {env}, {env: {ANYCABLE_SECRET: 's3cret'}}, {env: {...env, ABILITY_MONITOR_SECRET: 'm0nitor'}}, {args: ['--secret', 's3cret']},
  ]) {
    const args = options.args ?? [];
    assert.equal((await ctlJson(t, at(daemon, 'status', ...args), options)).state, 'running');
    assert.match((await ctl(t, at(daemon, 'log-level', 'info', ...args), options)).stdout, /^logs info/);
  }
  assert.equal(await daemon.metric('ability_refused_monitor_logins_total{reason="secret"}'), 0, 'no login was tried in vain');
  // One that does not fit is no obstacle to one that does.
  await ctlJson(t, at(daemon, 'status'), {env: {ABILITY_SECRET: 'other', ABILITY_MONITOR_SECRET: 'm0nitor'}});
  for (const args of [[], ['--cluster']]) {
    await ctlFails(t, at(daemon, 'status', ...args), /refuses the secret.*ABILITY_SECRET/, {env: {ABILITY_SECRET: 'other'}});
  }
  await ctlFails(t, at(daemon, 'status'), /ABILITY_SECRET as for the node/);
});

test('a connection is closed by its id, and by its identity', async (t) => {
  const daemon = await monitored(t, ['--cluster-secret', clusterSecret]);
  const [first, second, third] = [await connectCable(t, daemon), await connectCable(t, daemon), await connectCable(t, daemon)];
  const options = {env: commanding};
  assert.equal((await ctl(t, at(daemon, 'disconnect', first.sid), options)).stdout, 'disconnected 1 connection\n');
  assert.deepEqual(await first.next(), {type: 'disconnect', reason: 'remote', reconnect: true});
  await first.waitForClose();
  await ctlFails(t, at(daemon, 'disconnect', first.sid), /connection/, options);
  const {connections: [{identity}]} = await ctlJson(t, at(daemon, 'connections', '--filter', second.sid), options);
  assert.deepEqual(await ctlJson(t, at(daemon, 'disconnect', '--identity', identity, '--no-reconnect'), options), {ordered: true});
  assert.deepEqual(await second.next(), {type: 'disconnect', reason: 'remote', reconnect: false});
  await third.expectQuiet();
  assert.equal(await daemon.metric('ability_remote_commands_total'), 1, 'the one that went to the whole cluster');
  const {code, stdout} = await ctl(t, at(daemon, 'disconnect', '--identity', 'nobody'), options);
  assert.equal(code, 0);
  assert.match(stdout, /^ordered at all nodes: .* if any; how many is not reported/);
});

test('a node that is drained sends its clients away, takes no new ones, and stays', async (t) => {
  const daemon = await monitored(t, ['--cluster-secret', clusterSecret]);
  const cables = [await connectCable(t, daemon), await connectCable(t, daemon)];
  await daemon.waitForMetric('ability_clients_num', 2);
  const {stdout} = await ctl(t, at(daemon, 'drain', '--within', '1'), {env: commanding});
  assert.match(stdout, /^draining: .*2 connections within 1 s/);
  for (const cable of cables) {
    const farewell = await cable.next();
    assert.deepEqual([farewell.type, farewell.reconnect], ['disconnect', true]);
    await cable.waitForClose();
  }
  assert.equal((await request(`${daemon.url}/health`)).status, 503);
  assert.equal((await ctlJson(t, at(daemon, 'status'), {env: commanding})).state, 'draining');
});

test('a node that stops is not drained', async (t) => {
  const daemon = await monitored(t, ['--cluster-secret', clusterSecret, '--shutdown-delay', '60']);
  daemon.signal('SIGTERM');
  await daemon.waitForLog(/ stopping /);
  await ctlFails(t, at(daemon, 'drain', '--within', '60'), /is stopping, and sends its clients away already/, {env: commanding});
  await daemon.crash();
});

test('a drain lets new clients in until a balancer can have noticed, and then no more; undrain takes it back', async (t) => {
  const daemon = await monitored(t, ['--cluster-secret', clusterSecret]);
  const options = {env: commanding};
  const health = async () => (await request(`${daemon.url}/health`)).status;
  const state = async () => (await ctlJson(t, at(daemon, 'status'), options)).state;
  const old = await connectCable(t, daemon);
  await ctl(t, at(daemon, 'drain', '--within', '3600', '--notice', '3600'), options);
  assert.equal(await health(), 503);
  assert.equal(await state(), 'leaving');
  const fresh = await connectCable(t, daemon);
  for (const cable of [old, fresh]) await cable.expectQuiet();

  assert.equal((await ctl(t, at(daemon, 'undrain'), options)).stdout, 'takes clients again\n');
  await eventually('health to be well', async () => (await health()) === 200);
  assert.equal(await state(), 'running');

  const drained = await ctl(t, at(daemon, 'drain', '--within', '2', '--notice', '1', '--wait'), options);
  assert.deepEqual([drained.code, drained.stdout], [0, 'drained: no client is left; the process stays\n']);
  for (const cable of [old, fresh]) assert.deepEqual(await cable.next(), {type: 'disconnect', reason: 'server_restart', reconnect: true});
  assert.equal((await refusedUpgrade(`ws://127.0.0.1:${daemon.port}/cable`)).status, 503);
  assert.equal(await state(), 'draining');

  await ctl(t, at(daemon, 'undrain'), options);
  await eventually('health to be well', async () => (await health()) === 200);
  await (await connectCable(t, daemon)).expectQuiet();
});

test('the level of the log is changed while the node runs', async (t) => {
  const daemon = await monitored(t, ['--cluster-secret', clusterSecret]);
  assert.equal((await ctl(t, at(daemon, 'log-level', 'debug'), {env: commanding})).stdout, 'logs debug, was info\n');
  const from = daemon.lines.length;
  await (await connectCable(t, daemon)).leave();
  await daemon.waitForLog(/\bdebug\b/, {from});
  assert.deepEqual(await ctlJson(t, at(daemon, 'log-level', 'warn'), {env: commanding}), {level: 'warn', was: 'debug'});
});

test('a feed is followed: snapshots of what there is, and what happens', async (t) => {
  const daemon = await monitored(t);
  const watching = startCtl(t, at(daemon, 'watch', '--json', '--interval', '100', '--events', 'connected,disconnected,stream_created'));
  const seen = {snapshot: null};
  const until = (what, probe) => eventually(what, async () => {
    const line = JSON.parse(await watching.next('a line of the feed'));
    if (line.kind === 'snapshot') seen.snapshot = line;
    for (const event of line.events ?? []) seen[event.kind] = event;
    return probe();
  }, {every: 0});
  await until('a snapshot', () => seen.snapshot?.connections === 0);
  const cable = await connectCable(t, daemon);
  await cable.subscribe('s');
  await until('its events', () => seen.connected && seen.stream_created && seen.snapshot.connections === 1);
  assert.equal(seen.connected.subject, cable.sid);
  assert.equal(seen.stream_created.subject, 's');
  for (let sent = 0; sent < 20; sent += 1) await daemon.publish('s', String(sent));
  await until('its rates', () => seen.snapshot.rates.deliveries > 0 && seen.snapshot.latency.p99_ms > 0);
  assert.ok(seen.snapshot.rss_bytes > 1e6);
  await cable.leave();
  await until('its end', () => seen.disconnected && seen.snapshot.connections === 0);
  const counted = await ctl(t, at(daemon, 'watch', '--interval', '100', '--count', '3'));
  assert.match(counted.stdout, /^(\d\d:\d\d:\d\d \S+ connections=0 .*\n){3}$/);
});

test('on a terminal the feed is drawn', async (t) => {
  const daemon = await monitored(t);
  const watching = startCtl(t, at(daemon, 'watch', '--interval', '100'), {terminal: {columns: 120, rows: 40}});
  await eventually('a picture', () => /running/.test(watching.stdout) && /▁/.test(watching.stdout), {detail: () => watching.stdout});
  const cable = await connectCable(t, daemon);
  await eventually('its event', () => watching.stdout.includes(cable.sid), {detail: () => watching.stdout});
  watching.process.stdin.write('q');
  assert.equal((await watching.outcome()).code, 0);
});

test('a node that ends or freezes is told of', async (t) => {
  const daemon = await monitored(t);
  const watching = startCtl(t, at(daemon, 'watch', '--interval', '100', '--timeout', '1'));
  await watching.next('a snapshot');
  freeze(t, daemon);
  await eventually('its silence', () => /has sent nothing for 1\.1 s/.test(watching.stderr));
  await ctlFails(t, at(daemon, 'status', '--timeout', '0.5'), /no answer within 0\.5 s/);
  daemon.signal('SIGCONT');
  const again = startCtl(t, at(daemon, 'watch'));
  await again.next('a snapshot');
  await daemon.crash();
  await eventually('its end', () => /closed the connection; did it end\?/.test(again.stderr));
  for (const each of [watching, again]) each.signal('SIGTERM');
  await ctlFails(t, at(daemon, 'status'), /connection refused; is abilityd running/);
});

test('a feed goes on when its node starts again', async (t) => {
  const port = await freePort();
  const options = ['--public', '--monitor-listen', `127.0.0.1:${port}`];
  const first = await startDaemon(t, options);
  const node = {address: `127.0.0.1:${port}`};
  const watching = startCtl(t, at(node, 'watch', '--json', '--interval', '100'));
  const next = (kind) => eventually(`a line of ${kind}`, async () => JSON.parse(await watching.next('a line')).kind === kind);
  const drawn = startCtl(t, at(node, 'watch', '--interval', '100'), {terminal: {columns: 60, rows: 24}});
  await next('snapshot');
  await eventually('a picture', () => /running.*q quits/.test(drawn.stdout), {detail: () => drawn.stdout});
  await first.stop();
  await next('gone');
  await eventually('the picture of one that is gone', () => /gone, dialled again/.test(drawn.stdout), {detail: () => drawn.stdout});
  const seen = drawn.stdout.length;
  await startDaemon(t, options);
  await next('back');
  await next('snapshot');
  await eventually('a picture again', () => /running.*q quits/.test(drawn.stdout.slice(seen)), {detail: () => drawn.stdout});
  watching.signal('SIGTERM');
  drawn.process.stdin.write('q');
  assert.equal((await drawn.outcome()).code, 0);
});

test('connections show where they come from and what has gone over them', async (t) => {
  const daemon = await monitored(t);
  const cables = [await connectCable(t, daemon), await connectCable(t, daemon)];
  await cables[1].subscribe('s');
  await daemon.publish('s', JSON.stringify('x'.repeat(100_000)));
  await cables[1].next();
  await eventually('its bytes', async () => {
    const {connections} = await ctlJson(t, at(daemon, 'connections', '--sort', 'out'));
    assert.equal(connections.length, 2);
    for (const each of connections) assert.match(each.peer, /^127\.0\.0\.1:\d+$/);
    const [most, least] = connections;
    return most.id === cables[1].sid && most.bytes_out > 100_000 && most.bytes_in > 0 && least.bytes_out < 10_000;
  });
  assert.match((await ctl(t, at(daemon, 'connection', cables[1].sid))).stdout, /^peer +127\.0\.0\.1:\d+$/m);
  assert.ok(!daemon.lines.some((line) => /monitoring program/.test(line)), 'attaching is news for debug only');
});

test('a stream of the cluster is one, with its followers at every node', async (t) => {
  const {nodes: [a, b]} = await startCluster(t, ['a', 'b']);
  const cables = [await follower(t, a, 's'), await follower(t, b, 's'), await follower(t, b, 's')];
  const {stdout} = await ctl(t, at(a, 'stream', 's', '--cluster'), {env: commanding});
  assert.match(stdout, /^subscribers +3$/m);
  assert.match(stdout, /^nodes +2$/m);
  for (const {sid} of cables) assert.ok(stdout.includes(sid), stdout);
});

test('connections that say nothing of worth do not keep abilityctl out', async (t) => {
  const daemon = await monitored(t, ['--monitor-secret', 'm0nitor']);
  const port = Number(daemon.address.split(':')[1]);
  const garbage = Buffer.concat([Buffer.from([1]), Buffer.alloc(60)]);
  const handshakes = clientHandshake();
  for (const bytes of [garbage, handshakes]) {
    const raws = [];
    for (let made = 0; made < 600; made += 1) {
      const raw = await connectRaw(t, port);
      raw.write(bytes);
      raws.push(raw);
    }
    const {state} = await ctlJson(t, at(daemon, 'status'), {env: {ABILITY_MONITOR_SECRET: 'm0nitor'}});
    assert.equal(state, 'running');
    for (const raw of raws) raw.destroy?.();
  }
});

test('a cluster is asked as one', async (t) => {
  const {nodes} = await startCluster(t, ['a', 'b', 'c']);
  const [a, b, c] = nodes;
  const cables = [await follower(t, a, 's'), await follower(t, b, 's'), await follower(t, b, 'only b')];
  const cluster = (...args) => [at(b, ...args, '--cluster'), {env: commanding}];
  const statuses = await ctlJson(t, ...cluster('status'));
  assert.deepEqual(Object.fromEntries(Object.entries(statuses.nodes).map(([name, {connections}]) => [name, connections])),
    {a: 1, b: 2, c: 0});
  assert.deepEqual(statuses.errors, {});
  assert.match((await ctl(t, ...cluster('status'))).stdout, /^NODE .*\n([abc] +running .*\n){3}$/);
  const {nodes: lists} = await ctlJson(t, ...cluster('connections'));
  assert.deepEqual(idsOf({connections: Object.values(lists).flatMap(({connections}) => connections)}),
    cables.map(({sid}) => sid).sort());
  assert.deepEqual(Object.keys((await ctlJson(t, ...cluster('stream', 'only b'))).nodes), ['b']);
  assert.deepEqual(Object.keys((await ctlJson(t, ...cluster('connection', cables[0].sid))).nodes), ['a']);
  const views = await ctlJson(t, ...cluster('nodes'));
  for (const {nodes: known} of Object.values(views.nodes)) {
    assert.deepEqual(known.map(({name}) => name).sort(), ['a', 'b', 'c']);
    assert.deepEqual(known.map(({state}) => state).sort(), ['self', 'up', 'up']);
  }
  // From any node, whoever it is and wherever.
  assert.equal((await ctl(t, at(c, 'disconnect', cables[0].sid, '--cluster'), {env: commanding})).stdout,
    'a: disconnected 1 connection\n');
  await cables[0].waitForClose();
  const {connections: [{identity}]} = await ctlJson(t, at(b, 'connections', '--filter', cables[1].sid), {env: commanding});
  await ctlJson(t, at(c, 'disconnect', '--identity', identity), {env: commanding});
  await cables[1].waitForClose();
  await cables[2].expectQuiet();
});

test('a node that does not answer is missing from a cluster\'s answer, which says so', async (t) => {
  const {nodes: [a, b, c]} = await startCluster(t, ['a', 'b', 'c']);
  const watching = startCtl(t, at(a, 'watch', '--cluster', '--json', '--interval', '100', '--timeout', '1'), {env: commanding});
  const heard = new Set();
  const hear = (what, probe) => eventually(what, async () => {
    const line = JSON.parse(await watching.next('a line'));
    heard.add(line.kind === 'gone' ? `${line.node} gone` : line.node);
    return probe();
  }, {every: 0});
  await hear('all three', () => heard.size === 3);
  freeze(t, c);
  const {code, stdout, stderr} = await ctl(t, at(a, 'status', '--cluster', '--json', '--timeout', '1'), {env: commanding});
  const {nodes, errors} = JSON.parse(stdout);
  // Frozen for less than 3 s it is still known.
  assert.equal(code, 1);
  assert.deepEqual(Object.keys(nodes).sort(), ['a', 'b']);
  assert.deepEqual(Object.keys(errors), ['c']);
  assert.match(stderr, /^abilityctl: node c: cannot attach.*no answer within 1 s/);
  await hear('that it is gone', () => heard.has('c gone'));
  heard.clear();
  await hear('the others', () => heard.has('a') && heard.has('b'));
  await b.crash();
  await hear('that b is gone', () => heard.has('b gone'));
});

test('with certificates a node is monitored from anywhere', async (t) => {
  const authority = new Authority(t);
  const node = await startNode(t, 'a', {args: authority.options()});
  const {certificate, key} = authority.issue({name: 'operator'});
  const tls = ['--cert', certificate, '--key', key, '--ca', authority.certificate];
  assert.equal((await ctlJson(t, at(node, 'status', ...tls), {env: commanding})).node.name, 'a');
  await ctlFails(t, at(node, 'status'), /if it speaks TLS give --cert/, {env: commanding});
  const stranger = new Authority(t, 'strangers');
  const other = stranger.issue();
  await ctlFails(t, at(node, 'status', '--cert', other.certificate, '--key', other.key, '--ca', authority.certificate),
    /refuses the TLS connection.*--cert/, {env: commanding});
  await ctlFails(t, at(node, 'status', '--cert', certificate, '--key', key, '--ca', stranger.certificate),
    /certificate is not trusted.*--ca/, {env: commanding});
});

test('the example of a monitoring program attaches to a real node', async (t) => {
  const daemon = await monitored(t, ['--monitor-secret', 'm0nitor']);
  const watcher = startExample(t, 'watcher', daemon.address.split(':'), {ABILITY_MONITOR_SECRET: 'm0nitor'});
  assert.equal(JSON.parse(await watcher.next('the login')).may_read, true);
  assert.equal(await watcher.next('the answer'), '{"watching":true}');
  const cable = await connectCable(t, daemon);
  await watcher.nextLike(new RegExp(`^events .*"connected".*${cable.sid}`));
  await watcher.nextLike(/^snapshot .*"connections":1\b/);
  daemon.signal('SIGTERM');
  const {code, stderr} = await watcher.outcome();
  assert.equal(code, 1);
  assert.match(stderr, /the node is gone/);
});
