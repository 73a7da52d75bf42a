// Nodes that share sessions in Redis, and clients that have theirs back.
import assert from 'node:assert/strict';
import {follow} from './app_script.mjs';
import {connectCable, openCable} from './cable.mjs';
import {channel} from './channel.mjs';
import {startDaemon} from './daemon.mjs';
import {eventually} from './deadline.mjs';
import {startHttpApp} from './http_app.mjs';
import {request} from './http.mjs';
import {startRedis} from './redis.mjs';

const extended = {offered: ['actioncable-v1-ext-json']};
export const chat = channel();

/** The key of a hash: sid → session. */
export const records = 'ability:{sessions}:records';

export const startNode = (t, app, redis, ...args) => startDaemon(t, [
  '--rpc-host', app.url, '--broadcast-key', 'none', '--broker', 'redis', '--redis-url', redis.url, '--lanes', '2', ...args,
]);

const degraded = async (node) => JSON.parse((await request(`${node.url}/health/ready`)).body).degraded;

/** All lanes of the node reach Redis. */
export const reaches = (node, options) => eventually('Redis to be reached', async () => (await degraded(node)).length === 0, options);
export const misses = (node) => eventually('Redis to be missed', async () => (await degraded(node)).includes('redis'));

/** Starts nodes with an application and a Redis, or with `shared`, which is there. */
export async function start(t, {nodes = 2, args = [], script = {}, shared} = {}) {
  const redis = shared ?? await startRedis(t);
  const app = await startHttpApp(t, {subscribe: follow('s'), ...script});
  const all = [];
  for (let at = 0; at < nodes; at += 1) all.push(await startNode(t, app, redis, ...args));
  for (const each of all) await reaches(each);
  return {redis, app, nodes: all};
}

export const connect = (t, node, options = {}) => connectCable(t, node, {...extended, ...options});
export const ask = (t, node, sid, options = {}) => openCable(t, node, {...extended, path: `/cable?sid=${sid}`, ...options});

/** A client that has its session `sid` back. */
export async function comeBack(t, node, sid, ids, options) {
  const cable = await ask(t, node, sid, options);
  const welcome = await cable.next('the welcome');
  assert.deepEqual({...welcome, sid: ''}, {type: 'welcome', sid: '', restored: true, restored_ids: ids}, node.tail);
  assert.notEqual(welcome.sid, sid);
  cable.sid = welcome.sid;
  return cable;
}

/** Breaks the connection, and waits until Redis has the session. */
export async function drop(node, cable) {
  const before = await node.metric('ability_sessions_shared_total');
  cable.socket.terminate();
  await node.waitForMetric('ability_sessions_shared_total', before + 1);
}

/** Asks for what was missed behind `last`, a message; the data of all up to the confirmation. */
export async function catchUp(cable, last) {
  const streams = last ? {[last.stream_id]: {epoch: last.epoch, offset: last.offset}} : {};
  cable.send({command: 'history', identifier: chat, history: {since: Math.floor(Date.now() / 1000), streams}});
  const missed = [];
  for (;;) {
    const message = await cable.next('history');
    if (message.type === 'confirm_history') return missed;
    assert.equal(message.type, undefined, JSON.stringify(message));
    missed.push(message.message);
  }
}

/** Redis has the session with all of its subscriptions. */
export const isRegistered = (redis, sid, text = 'ChatChannel') => eventually(`the session ${sid} in Redis`, async () => (
  (await redis.command('HGET', records, sid))?.toString().includes(text)));
