// abilityctl as a process of its own, and the node that it talks to.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {defer, killAtExit} from './cleanup.mjs';
import {within} from './deadline.mjs';
import {Inbox} from './inbox.mjs';

const beside = fileURLToPath(new URL('../../../build', import.meta.url));
const binary = path.resolve(process.env.ABILITYCTL ?? path.join(beside, 'abilityctl'));
const programs = path.resolve(process.env.ABILITY_EXAMPLES ?? beside);

/** A program whose lines can be awaited. `lines` are of standard output. */
class Program {
  lines = new Inbox();
  stdout = '';
  stderr = '';

  constructor(file, args, env, {stdin = 'pipe'} = {}) {
    this.process = killAtExit(spawn(file, args, {env, stdio: [stdin, 'pipe', 'pipe']}));
    this.process.stdin?.on('error', () => {});
    this.process.stdout.setEncoding('utf8').on('data', (text) => { this.stdout += text; });
    this.process.stderr.setEncoding('utf8').on('data', (text) => { this.stderr += text; });
    createInterface({input: this.process.stdout}).on('line', (line) => this.lines.push(line));
    this.exited = new Promise((resolve, reject) => {
      this.process.once('error', reject);
      this.process.once('close', (code, signal) => {
        this.lines.close(`it ended with ${code ?? signal}: ${this.stderr}`);
        resolve({code, signal, stdout: this.stdout, stderr: this.stderr});
      });
    });
  }

  waitForExit(options) {
    return within(this.exited, 'the end of the program', {detail: () => `${this.stdout}\n${this.stderr}`, ...options});
  }

  signal(name) {
    this.process.kill(name);
  }

  async kill() {
    this.process.kill('SIGKILL');
    await this.waitForExit();
  }
}

function start(t, file, args, env, options) {
  const program = new Program(file, args, env, options);
  defer(t, () => program.kill());
  return program;
}

/** Starts abilityctl for test `t`. With `terminal` = {columns, rows} it runs on one; its keys are `process.stdin`. */
export function startCtl(t, args, {env = {}, terminal} = {}) {
  const {columns, rows} = terminal ?? {};
  if (!terminal) return start(t, binary, args, env);
  const command = [binary, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  return start(t, 'script', ['-qefc', `stty cols ${columns} rows ${rows}; exec ${command}`, '/dev/null'],
    {PATH: process.env.PATH, TERM: 'xterm', ...env});
}

/** Runs abilityctl to its end. */
export function ctl(t, args, options) {
  return startCtl(t, args, options).waitForExit();
}

/** The JSON that abilityctl prints, which must be one line. */
export async function ctlJson(t, args, options) {
  const {code, stdout, stderr} = await ctl(t, [...args, '--json'], options);
  assert.equal(code, 0, stderr);
  assert.equal(stdout.split('\n').length, 2, stdout);
  return JSON.parse(stdout);
}

/** One of the examples. */
export function startExample(t, name, args, env = {}) {
  return start(t, path.join(programs, name), args, env);
}

/** A node that says what a test's script has it say; see tests/ctl/fake_node.cpp. Values that are no text become JSON. */
export async function startFakeNode(t, script, tls = []) {
  const text = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
  const answers = Object.fromEntries(Object.entries(script.answers ?? {})
    .map(([verb, given]) => [verb, [given].flat().map(text)]));
  const feed = (script.feed ?? []).map(([kind, value]) => [kind, text(value)]);
  const node = start(t, path.join(programs, 'fake_node'), [JSON.stringify({...script, answers, feed}), ...tls], {});
  node.port = Number(await node.lines.next('the port of the fake node'));
  node.address = `127.0.0.1:${node.port}`;
  /** The next question that it got: [verb, arguments]. */
  node.nextQuestion = async () => {
    const line = await node.lines.next('a question');
    const at = line.indexOf(' ');
    return [line.slice(0, at), JSON.parse(line.slice(at + 1))];
  };
  return node;
}
