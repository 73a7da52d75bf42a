// Labels: hardened
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {failedCall, rejected, sentAway} from '../support/app_outcomes.mjs';
import {confirmation, follow, gate, welcome} from '../support/app_script.mjs';
import {connectCable, openCable, pubsub} from '../support/cable.mjs';
import {act, channel, join} from '../support/channel.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually, patience} from '../support/deadline.mjs';
import {andClose, chunked, huge, never, plain, reset, resetMidBody, startHttpApp, text} from '../support/http_app.mjs';
import {connectRaw} from '../support/raw.mjs';
import {freePort} from '../support/ports.mjs';

const cableUrl = (daemon) => `${daemon.url.replace('http', 'ws')}/cable`;

/** How many calls were not even made. */
async function refusals(daemon, method) {
  const {samples} = await daemon.metrics();
  return samples.get(`ability_rpc_duration_seconds_count{method="${method}",status="refused"}`);
}

/** Waits for the daemon's own connection to the application, which the first call uses: so connections can be counted. */
const probed = (daemon) => daemon.waitForLog(/application reached/);

async function start(t, script = {}, args = []) {
  const app = await startHttpApp(t, script);
  const daemon = await startDaemon(t, ['--rpc-host', app.url, ...args]);
  return {app, daemon};
}

test('the application is down: 1011 for all, after retries', async (t) => {
  const daemon = await startDaemon(t, ['--rpc-host', `http://127.0.0.1:${await freePort()}/_anycable`,
    '--rpc-command-timeout', '500ms']);
  await sentAway(t, daemon);
  assert.match(await daemon.waitForLog(failedCall('unavailable')), /sid=\S+.*method=connect/);
  await sentAway(t, daemon, []);
  const {samples} = await daemon.metrics();
  assert.ok(samples.get('ability_rpc_retries_total') >= 2);
  assert.equal(samples.get('ability_rpc_error_total'), 2);
  assert.equal(samples.get('ability_failed_auths_total'), 2);
  assert.equal(samples.get('ability_clients_num'), 0);
});

test('a host that does not resolve is an application that is down', async (t) => {
  const daemon = await startDaemon(t, ['--rpc-host', 'http://nowhere.invalid/_anycable', '--rpc-command-timeout', '50ms']);
  await sentAway(t, daemon);
});

test('an application that comes up late is reached by a retry', async (t) => {
  const app = await startHttpApp(t);
  await app.stop();
  const daemon = await startDaemon(t, ['--rpc-host', app.url]);
  const cable = await openCablePending(t, daemon);
  await daemon.waitForMetric('ability_rpc_retries_total', (count) => count >= 1);
  await app.start();
  assert.equal((await cable.answer).status, 101);
  assert.equal((await cable.raw.nextMessage()).type, 'welcome');
  assert.equal(app.of('connect').length, 1);
});

/** An upgrade that is under way. */
async function openCablePending(t, daemon) {
  const raw = await connectRaw(t, daemon.port);
  const answer = raw.upgrade();
  answer.catch(() => {});
  return {raw, answer};
}

for (const limits of [['--rpc-request-timeout', '150'], ['--rpc-request-timeout', '0', '--rpc-command-timeout', '150ms']]) {
  test(`an application that does not answer in time is not asked again (${limits.join(' ')})`, async (t) => {
    const {app, daemon} = await start(t, {connect: () => never}, limits);
    await sentAway(t, daemon);
    await daemon.waitForMetric('ability_rpc_timeout_total', 1);
    await daemon.waitForLog(failedCall('timed_out'));
    assert.equal(app.of('connect').length, 1);
    app.script.connect = undefined;
    await connectCable(t, daemon);
    app.script.subscribe = () => never;
    const cable = await connectCable(t, daemon);
    await rejected(cable);
    assert.equal(app.of('subscribe').length, 1);
    app.script.subscribe = undefined;
    await join(cable);
  });
}

