// Unmodified @anycable/core, whose connections break all the time while messages flow: each client's list is 1, 2, 3 … to
// the last one, without a gap and without a repetition. It checks none of that itself (it takes what comes), so this is the
// daemon's doing.
//
// By hand for longer: ./dev soak, or ABILITY_RESUME_SECONDS=600 ABILITY_RESUME_SEED=7 node --test reliable/resume.test.mjs
// Labels: hardened
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createCable} from '@anycable/core';
import WebSocket from 'ws';
import {follow} from '../support/app_script.mjs';
import {defer} from '../support/cleanup.mjs';
import {randomOf, startCuttingProxy} from '../support/cuts.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually, slack, within} from '../support/deadline.mjs';
import {keepAlive} from '../support/http.mjs';
import {startHttpApp} from '../support/http_app.mjs';

const seconds = Number(process.env.ABILITY_RESUME_SECONDS ?? 6);
const clients = Number(process.env.ABILITY_RESUME_CLIENTS ?? 200);
const seed = Number(process.env.ABILITY_RESUME_SEED ?? 1);
const pause = 8 * slack; // ms between two publications

/** One client of @anycable/core, and what became of each stream: the last number, and everything that is wrong. */
class Follower {
  last = new Map();
  faults = [];
  notFound = 0;
  comesBack = 0;
  closed = 0;

  /** `random` decides on its delays; `subscribe` makes its channel. */
  constructor(t, port, {random, subscribe}) {
    this.cable = createCable(`ws://127.0.0.1:${port}/cable`, {
      protocol: 'actioncable-v1-ext-json', websocketImplementation: WebSocket, logLevel: 'error',
      reconnectStrategy: () => 5 + 150 * random(),
    });
    defer(t, () => this.cable.disconnect());
    this.cable.on('connect', ({reconnect}) => { this.comesBack += reconnect ? 1 : 0; });
    this.channel = subscribe(this.cable);
    this.channel.on('message', ({stream, n}) => {
      const due = (this.last.get(stream) ?? 0) + 1;
      if (n !== due) this.faults.push(`${stream}: ${n} instead of ${due}`);
      this.last.set(stream, n);
    });
    this.channel.on('info', ({type}) => { this.notFound += type === 'history_not_found' ? 1 : 0; });
    // Version 1.1.7 closes a channel, without an error, whose connection breaks before its subscription is confirmed.
    this.channel.on('close', (error) => {
      if (error) this.faults.push(`closed: ${error}`);
      this.closed += 1;
      setImmediate(() => this.cable.subscribe(this.channel));
    });
  }

  has(stream, n) {
    return this.last.get(stream) === n;
  }
}

const publicStream = (cable) => cable.streamFrom('s');
const chat = (cable) => cable.subscribeTo('ChatChannel');

/** Clients behind a wire that is about to break, each of which has the first message of each stream. */
async function followers(t, daemon, {streams, subscribe, count = clients, mean}) {
  const random = randomOf(seed);
  const proxy = await startCuttingProxy(t, daemon.port, {mean, random});
  const all = Array.from({length: count}, () => new Follower(t, proxy.port, {random, subscribe}));
  await within(Promise.all(all.map(({channel}) => channel.ensureSubscribed())), 'all subscriptions', {ms: 30_000 * slack});
  const publisher = new Publisher(t, daemon, streams);
  for (const _ of streams) await publisher.next();
  await publisher.arrived(all);
  for (const each of all) each.notFound = 0; // nothing was kept of the time before the first follower
  return {all, proxy, publisher};
}

/** Publishes 1, 2, 3 … to each of its streams in turn. */
class Publisher {
  #turn = 0;

  constructor(t, daemon, streams) {
    Object.assign(this, {daemon, streams, agent: keepAlive(t), counts: new Map(streams.map((stream) => [stream, 0]))});
  }

  async next() {
    const stream = this.streams[this.#turn++ % this.streams.length];
    const n = this.counts.get(stream) + 1;
    await this.daemon.publish(stream, {stream, n}, {agent: this.agent});
    this.counts.set(stream, n);
  }

  arrived(all) {
    const isComplete = (each) => each.faults.length > 0 || this.streams.every((stream) => each.has(stream, this.counts.get(stream)));
    return eventually('the last message at all clients', () => all.every(isComplete), {
      ms: 30_000 * slack,
      detail: () => JSON.stringify(all.filter((each) => !isComplete(each)).slice(0, 5).map(({last, cable}) => [...last, cable.state])),
    });
  }
}

/** Messages flow and connections break for some seconds; nobody misses anything, or gets anything twice. */
async function survives(t, daemon, how) {
  const {all, proxy, publisher} = await followers(t, daemon, {mean: 1200 * slack, ...how});
  proxy.cuts = true;
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end && all.every(({faults}) => faults.length === 0)) {
    await publisher.next();
    await new Promise((resolve) => setTimeout(resolve, pause)); // the rate of the publications
  }
  proxy.cuts = false;
  await publisher.next();
  await publisher.arrived(all);
  const faults = all.flatMap((each, at) => each.faults.map((fault) => `client ${at}: ${fault}`));
  assert.deepEqual(faults.slice(0, 10), [], `${faults.length} faults, seed ${seed}`);
  assert.equal(all.reduce((sum, {notFound}) => sum + notFound, 0), 0, 'nobody is told that it has missed something');
  const returns = all.reduce((sum, {comesBack}) => sum + comesBack, 0);
  assert.ok(returns >= all.length, `only ${returns} came back`);
  const replayed = await daemon.metric('ability_history_replayed_total');
  assert.ok(replayed > 0);
  t.diagnostic(`${all.length} clients, ${[...publisher.counts.values()]} messages, ${proxy.broken} cuts, ${returns} returns, ${replayed} replayed, `
    + `${all.reduce((sum, {closed}) => sum + closed, 0)} channels closed by the library`);
}

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
