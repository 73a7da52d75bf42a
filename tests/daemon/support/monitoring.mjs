// Programs that attach to a node as monitors, by plain CAF: tests/daemon/hostile_program.cpp.
import assert from 'node:assert/strict';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {Program} from './program.mjs';

const beside = fileURLToPath(new URL('../../../build/hostile_program', import.meta.url));
const file = path.resolve(process.env.ABILITY_HOSTILE_PROGRAM ?? beside);

/** A program in `mode` at `port`, which has attached. */
export async function startProgram(t, mode, port) {
  const program = new Program(t, file, [mode, String(port)]);
  await program.nextLike(/^attached$/);
  return program;
}

/** The JSON of a line that begins with `word`. */
export function jsonOf(line, word) {
  assert.ok(line.startsWith(`${word} `), line);
  return JSON.parse(line.slice(word.length + 1));
}

/** A program that asks what a test wants to know, and stays attached. */
export async function startAsking(t, port) {
  const program = await startProgram(t, 'serve', port);
  program.ask = async (verb, args = {}) => {
    program.tell(`${verb} ${JSON.stringify(args)}`);
    return jsonOf(await program.next(`the answer to ${verb}`), 'answer');
  };
  return program;
}
