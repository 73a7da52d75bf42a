// The exit status of ./dev bench. How fast anything is, no test says.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {test} from 'node:test';
import {patience} from '../support/deadline.mjs';

const beside = fileURLToPath(new URL('../../../build/ability_bench', import.meta.url));
const bench = path.resolve(process.env.ABILITY_BENCH ?? beside);

function measure(...args) {
  const {status, stdout, stderr} = spawnSync(bench, ['--quick', ...args], {encoding: 'utf8', timeout: 6 * patience});
  return {status, text: stdout + stderr};
}

test('a daemon that does not start costs its own figures and the status, not those of the others', () => {
  const {status, text} = measure('--only', 'a', '--abilityd', '/bin/false');
  assert.equal(status, 1, text);
  assert.match(text, /! abilityd: abilityd ended at once/);
  assert.match(text, /^ +bare +\d/m);
  assert.match(text, /^ +a .*not measured$/m);
});

test('a daemon that is not there is named', () => {
  const {status, text} = measure('--only', 'a', '--abilityd', '/nonexistent/abilityd');
  assert.equal(status, 1, text);
  assert.match(text, /no program \/nonexistent\/abilityd/);
});

test('scenarios of reliable streams need a daemon, too', () => {
  const {status, text} = measure('history', '--abilityd', '/nonexistent/abilityd');
  assert.equal(status, 1, text);
  for (const letter of 'rstuv') assert.match(text, new RegExp(`^${letter}\\. `, 'm'));
  assert.doesNotMatch(text, /^[ab]\. /m);
});

test('wrong usage ends before anything is measured', () => {
  for (const args of [['--only', 'z'], ['--rounds', '0'], ['--bogus']]) {
    const {status, text} = measure(...args);
    assert.ok(status > 0 && status !== 1, `${args}: ${status} ${text}`);
    assert.doesNotMatch(text, /subscribers, /, text);
  }
});
