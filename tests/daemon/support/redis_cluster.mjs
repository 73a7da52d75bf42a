// A Redis Cluster of a test's own.
import {eventually} from './deadline.mjs';
import {freePort} from './ports.mjs';
import {startRedis} from './redis.mjs';

const slots = 16_384;

export class RedisCluster {
  constructor(masters, replicas) {
    this.masters = masters;
    this.replicas = replicas; // of the masters, in their order
  }

  /** What clients name, with TLS if the servers speak it, and with the login `user:password` if it is given. */
  urlFor(login, host = '127.0.0.1') {
    const [{tlsPort}] = this.masters;
    const places = this.all.map((each) => `${host}:${each.tlsPort ?? each.port}`).join(',');
    return `${tlsPort ? 'rediss' : 'redis'}+cluster://${login ? `${login}@` : ''}${places}`;
  }

  get all() {
    return [...this.masters, ...this.replicas];
  }

  get url() {
    return this.urlFor();
  }

  async slotOf(key) {
    return this.masters[0].command('CLUSTER', 'KEYSLOT', key);
  }

  /** The master that has `slot`, as the first server that answers tells. */
  async masterOf(slot) {
    for (const asked of this.all) {
      const map = await asked.command('CLUSTER', 'SLOTS').catch(() => null);
      const range = map?.find(([first, last]) => first <= slot && slot <= last);
      if (range) return this.all.find(({port}) => port === range[2][1]);
    }
    throw new Error(`nobody has slot ${slot}`);
  }

  /** Waits until all servers that are alive agree that all slots are served. */
  async settled(alive = this.all) {
    await eventually('a cluster that is settled', async () => {
      const maps = new Set();
      for (const each of alive) {
        const info = await each.command('CLUSTER', 'INFO');
        if (!info.includes('cluster_state:ok')) return false;
        const map = await each.command('CLUSTER', 'SLOTS');
        maps.add(JSON.stringify(map.map(([first, last, master]) => [first, last, master[1]]).sort()));
      }
      return maps.size === 1;
    }, {ms: 60_000});
  }

  /** Begins to move `slot`: what it has stays, what is new goes to `to`. */
  async beginMove(slot, from, to) {
    await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
    await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
  }

  /** Moves up to `count` keys of `slot`, and hands out how many are left. */
  async moveKeys(slot, from, to, count = 1000) {
    const keys = await from.command('CLUSTER', 'GETKEYSINSLOT', slot, count);
    if (keys.length > 0) await from.command('MIGRATE', '127.0.0.1', to.tlsPort ?? to.port, '', 0, 5000, ...(to.login ?? []), 'KEYS', ...keys);
    return from.command('CLUSTER', 'COUNTKEYSINSLOT', slot);
  }

  async endMove(slot, from, to) {
    while (await this.moveKeys(slot, from, to) > 0);
    for (const each of [to, from, ...this.masters]) await each.command('CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
  }
}

/**
 * Starts three masters, which share the slots, and as many replicas if they are wanted.
 * `tls`: the certificate, key and authority (`ca`) by which they speak TLS, to each other, too; this helper does not.
 * `password`: that of the user `default`.
 */
export async function startRedisCluster(t, {replicas = false, tls, password, args = []} = {}) {
  const start = async () => {
    const busPort = await freePort();
    const tlsPort = tls ? await freePort() : undefined;
    const server = await startRedis(t, ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1500',
      '--cluster-port', String(busPort), '--cluster-config-file', 'nodes.conf',
      ...(tls ? ['--tls-port', String(tlsPort), '--tls-cert-file', tls.certificate, '--tls-key-file', tls.key,
        '--tls-ca-cert-file', tls.ca, '--tls-auth-clients', 'no', '--tls-cluster', 'yes', '--tls-replication', 'yes'] : []),
      ...(password ? ['--requirepass', password, '--masterauth', password] : []), ...args]);
    Object.assign(server, {busPort, tlsPort, login: password && ['AUTH', password]});
    if (password) server.authenticate(password);
    server.id = await server.command('CLUSTER', 'MYID');
    return server;
  };
  const masters = [await start(), await start(), await start()];
  const others = replicas ? [await start(), await start(), await start()] : [];
  const cluster = new RedisCluster(masters, others);
  const share = Math.ceil(slots / masters.length);
  for (const [at, each] of cluster.all.entries()) {
    await each.command('CLUSTER', 'SET-CONFIG-EPOCH', at + 1);
    if (at < masters.length) await each.command('CLUSTER', 'ADDSLOTSRANGE', at * share, Math.min((at + 1) * share, slots) - 1);
  }
  for (const each of cluster.all.slice(1)) await masters[0].command('CLUSTER', 'MEET', '127.0.0.1', each.tlsPort ?? each.port, each.busPort);
  await eventually('servers that know each other', async () => {
    for (const each of cluster.all) {
      const nodes = await each.command('CLUSTER', 'NODES');
      if (nodes.trim().split('\n').filter((line) => !line.includes('handshake')).length !== cluster.all.length) return false;
    }
    return true;
  }, {ms: 60_000});
  for (const [at, each] of others.entries()) await each.command('CLUSTER', 'REPLICATE', masters[at].id);
  await cluster.settled();
  for (const each of others) {
    await eventually('a replica in step', async () => (await each.command('INFO', 'replication')).includes('master_link_status:up'), {ms: 60_000});
  }
  return cluster;
}
