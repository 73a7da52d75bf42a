// Three nodes are restarted one after the other, while clients follow and come back, and publications go on.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Cable} from '../support/cable.mjs';
import {defer} from '../support/cleanup.mjs';
import {publisher, startCluster, timesLogged} from '../support/cluster.mjs';
import {eventually, slack, within} from '../support/deadline.mjs';
import {request} from '../support/http.mjs';

/** A client that comes back, to another node if need be. It keeps, for each of its sessions, what it heard when. */
class Returning {
  sessions = [];
  stopped = false;

  constructor(nodes, first, published) {
    this.nodes = nodes;
    this.at = first;
    this.published = published;
    this.done = this.#run();
  }

  async #run() {
    while (!this.stopped) {
      const node = this.nodes[this.at % this.nodes.length];
      try {
        await this.#session(node);
      } catch {
        // Nobody there: the next one.
      }
      this.at += 1;
      // Clients do not come back all at the same moment.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async #session(node) {
    const cable = new Cable(`${node.url.replace(/^http/, 'ws')}/cable`, {tolerant: true});
    this.cable = cable;
    try {
      await within(cable.opened, 'the upgrade');
      assert.equal((await cable.next()).type, 'welcome');
      await cable.subscribe('s');
      // What is published from now on must come.
      const session = {begun: [...this.published], heard: []};
      this.sessions.push(session);
      for (;;) {
        const frame = await cable.next('a message', {ms: 60_000 * slack});
        if (frame.type === 'disconnect') break;
        session.heard.push(frame.message);
      }
    } finally {
      cable.socket.terminate();
    }
  }

  stop() {
    this.stopped = true;
    this.cable.socket.terminate();
    return this.done;
  }
}

test('a rolling restart loses nothing for clients that stay, and is counted for those that move', {timeout: 170_000}, async (t) => {
  const cluster = await startCluster(t, ['a', 'b', 'c'], {args: ['--shutdown-timeout', '5']});
  const names = cluster.nodes.map(({name}) => name);
  // Per node, how many publications were offered to it: each carries its number, and numbers of one node keep their order.
  const published = names.map(() => 0);
  const refused = names.map(() => 0);
  const accepted = names.map(() => []);
  const clients = Array.from({length: 12}, (_, at) => new Returning(cluster.nodes, at, published));
  defer(t, () => Promise.all(clients.map((client) => client.stop())));
  await eventually('all clients', () => clients.every((client) => client.sessions.length > 0));

  // A publisher for each node, as a load balancer would have it: only while the node says that it is ready.
  let stopped = false;
  const publishing = names.map(async (name, at) => {
    for (let number = 0; !stopped;) {
      const node = cluster.nodes[at];
      try {
        const {status} = await request(`${node.url}/health`);
        if (status !== 200) throw new Error('not ready');
        published[at] = number + 1;
        await node.publish('s', JSON.stringify({from: at, number}));
        accepted[at].push(number);
      } catch {
        refused[at] += 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      number = published[at];
    }
  });

  /** The number that client heard last of that node. */
  const lastHeard = (client, at) => client.sessions.at(-1).heard.findLast(({from}) => from === at)?.number ?? -1;
  /** Waits until each client has heard of each node much that was accepted there after now. */
  const settled = () => {
    const marks = accepted.map((numbers) => (numbers.at(-1) ?? -1) + 100);
    return eventually('messages from all to all', () => (
      clients.every((client) => marks.every((mark, at) => lastHeard(client, at) > mark))), {ms: 20_000 * slack});
  };
  await settled();
  for (const node of [...cluster.nodes]) {
    await node.stop();
    // Given all addresses, none has to wait until somebody dials it.
    await cluster.startAgain(node, {join: cluster.nodes.filter((other) => other !== node)});
    await cluster.settle();
    await settled();
  }
  stopped = true;
  await Promise.all(publishing);
  await eventually('the last messages', () => (
    clients.every((client) => accepted.every((numbers, at) => lastHeard(client, at) >= numbers.at(-1)))));

  let [moves, away, holes] = [0, 0, 0];
  for (const client of clients) {
    const everHeard = names.map(() => new Set());
    for (const {begun, heard} of client.sessions) {
      const numbers = names.map(() => new Set());
      const last = names.map(() => -1);
      for (const {from, number} of heard) {
        assert.ok(number > last[from], `number ${number} of ${names[from]} came behind ${last[from]}`);
        last[from] = number;
        numbers[from].add(number);
        everHeard[from].add(number);
      }
      // Within a session, from its confirmation to the last that was heard of that node: all of them.
      for (const [from, all] of accepted.entries()) {
        holes += all.filter((number) => number >= begun[from] && number < last[from] && !numbers[from].has(number)).length;
      }
    }
    moves += client.sessions.length - 1;
    for (const [from, all] of accepted.entries()) away += all.filter((number) => !everHeard[from].has(number)).length;
  }
  const total = accepted.reduce((sum, numbers) => sum + numbers.length, 0);
  t.diagnostic(`${total} accepted, ${refused} tries refused, ${clients.length} clients moved ${moves} times`);
  t.diagnostic(`${away - holes} not heard by clients that were between two nodes, ${holes} lost on links`);
  assert.ok(moves >= clients.length, 'each had to move');
  assert.equal(holes, 0, 'whoever stayed connected has all that was accepted');
  for (const node of cluster.nodes) for (const {name} of cluster.nodes) {
    assert.ok(timesLogged(node, 'joined', name) <= 2, node.tail);
  }
});
