import assert from 'node:assert/strict';
import {test} from 'node:test';
import {confirmation} from '../support/app_script.mjs';
import {connectCable} from '../support/cable.mjs';
import {act, channel, join} from '../support/channel.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually, patience} from '../support/deadline.mjs';
import {never, plain, startHttpApp} from '../support/http_app.mjs';

async function start(t, args = [], script = {}) {
  const app = await startHttpApp(t, script);
  const daemon = await startDaemon(t, ['--rpc-host', app.url, ...args]);
  return {app, daemon};
}

async function connect(t, daemon, count) {
  const cables = [];
  while (cables.length < count) {
    const room = Math.min(25, count - cables.length);
    cables.push(...await Promise.all(Array.from({length: room}, () => connectCable(t, daemon))));
  }
  return cables;
}

const sids = (of) => of.map(({sid}) => sid).sort();

/** Ends the daemon, which drains its queue: by now the application has been told of exactly these. */
async function toldOf(app, daemon, cables) {
  await daemon.stop();
  assert.deepEqual(sids(app.of('disconnect')), sids(cables));
}

test('the application is told of each connection exactly once, however it ended', async (t) => {
  const {app, daemon} = await start(t, ['--broadcast-key', 'none', '--ping-interval', '1'], {message: {status: 1, disconnect: true}});
  const [leaves, drops, resets, thrown, closed, malformed, stays] = await connect(t, daemon, 7);
  await leaves.leave();
  assert.equal((await app.next('disconnect')).sid, leaves.sid);
  drops.socket.terminate();
  assert.equal((await app.next('disconnect')).sid, drops.sid);
  resets.socket._socket.resetAndDestroy();
  assert.equal((await app.next('disconnect')).sid, resets.sid);
  const {body} = app.of('connect').find(({sid}) => sid === thrown.sid);
  assert.ok(body);
  await daemon.post({command: 'disconnect', payload: {identifier: `{"user":"${thrown.sid}"}`}});
  await thrown.waitForClose();
  assert.equal((await app.next('disconnect')).sid, thrown.sid);
  act(closed, await join(closed));
  await closed.waitForClose();
  assert.equal((await app.next('disconnect')).sid, closed.sid);
  malformed.socket._socket.write(Buffer.from([0x81, 0x01, 0x41])); // not masked
  await malformed.waitForClose();
  assert.equal((await app.next('disconnect')).sid, malformed.sid);
  await stays.expectQuiet();
  await toldOf(app, daemon, [leaves, drops, resets, thrown, closed, malformed, stays]);
});

test('who was not let in has not left', async (t) => {
  const {app, daemon} = await start(t, ['--auth-reject', 'http'], {connect: {status: 2}});
  for (const reply of [{status: 2}, {status: 0}, () => plain(500)]) {
    app.script.connect = reply;
    await assert.rejects(connectCable(t, daemon));
  }
  await toldOf(app, daemon, []);
});

test('the application is told as the connection was when it ended', async (t) => {
  const {app, daemon} = await start(t, [], {
    subscribe: ({body}) => ({status: 1, transmissions: [confirmation(body.identifier)], env: {cstate: {at: body.identifier}}}),
  });
  const [cable] = await connect(t, daemon, 1);
  const identifiers = [await join(cable, channel('A')), await join(cable, channel('B'))];
  cable.socket.terminate();
  const {body} = await app.next('disconnect');
  assert.equal(body.identifiers, `{"user":"${cable.sid}"}`);
  assert.deepEqual(body.subscriptions, identifiers);
  assert.deepEqual(body.env.cstate, {at: identifiers[1]});
});

// Who connects here is not asked of the application, unless it subscribes to a channel of it.
for (const [mode, told] of [['auto', ['asked']], ['always', ['asked', 'unasked']], ['never', []]]) {
  test(`--disconnect-mode ${mode}`, async (t) => {
    const {app, daemon} = await start(t, ['--disconnect-mode', mode, '--noauth', '--public-streams']);
    const [asked, unasked] = await connect(t, daemon, 2);
    await join(asked);
    await unasked.subscribe('s');
    await asked.leave();
    await unasked.leave();
    await daemon.waitForMetric('ability_clients_num', 0);
    await toldOf(app, daemon, told.map((name) => ({asked, unasked})[name]));
  });
}

test('300 clients that drop at once are told each once', async (t) => {
  const {app, daemon} = await start(t, ['--disconnect-rate', '2000']);
  const cables = await connect(t, daemon, 300);
  for (const cable of cables) cable.socket.terminate();
  await eventually('300 calls', () => app.of('disconnect').length >= 300);
  await daemon.waitForMetric('ability_disconnect_queue_size', 0);
  assert.equal(await daemon.metric('ability_disconnect_dropped_total'), 0);
  await toldOf(app, daemon, cables);
});

