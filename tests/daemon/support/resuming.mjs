// Unmodified clients of @anycable/core whose connections break all the time while numbers are published: each client's list
// must be 1, 2, 3 … to the last one, without a gap and without a repetition.
import assert from 'node:assert/strict';
import {createCable} from '@anycable/core';
import WebSocket from 'ws';
import {defer} from './cleanup.mjs';
import {randomOf, startCuttingProxy} from './cuts.mjs';
import {eventually, slack, within} from './deadline.mjs';
import {keepAlive} from './http.mjs';

/** For how long connections break. */
export const seconds = Number(process.env.ABILITY_RESUME_SECONDS ?? 6);
export const clients = Number(process.env.ABILITY_RESUME_CLIENTS ?? 200);
const seed = Number(process.env.ABILITY_RESUME_SEED ?? 1);
const pause = 8 * slack; // ms between two publications

/** One client of @anycable/core, and what became of each stream: the last number, and everything that is wrong. */
class Follower {
  last = new Map();
  faults = [];
  notFound = 0;
  comesBack = 0;
  closed = 0;

  toldOf = new Set();

  /** `random` decides on its delays; `subscribe` makes its channel; of streams `mayMiss` a gap that it was told is none. */
  constructor(t, port, {random, subscribe, mayMiss = []}) {
    this.cable = createCable(`ws://127.0.0.1:${port}/cable`, {
      protocol: 'actioncable-v1-ext-json', websocketImplementation: WebSocket, logLevel: 'error',
      reconnectStrategy: () => 5 + 150 * random(),
    });
    defer(t, () => this.cable.disconnect());
    this.cable.on('connect', ({reconnect}) => { this.comesBack += reconnect ? 1 : 0; });
    this.channel = subscribe(this.cable);
    this.channel.on('message', ({stream, n}) => {
      const due = (this.last.get(stream) ?? 0) + 1;
      const isTold = this.toldOf.delete(stream) && n > due;
      if (n !== due && !isTold) this.faults.push(`${stream}: ${n} instead of ${due}`);
      this.last.set(stream, n);
    });
    this.channel.on('info', ({type}) => {
      if (type !== 'history_not_found') return;
      this.notFound += 1;
      for (const stream of mayMiss) this.toldOf.add(stream);
    });
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

export const publicStream = (cable) => cable.streamFrom('s');
export const chat = (cable) => cable.subscribeTo('ChatChannel');

/** Clients behind a wire that is about to break, each of which has the first message of each stream. */
export async function followers(t, daemon, {streams, subscribe, count = clients, mean, mayMiss}) {
  const random = randomOf(seed);
  const proxy = await startCuttingProxy(t, daemon.port ?? (() => daemon.portOf(random())), {mean, random});
  const all = Array.from({length: count}, () => new Follower(t, proxy.port, {random, subscribe, mayMiss}));
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

/** Messages flow and connections break for some seconds; no client misses anything, or gets anything twice.
    `disturb`
    does more until its argument returns false, and hands out how often; with `mayMiss`, see `Follower`. */
export async function survives(t, daemon, {disturb = async () => {}, ...how}) {
  const {all, proxy, publisher} = await followers(t, daemon, {mean: 1200 * slack, ...how});
  proxy.cuts = true;
  const end = performance.now() + seconds * 1000;
  const goesOn = () => performance.now() < end && all.every(({faults}) => faults.length === 0);
  const disturbed = disturb(goesOn);
  disturbed.catch(() => {}); // looked at below
  while (goesOn()) {
    await publisher.next();
    await new Promise((resolve) => setTimeout(resolve, pause)); // the rate of the publications
  }
  const disturbances = await disturbed;
  proxy.cuts = false;
  await publisher.next();
  await publisher.arrived(all);
  const faults = all.flatMap((each, at) => each.faults.map((fault) => `client ${at}: ${fault}`));
  assert.deepEqual(faults.slice(0, 10), [], `${faults.length} faults, seed ${seed}`);
  const told = all.reduce((sum, {notFound}) => sum + notFound, 0);
  if (!how.mayMiss) assert.equal(told, 0, 'no client is told that it has missed something');
  const returns = all.reduce((sum, {comesBack}) => sum + comesBack, 0);
  assert.ok(returns >= all.length, `only ${returns} came back`);
  const replayed = await daemon.metric('ability_history_replayed_total');
  assert.ok(replayed > 0);
  t.diagnostic(`${all.length} clients, ${[...publisher.counts.values()]} messages, ${proxy.broken} cuts, ${returns} returns, ${replayed} replayed, `
    + `${all.reduce((sum, {closed}) => sum + closed, 0)} channels closed by the library`
    + (disturbances ? `, ${disturbances} times disturbed, ${told} times told of a gap` : ''));
}
