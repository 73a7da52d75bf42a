// Hosts of this test's own: network namespaces that a bridge connects. Root only.
import {execFileSync} from 'node:child_process';
import {defer} from './cleanup.mjs';

const run = (...args) => execFileSync('ip', args, {stdio: 'pipe'});
const tag = (process.pid % 46_656).toString(36).padStart(3, '0');

/** Why there can be no namespaces here; false if there can. */
export function whyNoNamespaces() {
  if (process.getuid() !== 0) return 'network namespaces need root';
  try {
    run('netns', 'add', `probe${tag}`);
    run('netns', 'del', `probe${tag}`);
    run('link', 'add', `pr${tag}`, 'type', 'bridge');
    run('link', 'del', `pr${tag}`);
    return false;
  } catch (error) {
    return `no network namespaces: ${error.stderr ?? error.message}`;
  }
}

/** Makes a network: each of `count` hosts has an `address`, where the others reach it, a `control` address, where only
    the test does, and a `prefix` for commands that run there. */
export function makeNetwork(t, count) {
  const bridge = `br${tag}`;
  const net = `10.${100 + (process.pid % 100)}`;
  run('netns', 'add', `sw${tag}`);
  defer(t, () => run('netns', 'del', `sw${tag}`));
  const inSwitch = (...args) => run('-n', `sw${tag}`, ...args);
  inSwitch('link', 'add', bridge, 'type', 'bridge');
  inSwitch('link', 'set', bridge, 'up');
  return Array.from({length: count}, (_, at) => {
    const name = `h${at}${tag}`;
    const port = `p${at}${tag}`;
    const control = `c${at}${tag}`;
    run('netns', 'add', name);
    defer(t, () => run('netns', 'del', name));
    const inside = (...args) => run('-n', name, ...args);
    inside('link', 'set', 'lo', 'up');
    inside('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', port, 'netns', `sw${tag}`);
    inSwitch('link', 'set', port, 'master', bridge, 'up');
    inside('addr', 'add', `${net}.0.${at + 1}/24`, 'dev', 'eth0');
    inside('link', 'set', 'eth0', 'up');
    run('link', 'add', control, 'type', 'veth', 'peer', 'name', 'eth1', 'netns', name);
    run('addr', 'add', `${net}.${at + 1}.1/30`, 'dev', control);
    run('link', 'set', control, 'up');
    inside('addr', 'add', `${net}.${at + 1}.2/30`, 'dev', 'eth1');
    inside('link', 'set', 'eth1', 'up');
    return {
      address: `${net}.0.${at + 1}`,
      control: `${net}.${at + 1}.2`,
      prefix: ['ip', 'netns', 'exec', name],
      /** Its cable is pulled at the switch: what it sends goes nowhere, and nobody is told. */
      unplug: () => inSwitch('link', 'set', port, 'nomaster'),
      plug: () => inSwitch('link', 'set', port, 'master', bridge),
    };
  });
}
