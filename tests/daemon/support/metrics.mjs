/** A page in Prometheus' text format as {samples: Map of "name{labels}" → number, types: Map of name → type}. */
export function parseMetrics(text) {
  const samples = new Map();
  const types = new Map();
  for (const line of text.split('\n')) {
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (type) types.set(type[1], type[2]);
    if (line === '' || line.startsWith('#')) continue;
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (\S+)$/.exec(line);
    if (!sample) throw new Error(`not a line of Prometheus' text format: ${line}`);
    const value = sample[3] === '+Inf' ? Infinity : sample[3] === '-Inf' ? -Infinity : Number(sample[3]);
    samples.set(sample[1] + (sample[2] ?? ''), value);
  }
  return {samples, types};
}

/** The sum of all samples of one name, whatever their labels. */
export function sumOf(samples, name) {
  let sum = 0;
  let found = false;
  for (const [key, value] of samples) {
    if (key === name || key.startsWith(`${name}{`)) {
      sum += value;
      found = true;
    }
  }
  return found ? sum : undefined;
}
