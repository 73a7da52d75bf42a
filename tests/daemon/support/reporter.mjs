// Short lines for CTest. And a file in which no test ran is an error: to node:test it would be a success.
import path from 'node:path';

export default async function* report(source) {
  let ran = 0;
  let failed = 0;
  for await (const {type, data} of source) {
    if (type === 'test:stdout' || type === 'test:stderr') yield data.message;
    if (type === 'test:diagnostic' && !/^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /.test(data.message)) {
      yield `    ${data.message}\n`;
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const time = `${Math.round(data.details.duration_ms)} ms`;
    if (type === 'test:fail') {
      failed += 1;
      const error = data.details.error?.cause ?? data.details.error;
      yield `not ok  ${data.name} (${time})\n${String(error?.stack ?? error).replace(/^/gm, '    ')}\n`;
    } else if (data.skip !== undefined) {
      yield `skipped ${data.name}\n`;
      continue;
    } else if (!path.isAbsolute(data.name)) {
      yield `ok      ${data.name} (${time})\n`;
    }
    if (!path.isAbsolute(data.name)) ran += 1;
  }
  yield `${ran} tests ran, ${failed} failed\n`;
  if (ran === 0) {
    yield 'no test ran: that is a failure\n';
    process.exitCode = 1;
  }
}