test('an answer that comes too late changes nothing', async (t) => {
  const held = gate();
  const {app, daemon} = await start(t, {subscribe: async ({body}) => {
    await held.opened;
    return follow('s')({body});
  }}, ['--rpc-request-timeout', '150', '--broadcast-key', 'none']);
  const cable = await connectCable(t, daemon);
  await rejected(cable);
  held.open();
  await eventually('the late answer',
    () => app.of('subscribe')[0].response.writableFinished || app.of('subscribe')[0].response.destroyed);
  app.script.subscribe = undefined;
  await join(cable, channel('Other'));
  await daemon.publish('s', '1');
  await cable.expectQuiet();
});

test('a client whose time for the handshake is over does not wait for the application', async (t) => {
  // The answer may still let it in, so a daemon that stops waits for that, too.
  const {app, daemon} = await start(t, {connect: () => never}, ['--handshake-timeout', '150ms', '--rpc-request-timeout',
    '60s', '--rpc-command-timeout', '60s', '--shutdown-timeout', '1s']);
  await sentAway(t, daemon);
  assert.equal(app.of('connect').length, 1);
});

const transmissions = ['"not for the client"'];
const senseless = [
  ['401', plain(401, '{"status":1}'), 'unauthorized'],
  ['400', plain(400, 'bad'), 'invalid'],
  ['422', plain(422, 'unprocessable'), 'invalid'],
  ['404', plain(404, 'no such page'), 'broken'],
  ['500', plain(500, '{"status":1,"transmissions":["x"]}'), 'broken'],
  ['204', plain(204), 'broken'],
  ['a redirect', plain(302, '', {location: '/elsewhere'}), 'broken'],
  ['HTML', text('<!DOCTYPE html><title>Welcome</title>', 'text/html'), 'broken'],
  ['nothing', text(''), 'broken'],
  ['half of JSON', text('{"status":1,"transmissions":["x"'), 'broken'],
  ['bytes that are no UTF-8', text(Buffer.from('7b22737461747573223a312c226964656e74696669657273223a22ff227d', 'hex')), 'broken'],
  ['an array', text('[1]'), 'broken'],
  ['null', text('null'), 'broken'],
  ['a number', text('1'), 'broken'],
  ['an unknown status', {status: 7, transmissions}, 'broken'],
  ['a negative status', {status: -1, transmissions}, 'broken'],
  ['a fractional status', {status: 1.5, transmissions}, 'broken'],
  ['a status that is true', {status: true, transmissions}, 'broken'],
  ['an unknown name of a status', {status: 'MAYBE', transmissions}, 'broken'],
  ['a status of another type', {status: {SUCCESS: 1}, transmissions}, 'broken'],
  ['no status', {transmissions}, 'error'],
  ['an empty object', {}, 'error'],
  ['identifiers that are no text', {status: 1, identifiers: {user: 1}, transmissions}, 'broken'],
  ['transmissions that are no array', {status: 1, transmissions: 'x'}, 'broken'],
  ['transmissions that are no texts', {status: 1, transmissions: ['a', {type: 'welcome'}]}, 'broken'],
  ['a state that is no object', {status: 1, env: {cstate: [1]}, transmissions}, 'broken'],
  ['a state that is no text', {status: 1, env: {cstate: {a: 1}}, transmissions}, 'broken'],
  ['an env that is no object', {status: 1, env: 'x', transmissions}, 'broken'],
  ['a reset', reset, 'broken'],
  ['a reset in the middle of the body', resetMidBody, 'broken'],
  ['100 MB', huge(100 << 20), 'broken'],
  ['100 MB of unknown length', huge(100 << 20, false), 'broken'],
  ['no HTTP', (response) => { response.socket.end('SSH-2.0-OpenSSH_9.2\r\n'); }, 'broken'],
];

test('an answer to connect that makes no sense lets nobody in; the next client is none the worse', async (t) => {
  const {app, daemon} = await start(t, {}, ['--debug']);
  for (const [what, answer, status] of senseless) {
    await t.test(what, async () => {
      const memory = await daemon.memory();
      const from = daemon.lines.length;
      const asked = app.calls.length;
      await app.closeConnections();
      app.script.connect = () => answer;
      await sentAway(t, daemon);
      if (status !== 'error') await daemon.waitForLog(failedCall(status), {from});
      assert.equal(app.calls.length, asked + 1, 'asked once');
      app.script.connect = undefined;
      await (await connectCable(t, daemon)).leave();
      await app.next('disconnect');
      assert.ok(await daemon.memory() - memory < (40 << 20), 'the body is not kept');
    });
  }
  assert.equal(app.of('disconnect').length, senseless.length, 'only those who were let in have left');
  await daemon.waitForMetric('ability_rpc_error_total', senseless.length);
});

