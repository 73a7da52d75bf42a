import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {defer, killAtExit} from './cleanup.mjs';
import {eventually, within} from './deadline.mjs';
import {Inbox} from './inbox.mjs';
import {freePort} from './ports.mjs';

/** Just enough of Redis' protocol to ask it something. Answers that are errors are rejected. */
class RedisClient {
  #buffer = '';
  #answers = new Inbox();

  constructor(port) {
    this.socket = net.connect({host: '127.0.0.1', port});
    this.socket.setEncoding('latin1');
    this.socket.on('error', () => {});
    this.socket.on('close', () => this.#answers.close('Redis closed the connection'));
    this.socket.on('data', (text) => {
      this.#buffer += text;
      for (let parsed; (parsed = parseReply(this.#buffer, 0)); this.#buffer = this.#buffer.slice(parsed.end)) {
        this.#answers.push(parsed.value);
      }
    });
  }

  /** `words` may be lists of words. */
  async command(...words) {
    const all = words.flat();
    let text = `*${all.length}\r\n`;
    for (const word of all) {
      const bytes = Buffer.from(String(word)).toString('latin1');
      text += `$${bytes.length}\r\n${bytes}\r\n`;
    }
    this.socket.write(text, 'latin1');
    const answer = await this.#answers.next(`Redis' answer to ${words[0]}`);
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

function parseReply(text, at) {
  const end = text.indexOf('\r\n', at);
  if (end < 0) return null;
  const line = text.slice(at + 1, end);
  const next = end + 2;
  switch (text[at]) {
    case '+': return {value: line, end: next};
    case '-': return {value: new Error(line), end: next};
    case ':': return {value: Number(line), end: next};
    case '$': {
      const length = Number(line);
      if (length < 0) return {value: null, end: next};
      if (text.length < next + length + 2) return null;
      return {value: text.slice(next, next + length), end: next + length + 2};
    }
    case '*': {
      const value = [];
      let from = next;
      for (let left = Number(line); left > 0; left -= 1) {
        const item = parseReply(text, from);
        if (!item) return null;
        value.push(item.value);
        from = item.end;
      }
      return {value, end: from};
    }
    default: throw new Error(`not a reply of Redis: ${text.slice(at, at + 40)}`);
  }
}

/** A real redis-server of this test's own, which keeps nothing. */
export class Redis {
  #client = null;
  #credentials = [];

  constructor(port, args) {
    this.port = port;
    this.args = args;
    this.folder = mkdtempSync(path.join(tmpdir(), 'ability-redis-'));
  }

  get url() {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** What this helper itself logs in with. */
  authenticate(...credentials) {
    this.#credentials = credentials;
  }

  async start() {
    let output = '';
    this.process = killAtExit(spawn('redis-server', [
      '--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no',
      '--dir', this.folder, '--daemonize', 'no', ...this.args,
    ], {stdio: ['ignore', 'pipe', 'inherit']}));
    this.exited = new Promise((resolve) => this.process.once('exit', resolve));
    const ready = new Promise((resolve, reject) => {
      this.process.once('error', reject);
      this.process.stdout.setEncoding('utf8').on('data', (text) => {
        output += text;
        if (output.includes('Ready to accept connections')) resolve();
      });
      this.exited.then((code) => reject(new Error(`redis-server ended with ${code}:\n${output}`)));
    });
    await within(ready, 'a ready redis-server', {detail: () => output});
  }

  async kill() {
    this.#client?.socket.destroy();
    this.#client = null;
    this.process.kill('SIGKILL');
    await within(this.exited, 'the end of redis-server');
  }

  async command(...words) {
    if (!this.#client || this.#client.socket.destroyed) {
      this.#client = new RedisClient(this.port);
      if (this.#credentials.length > 0) await this.#client.command('AUTH', ...this.#credentials);
    }
    return this.#client.command(...words);
  }

  /** Publishes, and hands out how many subscribers Redis gave it to. */
  publish(payload, channel = '__anycable__') {
    return this.command('PUBLISH', channel, typeof payload === 'string' ? payload : JSON.stringify(payload));
  }

  async waitForSubscriber(channel = '__anycable__', options) {
    await eventually(`a subscriber of ${channel}`, async () => {
      const [, count] = await this.command('PUBSUB', 'NUMSUB', channel);
      return count > 0;
    }, options);
  }

  async stop() {
    await this.kill();
    rmSync(this.folder, {recursive: true, force: true});
  }
}

/** Starts a redis-server for test `t`. */
export async function startRedis(t, args = []) {
  const redis = new Redis(await freePort(), args);
  defer(t, () => redis.stop());
  await redis.start();
  return redis;
}

/** Starts a Sentinel for test `t` that watches `master` under the name `main`. */
export async function startSentinel(t, master) {
  const port = await freePort();
  const folder = mkdtempSync(path.join(tmpdir(), 'ability-sentinel-'));
  const file = path.join(folder, 'sentinel.conf');
  writeFileSync(file, [
    `port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, `sentinel monitor main 127.0.0.1 ${master.port} 1`,
    'sentinel down-after-milliseconds main 500', 'sentinel failover-timeout main 5000', '',
  ].join('\n'));
  const child = killAtExit(spawn('redis-server', [file, '--sentinel'], {stdio: ['ignore', 'ignore', 'inherit']}));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  defer(t, async () => {
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, {recursive: true, force: true});
  });
  // It has found the replica, without which it fails over to none.
  await eventually('a Sentinel that knows the replica', async () => {
    const asker = new RedisClient(port);
    try {
      const replicas = await asker.command('SENTINEL', 'REPLICAS', 'main');
      return replicas.length > 0 && !replicas[0].includes('s_down,slave');
    } catch {
      return false;
    } finally {
      asker.socket.destroy();
    }
  });
  return {port};
}
