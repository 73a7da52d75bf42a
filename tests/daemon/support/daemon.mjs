import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {readFile, readdir, writeFile} from 'node:fs/promises';
import {appendFileSync, existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {defer, killAtExit} from './cleanup.mjs';
import {eventually, patience, within} from './deadline.mjs';
import {request} from './http.mjs';
import {parseMetrics, sumOf} from './metrics.mjs';
import {freePort} from './ports.mjs';

const beside = fileURLToPath(new URL('../../../build/abilityd', import.meta.url));
export const binary = path.resolve(process.env.ABILITYD ?? beside);

/** This process' environment without what the daemon would take for an option. */
function cleanEnvironment(extra) {
  const environment = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!/^(ABILITY_|ANYCABLE_|PORT$|HOST$|REDIS_URL$|NODE_)/.test(name)) environment[name] = value;
  }
  return {...environment, ...extra};
}

/** The real binary, as its own process in an empty folder. */
export class Daemon {
  lines = [];
  host = '127.0.0.1';
  port = 0;

  /** `prefix` is a command that runs the daemon as its own process, like `ip netns exec`. */
  constructor(args, env = {}, prefix = []) {
    assert.ok(existsSync(binary), `no daemon at ${binary}: build it, or name it in ABILITYD`);
    this.args = args;
    this.folder = mkdtempSync(path.join(tmpdir(), 'abilityd-test-'));
    const [file, ...words] = [...prefix, binary, ...args];
    this.process = killAtExit(spawn(file, words, {
      cwd: this.folder,
      env: cleanEnvironment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    }));
    this.stdout = '';
    this.process.stdout.setEncoding('utf8').on('data', (text) => { this.stdout += text; });
    this.exited = new Promise((resolve, reject) => {
      this.process.once('error', reject);
      // 'close', not 'exit': by then every line it logged has been read.
      this.process.once('close', (code, signal) => resolve({code, signal}));
    });
    this.exited.then((end) => { this.end = end; }, () => {});
    createInterface({input: this.process.stderr}).on('line', (line) => {
      this.lines.push(line);
      if (process.env.ABILITY_TEST_LOG) appendFileSync(process.env.ABILITY_TEST_LOG, `${this.process.pid} ${line}\n`);
    });
  }

  get pid() {
    return this.process.pid;
  }

  get url() {
    return `http://${this.host}:${this.port}`;
  }

  get tail() {
    return `--- last lines of abilityd ${this.args.join(' ')}\n${this.lines.slice(-40).join('\n')}\n---`;
  }

  /** The first line at or after `from` that `pattern` matches. */
  waitForLog(pattern, {from = 0, ...options} = {}) {
    return eventually(`a log line like ${pattern}`, () => {
      const line = this.lines.slice(from).find((candidate) => pattern.test(candidate));
      if (line === undefined && this.end) throw new Error(`abilityd ended (${JSON.stringify(this.end)})\n${this.tail}`);
      return line;
    }, {detail: () => this.tail, ...options});
  }

  async waitUntilReady() {
    const line = await this.waitForLog(/\bready\b.*port\b/);
    const port = line.startsWith('{') ? JSON.parse(line).port : /\bport=(\d+)/.exec(line)?.[1];
    this.port = Number(port);
    assert.ok(this.port > 0, `no port in: ${line}`);
    return this;
  }

  waitForExit(options) {
    return within(this.exited, 'the end of abilityd', {detail: () => this.tail, ...options});
  }

  signal(name) {
    // A second one would end it at once, and with an error.
    if (name === 'SIGTERM' || name === 'SIGINT') this.isEnding = true;
    this.process.kill(name);
  }

  /** Stops it until SIGCONT. Returns once all threads have stopped: on a busy machine some run on behind SIGSTOP. */
  async freeze() {
    this.signal('SIGSTOP');
    const threads = `/proc/${this.process.pid}/task`;
    await eventually('all threads to stop', async () => {
      const all = await Promise.all((await readdir(threads)).map((each) => readFile(`${threads}/${each}/stat`, 'utf8')));
      return all.every((text) => text[text.lastIndexOf(')') + 2] === 'T');
    });
  }

  /** Ends it without a word, as the kernel would. */
  async crash() {
    this.process.kill('SIGKILL');
    await this.waitForExit();
  }

  /** A regular end: whatever a test did, the daemon still obeys and owes nothing (a leak, under ASan, is exit 1). */
  async stop() {
    if (!this.end) {
      if (!this.isEnding) this.signal('SIGTERM');
      const end = await this.waitForExit().catch(async (error) => {
        await this.crash();
        throw error;
      });
      assert.deepEqual(end, {code: 0, signal: null}, `abilityd did not end well\n${this.tail}`);
    }
    rmSync(this.folder, {recursive: true, force: true});
  }

  /** One POST to the broadcast endpoint; `body` may be text or a publication. */
  post(body, {headers = {}, ...options} = {}) {
    return request(`${this.url}/_broadcast`, {
      method: 'POST',
      headers: {'content-type': 'application/json', ...headers},
      body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      ...options,
    });
  }

  /** Publishes `data` (a text is taken as it is) to `stream`, and insists that it was accepted. */
  async publish(stream, data, {meta, ...options} = {}) {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    const answer = await this.post({stream, data: text, ...(meta && {meta})}, options);
    assert.equal(answer.status, 201, answer.body);
  }

  async metrics() {
    const answer = await request(`${this.url}/metrics`);
    assert.equal(answer.status, 200);
    return parseMetrics(answer.body);
  }

  async metric(name) {
    const value = sumOf((await this.metrics()).samples, name);
    assert.notEqual(value, undefined, `/metrics has no ${name}`);
    return value;
  }

  /** Waits until metric `name` is `expected` (a number, or a predicate). */
  waitForMetric(name, expected, options = {}) {
    let last;
    const fits = typeof expected === 'function' ? expected : (value) => value === expected;
    return eventually(`${name} to be ${expected}`, async () => {
      last = await this.metric(name);
      return fits(last);
    }, {detail: () => `it is ${last}\n${this.tail}`, ...options});
  }

  /** Resident memory in bytes. */
  async memory() {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) * 1024;
  }

  /** From now on the most that was resident counts for `peak`. */
  async resetPeak() {
    await writeFile(`/proc/${this.pid}/clear_refs`, '5');
  }

  /** The most memory that was resident, in bytes. */
  async peak() {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)[1]) * 1024;
  }

  /** Open descriptors. */
  async descriptors() {
    return (await readdir(`/proc/${this.pid}/fd`)).length;
  }
}

/** Starts abilityd for test `t` on a free port of the loopback, or of `host`; ready when this resolves. */
export async function startDaemon(t, args = [], {host = '127.0.0.1', port, env, prefix} = {}) {
  // Clients that are still there are sent away evenly over this time, which a test's end is not to take.
  const patience = args.includes('--shutdown-timeout') ? [] : ['--shutdown-timeout', '5'];
  const daemon = new Daemon(['--host', host, '--port', String(port ?? await freePort()), ...patience, ...args], env, prefix);
  daemon.host = host;
  defer(t, async () => {
    if (t.passed === false) console.error(daemon.tail);
    await daemon.stop();
  });
  return daemon.waitUntilReady();
}

/** Runs abilityd to its end: for options that are wrong, or only print something. */
export async function runDaemon(args, {env} = {}) {
  const daemon = new Daemon(args, env);
  const {code, signal} = await daemon.waitForExit({ms: patience});
  rmSync(daemon.folder, {recursive: true, force: true});
  return {code, signal, stdout: daemon.stdout, stderr: daemon.lines.join('\n')};
}