test('an answer to subscribe that makes no sense is a rejection; to message and unsubscribe it is nothing', async (t) => {
  const {app, daemon} = await start(t, {}, ['--broadcast-key', 'none']);
  const cable = await connectCable(t, daemon);
  for (const [what, answer, status] of [...senseless, ['wrong streams', {status: 1, streams: [1]}],
    ['wrong stop_streams', {status: 1, stop_streams: 'yes'}],
    ['a wrong disconnect', {status: 1, disconnect: 1}]]) {
    await t.test(what, async () => {
      app.script = {subscribe: () => answer};
      await rejected(cable);
      app.script = {subscribe: follow('s'), message: () => answer, unsubscribe: () => (status === 'error' ? {} : answer)};
      const identifier = await join(cable);
      act(cable, identifier);
      await cable.expectQuiet();
      await daemon.publish('s', '1');
      assert.deepEqual(await cable.next(), {identifier, message: 1});
      cable.send({command: 'unsubscribe', identifier});
      await cable.expectQuiet();
      await daemon.publish('s', '2');
      await cable.expectQuiet('unsubscribed, whatever the application made of it');
    });
  }
});

test('a status may be a name, and null is as good as absent', async (t) => {
  const {app, daemon} = await start(t, {
    connect: ({sid}) => ({status: 'SUCCESS', identifiers: null, transmissions: [welcome(sid)], env: null,
      error_msg: null, extra: [1]}),
    subscribe: ({body}) => ({status: 'SUCCESS', transmissions: [confirmation(body.identifier)], streams: null, stop_streams: null,
      stopped_streams: null, disconnect: null, env: {cstate: null, istate: null}}),
  });
  const cable = await connectCable(t, daemon);
  await join(cable);
  app.script.subscribe = {status: 'ERROR', transmissions: ['"x"']};
  await rejected(cable, channel('Other'));
  app.script.connect = {status: 'FAILURE'};
  assert.equal((await (await openCable(t, daemon)).next()).reason, 'unauthorized');
  // Without identifiers the session is who it is.
  assert.equal(app.of('subscribe')[0].body.connection_identifiers, `{"sid":"${cable.sid}"}`);
});

for (const status of [503, 429]) {
  test(`${status} asks to be called later, and is`, async (t) => {
    let left = 2;
    const {app, daemon} = await start(t, {connect: ({sid}) => {
      left -= 1;
      return left >= 0 ? plain(status, 'busy') : {status: 1, identifiers: '{}', transmissions: [welcome(sid)]};
    }});
    await connectCable(t, daemon);
    assert.equal(app.of('connect').length, 3);
    assert.equal(await daemon.metric('ability_rpc_retries_total'), 2);
    assert.equal(await daemon.metric('ability_rpc_call_total'), 1);
  });
}

test('an application that is always busy is given up in time', async (t) => {
  // The last attempt is then far from the end of the call's time, also on a slow machine.
  const {daemon} = await start(t, {connect: () => plain(503)}, ['--rpc-command-timeout', '1s']);
  await sentAway(t, daemon);
  await daemon.waitForLog(failedCall('exhausted'));
});

test('an answer may be as large as --rpc-max-reply-size, and no larger', async (t) => {
  const {app, daemon} = await start(t, {}, ['--rpc-max-reply-size', '5000', '--max-pending-size', '1048576']);
  const cable = await connectCable(t, daemon);
  const identifier = await join(cable);
  const of = (size) => {
    const rest = JSON.stringify({status: 1, transmissions: ['']}).length;
    return {status: 1, transmissions: ['x'.repeat(size - rest)]};
  };
  for (const form of [(answer) => answer, (answer) => chunked(answer, 1000)]) {
    app.script.message = () => form(of(5_000));
    act(cable, identifier);
    assert.match(await cable.nextText(), /^x+$/);
    app.script.message = () => form(of(5_001));
    act(cable, identifier);
    await cable.expectQuiet();
  }
});

