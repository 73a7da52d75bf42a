// Logs and sessions in Redis (--broker redis): unmodified @anycable/core at two nodes, whose connections break all the time
// while messages flow, and nodes and Redis end and come back: each client's list is 1, 2, 3 … to the last one.
//
// By hand for longer: ./dev soak, or ABILITY_RESUME_SECONDS=600 ABILITY_RESUME_SEED=7 node --test reliable/redis_resume.test.mjs
// Labels: hardened
import {test} from 'node:test';
import {follow} from '../support/app_script.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually, slack} from '../support/deadline.mjs';
import {request} from '../support/http.mjs';
import {startHttpApp} from '../support/http_app.mjs';
import {startRedis} from '../support/redis.mjs';
import {chat, clients, publicStream, survives} from '../support/resuming.mjs';

/** Nodes that share one Redis, and take clients and publications in turn. */
class Fleet {
  published = 0;
  #turn = 0;

  constructor(t, args) {
    Object.assign(this, {t, args, nodes: []});
  }

  async start(count) {
    for (let at = 0; at < count; at += 1) this.nodes.push(await startDaemon(this.t, this.args));
    for (const node of this.nodes) await this.#reachesRedis(node);
  }

  #reachesRedis(node) {
    return eventually('Redis to be reached', async () => (
      JSON.parse((await request(`${node.url}/health/ready`)).body).degraded.length === 0));
  }

  /** The port of one of the nodes that are there, by a number from 0 to below 1. */
  portOf(chance) {
    return this.nodes[Math.floor(chance * this.nodes.length)].port;
  }

  /** Publishes once, at whichever node takes it: what was refused or not answered is published again under its key. */
  publish(stream, data) {
    return eventually('a node that takes a publication', async () => {
      const node = this.nodes[this.#turn++ % this.nodes.length];
      const headers = {'idempotency-key': `${stream}-${data.n}`};
      const answer = await node.post({stream, data: JSON.stringify(data)}, {headers}).catch((error) => ({body: error.message}));
      if (answer.status !== 201) return false;
      this.published += 1;
      return true;
    }, {ms: 20_000 * slack});
  }

  async metric(name) {
    const all = await Promise.all(this.nodes.map((node) => node.metric(name)));
    return all.reduce((sum, value) => sum + value, 0);
  }

  /** Ends the node that was started first by `end`, while the others go on, and starts it again. */
  async replace(end) {
    const node = this.nodes.shift();
    await end(node);
    const next = await startDaemon(this.t, this.args, {port: node.port});
    await this.#reachesRedis(next);
    this.nodes.push(next);
  }
}

async function startFleet(t, args, redisArgs = []) {
  const redis = await startRedis(t, redisArgs);
  const fleet = new Fleet(t, ['--broker', 'redis', '--redis-url', redis.url, '--history-limit', '2000', '--lanes', '2', ...args]);
  await fleet.start(2);
  return {redis, fleet};
}

test('clients of two nodes lose nothing, and get nothing twice', async (t) => {
  const {fleet} = await startFleet(t, ['--public']);
  await survives(t, fleet, {streams: ['s'], subscribe: publicStream});
});

test('clients of an application lose nothing while nodes are drained, killed and started again', async (t) => {
  const app = await startHttpApp(t, {subscribe: follow('a', 'b')});
  const {fleet} = await startFleet(t, ['--rpc-host', app.url, '--broadcast-key', 'none', '--disconnect-mode', 'never']);
  await survives(t, fleet, {streams: ['a', 'b'], subscribe: chat, disturb: async (goesOn) => {
    let count = 0;
    for (; goesOn(); count += 1) await fleet.replace((node) => (count % 2 === 0 ? node.stop() : node.crash()));
    return count;
  }});
});

// A client that asks for its history while Redis is away for too long is told that it has missed something.
test('clients lose nothing silently while Redis is killed and comes back with its data', async (t) => {
  const {redis, fleet} = await startFleet(t, ['--public'], ['--appendonly', 'yes', '--appendfsync', 'always']);
  await survives(t, fleet, {streams: ['s'], subscribe: publicStream, count: Math.min(clients, 50), mayMiss: ['s'], disturb: async (goesOn) => {
    let count = 0;
    for (; goesOn(); count += 1) {
      await redis.kill();
      await redis.start();
      const before = fleet.published;
      await eventually('publications behind the restart', () => !goesOn() || fleet.published > before + 50, {ms: 20_000 * slack});
    }
    return count;
  }});
});
