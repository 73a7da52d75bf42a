// Load tests, as a user runs them.
import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {defer} from './cleanup.mjs';
import {startCtl} from './ctl.mjs';
import {patience} from './deadline.mjs';

/** The path of a scenario that comes with abilityctl. */
export function readyScenario(name) {
  return fileURLToPath(new URL(`../../load/scenarios/${name}.json`, import.meta.url));
}

/** An empty folder, for the time of the test. */
export function folderOf(t) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ability-load-'));
  defer(t, () => rmSync(folder, {recursive: true, force: true}));
  return folder;
}

/** Writes a scenario, or a text that is none; hands out the path. */
export function writeScenario(t, scenario) {
  const file = path.join(folderOf(t), 'scenario.json');
  writeFileSync(file, typeof scenario === 'string' ? scenario : JSON.stringify(scenario));
  return file;
}

/** Clients that follow one stream, and one that publishes to it when all are in. */
export function fanOut({clients = 20, steps = [], publish = {times: 10}, assert: asserted = {}, ...more} = {}) {
  return {
    name: 'fan-out',
    streams: {news: 'news'},
    clients: [
      {name: 'followers', count: clients,
        steps: [{connect: {}}, {subscribe: {to: 'news'}}, {meet: 'all are in'}, ...steps]},
      {name: 'publisher', steps: [{meet: 'all are in'}, {publish: {to: 'news', ...publish}}]},
    ],
    assert: {lost: 0, duplicates: 0, out_of_order: 0, refused: 0, failed_clients: 0, ...asserted},
    ...more,
  };
}

/** Starts `abilityctl load`; `scenario` is an object, or the path of a file. */
export function startLoad(t, scenario, args = [], options) {
  const file = typeof scenario === 'string' ? scenario : writeScenario(t, scenario);
  return startCtl(t, ['load', file, ...args], options);
}

/** Runs it to its end and hands out how it ended and its report. */
export async function load(t, scenario, args = [], options) {
  const {code, stdout, stderr} = await startLoad(t, scenario, [...args, '--json'], options).outcome({ms: 6 * patience});
  assert.ok(stdout.startsWith('{'), `${code}: ${stdout}${stderr}`);
  return {code, stderr, report: JSON.parse(stdout)};
}

/**
 * Runs it, and insists that all assertions held. A machine that is busy with other tests may make the generator the
 * bottleneck, which says nothing of what came of the messages.
 */
export async function loadHolds(t, scenario, args, options) {
  const {code, report, stderr} = await load(t, scenario, args, options);
  const broken = report.assertions.filter((each) => !each.held);
  assert.deepEqual(broken, [], JSON.stringify(report.groups));
  assert.equal(code, report.outcome === 'generator_limited' ? 3 : 0, `${report.headline} ${report.notes} ${stderr}`);
  return report;
}

/** What the clients of a group met, as the report tells it. */
export function troublesOf(report, group = 'followers') {
  return report.groups.find((each) => each.name === group).troubles;
}

export function readReport(file) {
  return readFileSync(file, 'utf8');
}