test('a client that goes while connect is answered leaves nothing behind', async (t) => {
  const held = gate();
  const {app, daemon} = await start(t, {connect: async ({sid}) => {
    await held.opened;
    return {status: 1, identifiers: '{}', transmissions: [welcome(sid)]};
  }});
  const raws = [];
  for (let made = 0; made < 5; made += 1) {
    const {raw} = await openCablePending(t, daemon);
    raws.push(raw);
    await app.next('connect');
  }
  for (const raw of raws) raw.socket.resetAndDestroy();
  held.open();
  // The application let them in: it is told that they have left.
  const told = new Set();
  for (const _ of raws) told.add((await app.next('disconnect')).sid);
  assert.deepEqual([...told].sort(), app.of('connect').map(({sid}) => sid).sort());
  await daemon.waitForMetric('ability_clients_num', 0);
  await connectCable(t, daemon);
});

test('a client that goes while subscribe is answered leaves no stream behind', async (t) => {
  const held = gate();
  const {app, daemon} = await start(t, {subscribe: async (call) => {
    await held.opened;
    return follow('a', 'b')(call);
  }}, ['--debug']);
  const gone = [];
  for (let made = 0; made < 5; made += 1) {
    const cable = await connectCable(t, daemon);
    cable.send({command: 'subscribe', identifier: channel()});
    await app.next('subscribe');
    cable.socket.terminate();
    await daemon.waitForLog(new RegExp(`client disconnected sid=${cable.sid}`));
    gone.push(cable.sid);
  }
  held.open();
  for (const sid of gone) await app.next('disconnect');
  assert.deepEqual(app.of('disconnect').map(({sid}) => sid).sort(), gone.sort());
  await eventually('the answers to arrive', () => app.of('subscribe').every(({response}) => response.writableFinished));
  const other = await connectCable(t, daemon);
  await join(other);
  assert.equal(await daemon.metric('ability_broadcast_streams_num'), 2);
  await other.leave();
  await daemon.waitForMetric('ability_broadcast_streams_num', 0);
  await daemon.waitForMetric('ability_rpc_pending_num', 0);
});

test('a client that goes while its call waits for its turn is not asked about', async (t) => {
  const held = gate();
  const {app, daemon} = await start(t, {message: async () => {
    await held.opened;
    return {status: 1};
  }}, ['--rpc-concurrency', '1', '--debug']);
  const [busy, waiting] = [await connectCable(t, daemon), await connectCable(t, daemon)];
  const identifier = await join(busy);
  act(busy, identifier);
  await app.next('message');
  waiting.send({command: 'subscribe', identifier: channel()});
  await daemon.waitForMetric('ability_rpc_pending_num', 2);
  waiting.socket.terminate();
  await daemon.waitForLog(new RegExp(`client disconnected sid=${waiting.sid}`));
  held.open();
  assert.equal((await app.next('disconnect')).sid, waiting.sid);
  await busy.expectQuiet();
  assert.equal(await daemon.metric('ability_rpc_canceled_total'), 1);
  assert.equal(app.of('subscribe').length, 1);
});

test('there are never more calls at a time than --rpc-concurrency, and all get their turn', async (t) => {
  const gates = [];
  let under = 0;
  let most = 0;
  const {app, daemon} = await start(t, {connect: async ({sid}) => {
    under += 1;
    most = Math.max(most, under);
    const held = gate();
    gates.push(held);
    await held.opened;
    under -= 1;
    return {status: 1, identifiers: '{}', transmissions: [welcome(sid)]};
  }}, ['--rpc-concurrency', '3']);
  await probed(daemon);
  const pending = [];
  for (let made = 0; made < 12; made += 1) pending.push(await openCablePending(t, daemon));
  await daemon.waitForMetric('ability_rpc_pending_num', 12);
  for (let answered = 0; answered < 12; answered += 1) {
    await eventually('the next call', () => gates.length > answered);
    assert.ok(gates.length <= answered + 3);
    gates[answered].open();
  }
  for (const {raw, answer} of pending) {
    assert.equal((await answer).status, 101);
    assert.equal((await raw.nextMessage()).type, 'welcome');
  }
  assert.equal(most, 3);
  assert.equal(app.connections, 3);
  await daemon.waitForMetric('ability_rpc_pending_num', 0);
});

