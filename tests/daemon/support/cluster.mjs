// Several real daemons that are one cluster. What they log, and what they call their metrics, stands here only.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {connectCable} from './cable.mjs';
import {defer} from './cleanup.mjs';
import {startDaemon} from './daemon.mjs';
import {eventually, slack} from './deadline.mjs';
import {keepAlive} from './http.mjs';
import {freePort} from './ports.mjs';
import {startProxy} from './proxy.mjs';

export const metric = {
  nodes: 'ability_cluster_nodes_num',
  sent: 'ability_cluster_publications_sent_total',
  received: 'ability_cluster_publications_received_total',
  lost: 'ability_cluster_publications_lost_total',
  bytesSent: 'ability_cluster_bytes_sent_total',
  bytesReceived: 'ability_cluster_bytes_received_total',
  gaps: 'ability_cluster_gaps_total',
  commands: 'ability_cluster_commands_received_total',
  refused: 'ability_tunnel_refused_total',
};

export const clusterSecret = 'what nodes tell each other';

/** How long a node that is dead or cut off may seem alive, in ms. */
export const deadWithin = 3_000;

/** The fields of a log line in text form. */
export function fieldsOf(line) {
  const fields = {};
  for (const [, key, value] of line.matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|\S+)/g)) {
    fields[key] = value.startsWith('"') ? JSON.parse(value) : value;
  }
  return fields;
}

const news = /\bnode (joined|left)\b/;
const newsOf = (what, name) => new RegExp(`\\bnode ${what}\\b.*\\bname=${name}\\b`);

/** The port that the daemon logs for `service`: cluster, monitor. */
export async function portOf(daemon, service) {
  const line = await daemon.waitForLog(new RegExp(`\\blistening\\b.*\\bserves=${service}\\b`));
  return Number(fieldsOf(line).port);
}

/** The names of the nodes that `node` is linked to, as it logs them. */
export function linkedTo(node) {
  const nameAt = new Map(); // one that takes another's name joins before the other has left
  for (const line of node.lines) {
    const what = news.exec(line)?.[1];
    if (what === 'joined') nameAt.set(fieldsOf(line).address, fieldsOf(line).name);
    if (what === 'left') nameAt.delete(fieldsOf(line).address);
  }
  return new Set(nameAt.values());
}

/** How often `node` has logged that `name` joined or left, from line `from` on. */
export function timesLogged(node, what, name, from = 0) {
  return node.lines.slice(from).filter((line) => newsOf(what, name).test(line)).length;
}

export const waitForJoined = (node, name, options) => node.waitForLog(newsOf('joined', name), options);

/** Waits until `node` logs that `name` is gone; hands out the fields of that line. */
export async function waitForLeft(node, name, options) {
  return fieldsOf(await node.waitForLog(newsOf('left', name), options));
}

/** Waits until each of `nodes` is linked to all others, and to nobody else. */
export async function waitForMesh(nodes, options) {
  const names = nodes.map((node) => node.name);
  const complete = (node) => {
    const linked = linkedTo(node);
    return linked.size === names.length - 1 && names.every((name) => name === node.name || linked.has(name));
  };
  await eventually(`${names} to be a mesh`, () => nodes.every(complete), {
    detail: () => nodes.map((node) => `${node.name} is linked to: ${[...linkedTo(node)]}\n${node.tail}`).join('\n'),
    ...options,
  });
}

/** The sockets of established connections at local port `port` of the loopback. */
export function connectionsAt(port) {
  // Node 18 takes the first short read of readFile() for the end.
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  const end = port.toString(16).toUpperCase().padStart(4, '0');
  return lines.filter((line) => new RegExp(`^ *\\d+: \\w+:${end} \\w+:\\w+ 01 `).test(line)).length;
}

/** Starts a node for test `t`. `join`: nodes, or addresses; `access`: who may do what; `args` are further options. It
    is a Daemon with the `name`, the `clusterPort` and the `address` where others reach it, and what was given, so that
    it can be restarted. */
export async function startNode(t, name, {
  join = [], access = ['--public'], args = [], secret = clusterSecret, host = '127.0.0.1', clusterPort, advertise,
  httpHost, port, env, prefix,
} = {}) {
  const addresses = join.map((each) => each.address ?? each);
  const node = await startDaemon(t, [
    ...access, '--cluster-listen', `${host}:${clusterPort ?? await freePort()}`, '--cluster-secret', secret, '--node-name', name,
    ...(addresses.length > 0 ? ['--cluster-join', addresses.join(',')] : []),
    ...(advertise ? ['--cluster-advertise', advertise] : []),
    ...args,
  ], {host: httpHost, port, env, prefix});
  node.name = name;
  node.clusterPort = await portOf(node, 'cluster');
  node.address = advertise ?? `${host}:${node.clusterPort}`;
  node.given = {join: addresses, access, args, secret, host, advertise, httpHost, env, prefix};
  return node;
}

