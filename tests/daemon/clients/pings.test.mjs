// Labels: hardened
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable, openCable} from '../support/cable.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {startHttpApp} from '../support/http_app.mjs';

test('pings carry the time in whole seconds and come at the interval', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--ping-interval', '1']);
  const cable = await connectCable(t, daemon);
  await cable.nextPing();
  const second = await cable.nextPing();
  const third = await cable.nextPing();
  assert.match(third.text, /^\{"type":"ping","message":\d{10}\}$/);
  assert.ok(Math.abs(third.message - Date.now() / 1000) < 5, `${third.message} is not the time`);
  assert.ok(third.message - second.message >= 0 && third.message - second.message <= 2);
});

test('pings are spread over time', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--ping-interval', '2']);
  const cables = [];
  for (let made = 0; made < 60; made += 1) cables.push(await connectCable(t, daemon));
  const times = (await Promise.all(cables.map((cable) => cable.nextPing()))).map(({at}) => at).sort((a, b) => a - b);
  const middle = times[50] - times[10];
  assert.ok(middle > 300, `two thirds of the first pings came within ${Math.round(middle)} ms of one another`);
});

test('an interval of 0 means no pings', async (t) => {
  const silent = await startDaemon(t, ['--public', '--ping-interval', '0']);
  const measure = await startDaemon(t, ['--public', '--ping-interval', '1']);
  const quiet = await connectCable(t, silent);
  const pinged = await connectCable(t, measure);
  await pinged.nextPing();
  await pinged.nextPing();
  await quiet.expectQuiet();
  assert.deepEqual(quiet.pings, []);
});

test('a client that says nothing until it was pinged is heard then, and again later', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--ping-interval', '1']);
  const cable = await connectCable(t, daemon);
  await cable.nextPing();
  await cable.subscribe('first');
  await cable.nextPing();
  await cable.subscribe('second');
});

// -- what a client chooses --

test('?pi and ?ptp choose interval and unit, and what is no such value is passed over', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--ping-interval', '3600']);
  for (const [unit, digits] of [['s', 10], ['ms', 13], ['ns', 19]]) {
    const cable = await connectCable(t, daemon, {path: `/cable?pi=1&ptp=${unit}`});
    const {text} = await cable.nextPing();
    assert.match(text, new RegExp(`^\\{"type":"ping","message":\\d{${digits}}\\}$`));
  }
  const usual = await startDaemon(t, ['--public', '--ping-interval', '1', '--ping-timestamp-precision', 'ms']);
  const silent = await connectCable(t, usual, {path: '/cable?pi=0'});
  for (const query of ['', '?pi=-1', '?pi=x&ptp=hours', '?pi=']) {
    const cable = await connectCable(t, usual, {path: `/cable${query}`});
    assert.match((await cable.nextPing()).text, /^\{"type":"ping","message":\d{13}\}$/);
    await cable.nextPing();
  }
  await silent.expectQuiet();
  assert.deepEqual(silent.pings, []);
});

// -- pongs --

const ext = {offered: ['actioncable-v1-ext-json']};
const noPong = {type: 'disconnect', reason: 'no_pong', reconnect: true};

// As AnyCable's features/ping_pong.testfile has it.
test('a client of the extended protocol is closed once it leaves a ping without an answer', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--pong-timeout', '3']);
  const cable = await connectCable(t, daemon, {...ext, path: '/cable?pi=1&ptp=ns'});
  const alive = await connectCable(t, daemon, {...ext, path: '/cable?pi=1'});
  for (let answered = 0; answered < 3; answered += 1) {
    await cable.nextPing();
    cable.send({command: 'pong'});
  }
  alive.pingInbox.next('a ping').then(function answer() {
    alive.send({command: 'pong'});
    return alive.pingInbox.next('a ping').then(answer);
  }).catch(() => {});
  const {at} = await cable.nextPing();
  assert.deepEqual(await cable.next('the end'), noPong);
  assert.ok(performance.now() - at > 2_000, 'too early');
  assert.equal((await cable.waitForClose()).code, 1001);
  await daemon.waitForMetric('ability_disconnected_silent_clients_total', 1);
  await alive.expectQuiet();
  assert.ok(alive.pings.length > 0);
});

test('any command is as good as a pong, and without pings none is owed', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--pong-timeout', '3', '--ping-interval', '1']);
  const quiet = await connectCable(t, daemon, {...ext, path: '/cable?pi=0'});
  const busy = await connectCable(t, daemon, ext);
  const base = await connectCable(t, daemon);
  for (let answered = 0; answered < 6; answered += 1) {
    await busy.nextPing();
    await busy.expectQuiet();
  }
  for (const cable of [quiet, base]) await cable.expectQuiet();
  assert.equal(await daemon.metric('ability_disconnected_silent_clients_total'), 0);
});

// -- Rails' extension --

const railsOffer = {offered: ['actioncable-v1-json', 'actioncable-ext-pong', 'actioncable-unsupported']};

test('the pong extension is told in the welcome, and counts from then on', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--pong-timeout', '3', '--ping-interval', '1']);
  const [good, silent] = [await openCable(t, daemon, railsOffer), await openCable(t, daemon, railsOffer)];
  for (const cable of [good, silent]) {
    assert.equal(cable.socket.protocol, 'actioncable-v1-json');
    assert.deepEqual((await cable.next()).extensions, ['pong']);
  }
  const closed = silent.next('the end');
  for (let answered = 0; answered < 6; answered += 1) {
    const {message} = await good.nextPing();
    good.send({command: 'pong', message});
  }
  await good.expectQuiet();
  assert.deepEqual(await closed, noPong);
});

test('the pong extension is put into the welcome of the application', async (t) => {
  const app = await startHttpApp(t, {connect: {status: 1, identifiers: 'me', transmissions: ['first', '{"type":"welcome" }', '{"type":"welcome"}']}});
  const daemon = await startDaemon(t, ['--rpc-host', app.url, '--pong-timeout', '3', '--ping-interval', '1']);
  const cable = await openCable(t, daemon, railsOffer);
  for (const expected of ['first', '{"type":"welcome" ,"extensions":["pong"]}', '{"type":"welcome"}']) {
    assert.equal(await cable.nextText(), expected);
  }
  assert.deepEqual(await cable.next('the end'), noPong);
  const base = await openCable(t, daemon);
  for (const expected of ['first', '{"type":"welcome" }', '{"type":"welcome"}']) assert.equal(await base.nextText(), expected);
});

test('the pong extension is not told where no pong is asked for', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  for (const path of ['/cable', '/cable?pi=0']) {
    const cable = await openCable(t, daemon, {...railsOffer, path});
    assert.deepEqual(Object.keys(await cable.next()), ['type', 'sid']);
  }
  const alone = await openCable(t, daemon, {offered: ['actioncable-ext-pong', 'actioncable-v1-json']});
  assert.equal(alone.socket.protocol, 'actioncable-v1-json', 'it is no protocol by itself');
});