test('calls beyond --rpc-max-waiting fail at once', async (t) => {
  const held = gate();
  const {app, daemon} = await start(t, {connect: async ({sid}) => {
    await held.opened;
    return {status: 1, identifiers: '{}', transmissions: [welcome(sid)]};
  }}, ['--rpc-concurrency', '1', '--rpc-max-waiting', '1']);
  const pending = [await openCablePending(t, daemon)];
  await app.next('connect');
  pending.push(await openCablePending(t, daemon));
  await daemon.waitForMetric('ability_rpc_pending_num', 2);
  await sentAway(t, daemon);
  assert.equal(await refusals(daemon, 'connect'), 1);
  held.open();
  for (const {answer} of pending) assert.equal((await answer).status, 101);
});

test('with --rpc-max-waiting 0 calls are made while there is room, and none waits', async (t) => {
  const {app, daemon} = await start(t, {message: () => never}, ['--rpc-concurrency', '1', '--rpc-max-waiting', '0',
    '--rpc-request-timeout', '500']);
  const cable = await connectCable(t, daemon);
  act(cable, await join(cable));
  await app.next('message');
  await sentAway(t, daemon);
  assert.equal(await refusals(daemon, 'connect'), 1);
});

test('what an application sends too much is not the answer to the next call', async (t) => {
  const answer = (transmission) => {
    const body = JSON.stringify({status: 1, transmissions: [transmission]});
    return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
  const {app, daemon} = await start(t, {message: () => (response) => {
    response.socket.write(answer('"for Ann"') + answer('"a secret of Ann"'));
  }});
  const [ann, bob] = [await connectCable(t, daemon), await connectCable(t, daemon)];
  const identifier = await join(ann);
  await join(bob);
  act(ann, identifier);
  assert.equal(await ann.nextText(), '"for Ann"');
  app.script.message = {status: 1, transmissions: ['"for Bob"']};
  act(bob, identifier);
  assert.equal(await bob.nextText(), '"for Bob"');
  await ann.expectQuiet();
});

test('an application that hangs stalls those who ask it, not broadcasts', async (t) => {
  const {app, daemon} = await start(t, {subscribe: () => never},
    ['--public-streams', '--broadcast-key', 'none', '--rpc-request-timeout', '60s', '--rpc-command-timeout', '60s',
      '--shutdown-timeout', '500ms']);
  const callers = [];
  for (let made = 0; made < 40; made += 1) callers.push(await connectCable(t, daemon));
  const listener = await connectCable(t, daemon);
  const identifier = await listener.subscribe('news');
  for (const cable of callers) {
    await cable.subscribe('news');
    cable.send({command: 'subscribe', identifier: channel()});
  }
  await daemon.waitForMetric('ability_rpc_pending_num', 40);
  await eventually('28 calls that hang', () => app.of('subscribe').length === 28);
  const since = performance.now();
  for (let at = 0; at < 50; at += 1) {
    await daemon.publish('news', String(at));
    assert.deepEqual(await listener.next(), {identifier, message: at});
    for (const cable of callers) assert.equal((await cable.next()).message, at);
  }
  const took = performance.now() - since;
  assert.ok(took < patience * 0.3, `${Math.round(took)} ms`);
  await listener.subscribe('more');
  assert.equal(app.of('subscribe').length, 28);
  assert.equal(await daemon.metric('ability_rpc_pending_num'), 40);
});

test('after too many failures calls fail at once; when the application is back they are made again', async (t) => {
  const app = await startHttpApp(t);
  await app.stop();
  const daemon = await startDaemon(t, ['--rpc-host', app.url, '--rpc-command-timeout', '90ms', '--public-streams',
    '--noauth', '--broadcast-key', 'none']);
  const cable = await connectCable(t, daemon);
  const identifier = await cable.subscribe('news');
  for (let tries = 0; tries < 9; tries += 1) await rejected(cable);
  assert.equal(await daemon.metric('ability_rpc_breaker_open'), 0);
  await rejected(cable);
  assert.match(await daemon.waitForLog(/app server breaker/), /state=open/);
  assert.equal(await daemon.metric('ability_rpc_breaker_open'), 1);
  await app.start();
  for (let tries = 0; tries < 5; tries += 1) await rejected(cable);
  assert.equal(app.calls.length, 0, 'the application is spared');
  assert.equal(await refusals(daemon, 'command'), 5);
  await daemon.publish('news', '1');
  assert.deepEqual(await cable.next(), {identifier, message: 1});
  await eventually('a call to be made again', async () => {
    cable.send({command: 'subscribe', identifier: channel('Again')});
    return (await cable.next()).type === 'confirm_subscription';
  }, {every: 100, ms: 3 * patience});  // a trial that fails keeps the breaker open for another 5 s
  for (let made = 0; made < 4; made += 1) await join(cable, channel('Again', {made}));
  const states = () => daemon.lines.filter((line) => /app server breaker/.test(line)).map((line) => /state=(\w+)/.exec(line)[1]);
  await eventually('the breaker to close', () => states().at(-1) === 'closed', {detail: () => states().join()});
  assert.equal(await daemon.metric('ability_rpc_breaker_open'), 0);
});

test('answers that make no sense open no breaker', async (t) => {
  const {app, daemon} = await start(t, {subscribe: () => plain(500)});
  const cable = await connectCable(t, daemon);
  for (let tries = 0; tries < 30; tries += 1) await rejected(cable);
  assert.equal(app.of('subscribe').length, 30);
  assert.equal(await daemon.metric('ability_rpc_breaker_open'), 0);
});

test('connections to the application are used again, and replaced when it has closed them', async (t) => {
  const {app, daemon} = await start(t);
  await probed(daemon);
  const cable = await connectCable(t, daemon);
  const identifier = await join(cable);
  for (let made = 0; made < 20; made += 1) act(cable, identifier);
  await cable.expectQuiet();
  assert.equal(app.connections, 1);
  await app.closeConnections();
  act(cable, identifier);
  await cable.expectQuiet();
  assert.equal(app.of('message').length, 21);
  assert.equal(app.connections, 2);
  await app.stop();
  await app.start();
  act(cable, identifier);
  await cable.expectQuiet();
  assert.equal(app.of('message').length, 22);
  assert.equal(await daemon.metric('ability_rpc_error_total'), 0);
});

test('an application that closes after each answer is asked on new connections', async (t) => {
  const {app, daemon} = await start(t, {message: () => andClose({status: 1})});
  await probed(daemon);
  const cable = await connectCable(t, daemon);
  const identifier = await join(cable);
  for (let made = 0; made < 10; made += 1) act(cable, identifier);
  await cable.expectQuiet();
  assert.equal(app.of('message').length, 10);
  assert.equal(app.connections, 10);
});

test('SIGTERM ends the daemon although the application hangs', async (t) => {
  const {app, daemon} = await start(t, {subscribe: () => never, disconnect: () => never},
    ['--shutdown-timeout', '1', '--rpc-request-timeout', '60s', '--rpc-command-timeout', '60s']);
  const cable = await connectCable(t, daemon);
  cable.send({command: 'subscribe', identifier: channel()});
  await app.next('subscribe');
  app.script.connect = () => never;
  await openCablePending(t, daemon);
  await app.next('connect');
  await app.next('connect');
  daemon.signal('SIGTERM');
  assert.deepEqual(await cable.next(), {type: 'disconnect', reason: 'server_restart', reconnect: true});
  assert.deepEqual(await daemon.waitForExit({ms: patience / 2}), {code: 0, signal: null});
});

test('no secret shows up in the log', async (t) => {
  const {app, daemon} = await start(t, {message: () => plain(401)}, ['--debug', '--http-rpc-secret', 'k-secret']);
  const cable = await connectCable(t, daemon);
  act(cable, await join(cable));
  await cable.expectQuiet();
  assert.equal(app.calls[0].headers.authorization, 'Bearer k-secret');
  await daemon.stop();
  assert.doesNotMatch(daemon.lines.join('\n') + daemon.stdout, /k-secret/);
});

test('--public-streams needs no application that works', async (t) => {
  const {daemon} = await start(t, {}, ['--noauth', '--public-streams']);
  const cable = await connectCable(t, daemon);
  cable.send({command: 'subscribe', identifier: pubsub('s')});
  assert.equal((await cable.next()).type, 'confirm_subscription');
});