/** Starts the node again, as it was and with the same ports, once it has ended. */
export async function startAgain(t, node, changes = {}) {
  assert.ok(node.end, `${node.name} still runs`);
  return startNode(t, node.name, {...node.given, port: node.port, clusterPort: node.clusterPort, ...changes});
}

/** SIGSTOP until `resume`, or the end of the test. */
export function freeze(t, node) {
  node.signal('SIGSTOP');
  defer(t, () => resume(node));
}

export function resume(node) {
  if (!node.end) node.signal('SIGCONT');
}

/** Nodes that form a mesh; the first is whom the others join. With `wires`, all links go through proxies. */
export class Cluster {
  nodes = [];
  #proxies = new Map();

  constructor(t, {wires = false, ...options}) {
    this.t = t;
    this.wires = wires;
    this.options = options;
  }

  async add(name, changes = {}) {
    const options = {join: this.nodes.slice(0, 1), ...this.options, ...changes};
    if (this.wires) {
      const proxy = await startProxy(this.t);
      this.#proxies.set(name, proxy);
      options.advertise = proxy.address;
    }
    const node = await startNode(this.t, name, options);
    if (this.wires) this.#proxies.get(name).target = node.clusterPort;
    this.nodes.push(node);
    return node;
  }

  /** Waits until all are linked. */
  settle(options) {
    return waitForMesh(this.nodes, options);
  }

  /** Starts a node that has ended again; it takes the place of the old one. */
  async startAgain(node, changes) {
    const again = await startAgain(this.t, node, changes);
    this.nodes[this.nodes.indexOf(node)] = again;
    return again;
  }

  /** Proxies of the wires between two nodes, whichever has dialled, each with the name of the dialler. */
  #between(one, other) {
    assert.ok(this.wires, 'a cluster with wires');
    return [[this.#proxies.get(one.name), other.name], [this.#proxies.get(other.name), one.name]];
  }

  /** Connections between the two break, now and until `heal`. */
  cut(one, other) {
    for (const [proxy, dialler] of this.#between(one, other)) proxy.cut(dialler);
  }

  /** Nothing passes between the two until `heal`, and nothing breaks. */
  stall(one, other) {
    for (const [proxy, dialler] of this.#between(one, other)) proxy.stall(dialler);
  }

  /** Connections between the two break; they may dial again at once. */
  snap(one, other) {
    for (const [proxy, dialler] of this.#between(one, other)) proxy.snap(dialler);
  }

  heal(one, other) {
    for (const [proxy, dialler] of this.#between(one, other)) proxy.heal(dialler);
  }

  /** How often the two have dialled each other. */
  dials(one, other) {
    return this.#between(one, other).reduce((sum, [proxy, dialler]) => sum + proxy.dials(dialler), 0);
  }
}

/** A cluster of nodes with these names, each linked to all others. */
export async function startCluster(t, names, options = {}) {
  const cluster = new Cluster(t, options);
  for (const name of names) await cluster.add(name);
  await cluster.settle();
  return cluster;
}

/** A client on `node` that follows `streams`. */
export async function follower(t, node, ...streams) {
  const cable = await connectCable(t, node);
  for (const stream of streams) await cable.subscribe(stream);
  return cable;
}

/** Publishes to a node on one connection. */
export function publisher(t, node) {
  const agent = keepAlive(t);
  return {
    publish: (stream, data, options) => node.publish(stream, data, {agent, ...options}),
    /** An array of publications; refused ones (too many are on their way) are tried again. */
    post: async (publications) => {
      const body = Buffer.isBuffer(publications) ? publications : JSON.stringify(publications);
      await eventually('the batch to be accepted', async () => {
        const {status, body: why} = await node.post(body, {agent});
        assert.ok(status === 201 || status === 503, `${status} ${why}`);
        return status === 201;
      }, {every: 2, ms: 60_000 * slack});
    },
  };
}

/** The next messages of `cable`, of which there must be so many. */
export async function nextMessages(cable, count) {
  const messages = [];
  while (messages.length < count) messages.push((await cable.next()).message);
  return messages;
}

/** Proves that clients of every node hear every node, once. */
export async function assertAllHearAll(t, nodes) {
  const stream = `all-${nodes.map(({name, pid}) => `${name}${pid}`).join('-')}-${performance.now()}`;
  const cables = [];
  for (const node of nodes) cables.push(await follower(t, node, stream));
  for (const node of nodes) {
    await node.publish(stream, JSON.stringify(node.name));
    for (const cable of cables) assert.equal((await cable.next(`${node.name}'s message`)).message, node.name);
  }
  for (const cable of cables) {
    await cable.expectQuiet();
    await cable.leave();
  }
}
