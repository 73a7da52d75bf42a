// Unmodified @anycable/core, whose connections break all the time while messages flow: each client's list is 1, 2, 3 … to
// the last one, without a gap and without a repetition. It checks none of that itself (it takes what comes), so this is the
// daemon's doing.
//
// By hand for longer: ./dev soak, or ABILITY_RESUME_SECONDS=600 ABILITY_RESUME_SEED=7 node --test reliable/resume.test.mjs
// Labels: hardened
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {follow} from '../support/app_script.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually} from '../support/deadline.mjs';
import {startHttpApp} from '../support/http_app.mjs';
import {chat, clients, followers, publicStream, survives} from '../support/resuming.mjs';

// More than the messages of the longest time away.
const history = ['--history-limit', '2000'];

test('clients of public streams lose nothing, and get nothing twice', async (t) => {
  const daemon = await startDaemon(t, ['--public', ...history]);
  await survives(t, daemon, {streams: ['s'], subscribe: publicStream});
});

test('clients of an application with two streams in one channel lose nothing, and get nothing twice', async (t) => {
  const app = await startHttpApp(t, {subscribe: follow('a', 'b')});
  const daemon = await startDaemon(t, ['--rpc-host', app.url, '--broadcast-key', 'none', '--disconnect-mode', 'never', ...history]);
  await survives(t, daemon, {streams: ['a', 'b'], subscribe: chat});
});

test('clients lose nothing where clients of all protocols are told positions', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broker', 'memory', '--enable-ws-compression', ...history]);
  await survives(t, daemon, {streams: ['s'], subscribe: publicStream, count: Math.min(clients, 50)});
});

test('when the daemon was killed, each client is told that it has missed something', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {all, publisher} = await followers(t, daemon, {streams: ['s'], subscribe: publicStream, count: 20});
  await daemon.crash();
  const next = await startDaemon(t, ['--public'], {port: daemon.port});
  await eventually('all clients to be told', () => all.every(({notFound}) => notFound > 0));
  assert.equal(await next.metric('ability_history_replayed_total'), 0);
  publisher.daemon = next;
  await publisher.next();
  await publisher.arrived(all);
  assert.deepEqual(all.flatMap(({faults}) => faults), []);
});

test('a client that has missed more than is kept is told, and gets what is new', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--history-limit', '10']);
  const {all: [client], proxy, publisher} = await followers(t, daemon, {streams: ['s'], subscribe: publicStream, count: 1});
  const {target} = proxy;
  proxy.target = 1; // nobody is there
  proxy.snap();
  for (let count = 0; count < 11; count += 1) await publisher.next();
  proxy.target = target;
  await eventually('the client to be told', () => client.notFound === 1);
  assert.deepEqual(client.faults, []);
  await publisher.next();
  await eventually('the new message', () => client.has('s', 13));
  assert.deepEqual(client.faults, ['s: 13 instead of 2'], 'it was told before');
});
