import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable} from './support/cable.mjs';
import {startDaemon} from './support/daemon.mjs';

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