test('a crowd that leaves does not exceed --disconnect-rate, and keeps nobody from coming', async (t) => {
  const times = [];
  const {app, daemon} = await start(t, ['--disconnect-rate', '25'], {disconnect: () => {
    times.push(performance.now());
    return {status: 1};
  }});
  const cables = await connect(t, daemon, 20);
  for (const cable of cables) cable.socket.terminate();
  await daemon.waitForMetric('ability_clients_num', 0);
  assert.ok(await daemon.metric('ability_disconnect_queue_size') > 0);
  const late = await connectCable(t, daemon);
  await join(late);
  assert.ok(times.length < 20, 'it came in between');
  await eventually('20 calls', () => times.length === 20);
  const took = times.at(-1) - times[0];
  assert.ok(took > 700, `20 calls within ${Math.round(took)} ms`);
  await toldOf(app, daemon, [...cables, late]);
});

test('an application that was down for a while is told when it is back', async (t) => {
  const {app, daemon} = await start(t, ['--rpc-command-timeout', '50ms']);
  const cables = await connect(t, daemon, 3);
  await app.stop();
  for (const cable of cables) cable.socket.terminate();
  await daemon.waitForLog(/app server call failed.*method=disconnect/);
  await daemon.waitForMetric('ability_disconnect_queue_size', 3);
  await app.start();
  await eventually('3 calls', () => app.of('disconnect').length >= 3);
  await daemon.waitForMetric('ability_disconnect_queue_size', 0);
  assert.equal(await daemon.metric('ability_disconnect_dropped_total'), 0);
  await toldOf(app, daemon, cables);
});

test('an application that is busy is told later', async (t) => {
  let left = 3;
  const {app, daemon} = await start(t, [], {disconnect: () => {
    left -= 1;
    return left >= 0 ? plain(503) : {status: 1};
  }});
  const [cable] = await connect(t, daemon, 1);
  await cable.leave();
  await eventually('the calls', () => app.of('disconnect').length === 4);
  await daemon.waitForMetric('ability_disconnect_queue_size', 0);
  await daemon.stop();
  assert.equal(app.of('disconnect').length, 4);
});

test('an answer that makes no sense is not asked for again, and holds up nobody', async (t) => {
  const answers = [plain(500), plain(401), plain(422)].map((answer) => () => answer).concat({status: 0}, {status: 2}, {status: 9}, {});
  const left = [...answers];
  const {app, daemon} = await start(t, [], {disconnect: (call) => {
    const answer = left.shift() ?? {status: 1};
    return typeof answer === 'function' ? answer(call) : answer;
  }});
  const cables = await connect(t, daemon, answers.length + 2);
  for (const cable of cables) cable.socket.terminate();
  await eventually('a call for each', () => app.of('disconnect').length >= cables.length);
  await toldOf(app, daemon, cables);
});

test('what exceeds --disconnect-backlog-size is dropped, counted and logged', async (t) => {
  const {app, daemon} = await start(t, ['--disconnect-backlog-size', '2', '--disconnect-rate', '1']);
  const cables = await connect(t, daemon, 6);
  for (const cable of cables) cable.socket.terminate();
  await daemon.waitForMetric('ability_disconnect_dropped_total', 3);
  await daemon.waitForLog(/disconnect call dropped/);
  await daemon.stop();
  assert.equal(app.of('disconnect').length, 3);
  assert.equal(new Set(sids(app.of('disconnect'))).size, 3);
});

test('SIGTERM: all who were connected, and all who waited to be told of, are told of before the end', async (t) => {
  const {app, daemon} = await start(t, ['--disconnect-rate', '1', '--lanes', '2']);
  const cables = await connect(t, daemon, 60);
  for (const cable of cables.slice(0, 20)) cable.socket.terminate();
  await daemon.waitForMetric('ability_clients_num', 40);
  await daemon.waitForMetric('ability_disconnect_queue_size', (size) => size >= 18);
  const since = performance.now();
  daemon.signal('SIGTERM');
  assert.deepEqual(await daemon.waitForExit(), {code: 0, signal: null});
  assert.ok(performance.now() - since < patience / 2, 'without the pause of the rate');
  assert.deepEqual(sids(app.of('disconnect')), sids(cables));
});

test('SIGTERM while the application is down: the end comes in time, and what was lost is logged', async (t) => {
  const {app, daemon} = await start(t, ['--shutdown-timeout', '1']);
  await connect(t, daemon, 3);
  await app.stop();
  daemon.signal('SIGTERM');
  assert.deepEqual(await daemon.waitForExit({ms: patience / 2}), {code: 0, signal: null});
  assert.match(await daemon.waitForLog(/the application was not told/), /connections=3\b/);
  await app.start();
});

test('a hanging application holds up no more than its time-out', async (t) => {
  const {app, daemon} = await start(t, ['--rpc-request-timeout', '200'], {disconnect: () => never});
  const cables = await connect(t, daemon, 2);
  for (const cable of cables) cable.socket.terminate();
  await eventually('2 calls', () => app.of('disconnect').length === 2);
  await daemon.waitForMetric('ability_disconnect_queue_size', 0);
  app.script.disconnect = undefined;
  const late = await connectCable(t, daemon);
  await late.leave();
  await toldOf(app, daemon, [...cables, late]);
});
