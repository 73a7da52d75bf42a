// Each relative link of a document leads to a file, and to a heading where it names one. README stays a page that is read at once.
// Run by: ctest --test-dir build -R '^links$', or node --test tests/links_test.mjs
import assert from 'node:assert/strict';
import {existsSync, readFileSync, readdirSync, statSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const skipped = ['.git', 'build', 'node_modules'];

function documentsIn(folder) {
  return readdirSync(path.join(root, folder), {withFileTypes: true}).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) return skipped.includes(entry.name) ? [] : documentsIn(name);
    return entry.name.endsWith('.md') ? [name] : [];
  });
}

/** The lines of a document that are prose: neither indented nor fenced code. */
function proseOf(document) {
  let fenced = false;
  return readFileSync(path.join(root, document), 'utf8').split('\n').filter((line) => {
    if (line.startsWith('```')) fenced = !fenced;
    return !fenced && !line.startsWith('    ');
  });
}

/** The anchors that GitHub makes of the headings of a document. */
function anchorsOf(document) {
  const seen = new Map();
  return proseOf(document).filter((line) => /^#+ /.test(line)).map((line) => {
    const text = line.replace(/^#+ /, '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').trim().toLowerCase();
    const anchor = text.replace(/[^\p{L}\p{N}\-_ ]/gu, '').replaceAll(' ', '-');
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}

/** The relative links of a document; a link may be broken over two lines. */
function linksOf(document) {
  const text = proseOf(document).join('\n').replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ' '));
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target).filter((target) => !/^[a-z]+:/.test(target));
}

const documents = documentsIn('');

test('each relative link leads to a file and a heading that exist', () => {
  let checked = 0;
  const broken = [];
  for (const document of documents) {
    for (const link of linksOf(document)) {
      const [file, anchor] = link.split('#');
      const target = file === '' ? document : path.join(path.dirname(document), file);
      checked += 1;
      if (!existsSync(path.join(root, target))) broken.push(`${document}: ${link}: there is no ${target}`);
      else if (anchor !== undefined && !anchorsOf(target).includes(anchor)) broken.push(`${document}: ${link}: ${target} has no such heading`);
    }
  }
  assert.deepEqual(broken, []);
  assert.ok(checked > 100, `only ${checked} links found: this test does not read what it should`);
});

test('each page in docs/ is linked from README and from the list of pages', () => {
  const pages = documents.filter((document) => /^docs\/[^/]+\.md$/.test(document) && document !== 'docs/README.md');
  const fromReadme = linksOf('README.md').map((link) => link.split('#')[0]);
  const fromList = linksOf('docs/README.md').map((link) => path.join('docs', link));
  for (const page of pages) {
    assert.ok(fromReadme.includes(page), `README.md does not link ${page}`);
    assert.ok(fromList.includes(page), `docs/README.md does not link ${page}`);
  }
});

test('README has at most 12,288 bytes', () => {
  const {size} = statSync(path.join(root, 'README.md'));
  assert.ok(size <= 12_288, `${size} bytes; docs/ has room for more`);
});
