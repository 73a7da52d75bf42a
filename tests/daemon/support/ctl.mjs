// abilityctl as a process of its own, and a node that it can talk to.
import assert from 'node:assert/strict';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {Program} from './program.mjs';

const beside = fileURLToPath(new URL('../../../build', import.meta.url));
const binary = path.resolve(process.env.ABILITYCTL ?? path.join(beside, 'abilityctl'));
const programs = path.resolve(process.env.ABILITY_EXAMPLES ?? beside);

function start(t, file, args, env) {
  const program = new Program(t, file, args, env);
  for (const name of ['stdout', 'stderr']) {
    program[name] = '';
    program.process[name].setEncoding('utf8').on('data', (text) => { program[name] += text; });
  }
  /** How it ends, and all that it has said. */
  program.outcome = async (options) => {
    const code = await program.exitCode(options);
    return {code, stdout: program.stdout, stderr: program.stderr};
  };
  program.signal = (name) => program.process.kill(name);
  return program;
}

/** Starts abilityctl for test `t`. With `terminal` = {columns, rows} it runs on one; what it is told are keys then. */
export function startCtl(t, args, {env, terminal} = {}) {
  if (!terminal) return start(t, binary, args, env);
  const command = [binary, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const {columns, rows} = terminal;
  return start(t, 'script', ['-qefc', `stty cols ${columns} rows ${rows}; exec ${command}`, '/dev/null'],
    {TERM: 'xterm', ...env});
}

/** Runs abilityctl to its end. */
export function ctl(t, args, options) {
  return startCtl(t, args, options).outcome();
}

/** The JSON that abilityctl prints, which must be one line. */
export async function ctlJson(t, args, options) {
  const {code, stdout, stderr} = await ctl(t, [...args, '--json'], options);
  assert.equal(code, 0, stderr);
  assert.equal(stdout.split('\n').length, 2, stdout);
  return JSON.parse(stdout);
}

/** Runs abilityctl, which must fail and say so in the words of `told`; hands out what it said. */
export async function ctlFails(t, args, told, options) {
  const {code, stdout, stderr} = await ctl(t, args, options);
  assert.equal(code, 1, `${args}: ${stdout} ${stderr}`);
  assert.match(stderr, told);
  assert.equal(stdout, '');
  return stderr;
}

/** Starts one of the examples. */
export function startExample(t, name, args, env) {
  return start(t, path.join(programs, name), args, env);
}

/** A node that says what a test's script has it say; see tests/abilityctl/fake_node.cpp. What is no text becomes JSON. */
export async function startFakeNode(t, script, tls = []) {
  const text = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
  const answers = Object.fromEntries(Object.entries(script.answers ?? {})
    .map(([verb, given]) => [verb, [given].flat().map(text)]));
  const feed = (script.feed ?? []).map(([kind, value]) => [kind, text(value)]);
  const node = start(t, path.join(programs, 'fake_node'), [JSON.stringify({...script, answers, feed}), ...tls]);
  node.port = Number(await node.next('the port of the fake node'));
  node.address = `127.0.0.1:${node.port}`;
  /** The next question that it got: [verb, arguments]. */
  node.nextQuestion = async () => {
    const line = await node.next('a question');
    const at = line.indexOf(' ');
    return [line.slice(0, at), JSON.parse(line.slice(at + 1))];
  };
  return node;
}
