// Sources of a folder are compiled together, so a function of one source's anonymous namespace is seen by the sources behind it.
// Were it an overload of another function that they call, the compiler would choose it silently, and only in this kind of build.
// A type of one name in two files is no error for the compiler as long as no source includes both.
// Run by: ctest --test-dir build -R '^unity$', or node --test tests/unity_test.mjs
import assert from 'node:assert/strict';
import {existsSync, readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Overloaded on purpose: each takes one value of a type of its own, to which no other converts. */
const ofOneType = ['name_of', 'to_json'];

/** Code without comments, literals and lines of the preprocessor. */
function codeOf(text) {
  const noCode = [/\/\/[^\n]*/, /\/\*[^]*?\*\//, /R"([^()\\ ]*)\([^]*?\)\1"/, /"(?:\\.|[^"\\\n])*"/, /(?<!\w)'(?:\\.|[^'\\\n])+'/,
                  /^[ \t]*#(?:\\\n|[^\n])*/];
  return text.replace(new RegExp(noCode.map(({source}) => source).join('|'), 'gm'), ' ');
}

/** The name that a declaration outside of classes gives to a function; none if it declares something else. */
function functionIn(declaration) {
  const plain = declaration.replace(/^\s*template\s*<[^{]*?>(?=\s*[\w\[])/, '').replace(/\[\[\w+\]\]/g, '').trim();
  if (/^(using|typedef|struct|class|enum|union|friend|static_assert|namespace)\b/.test(plain)) return undefined;
  const name = /^[^(=]*?([\w:]+)\s*\(/.exec(plain)?.[1];
  return name?.includes('::') ? undefined : name;
}

/** The name that a declaration outside of classes gives to the type that it defines; none if it is something else. */
function typeIn(declaration) {
  return /^\s*(?:template\s*<[^{]*>\s*)?(?:class|struct|union|enum(?:\s+class)?)\s+(\w+)\s*(?:final\s*)?(?::(?!:)|$)/.exec(declaration)?.[1];
}

/**
 * The functions that a source or header declares in namespaces: by name, whether the name is of this file only.
 * To `types` go the types that it defines in namespaces with a name.
 */
function functionsOf(text, types = []) {
  const found = new Map();
  const spaces = [];
  let depth = 0;  // in a body, which declares nothing outside
  let statement = '';
  const code = codeOf(text);
  for (let i = 0; i < code.length; i++) {
    const letter = code[i];
    if (depth > 0) {
      depth += letter === '{' ? 1 : letter === '}' ? -1 : 0;
      if (depth === 0 && /^\s*[\w[}]/.test(code.slice(i + 1, i + 1000))) statement = '';  // else an initializer has ended
    } else if (letter === '{' && /^\s*(inline\s+)?namespace\b/.test(statement)) {
      spaces.push(/namespace\s*([\w:]*)/.exec(statement)[1]);
      statement = '';
    } else if (letter === '{' || letter === ';') {
      const name = functionIn(statement);
      if (name !== undefined) found.set(name, found.get(name) || spaces.includes('') || /^\s*static\b/.test(statement));
      const type = letter === '{' && !spaces.includes('') ? typeIn(statement) : undefined;
      if (type !== undefined) types.push([...spaces, type].join('::'));
      if (letter === '{') depth = 1;
      else statement = '';
    } else if (letter === '}') {
      spaces.pop();
      statement = '';
    } else {
      statement += letter;
    }
  }
  return found;
}

const files = new Map();
/** What a file of the project declares and includes; read once. */
function contentOf(file) {
  if (!files.has(file)) {
    const text = readFileSync(path.join(root, file), 'utf8');
    const types = [];
    files.set(file, {functions: functionsOf(text, types), types, headers: [...text.matchAll(/^#include "([^"]+\.hpp)"$/gm)].map(([, name]) => name)
      .filter((name) => existsSync(path.join(root, name)))});
  }
  return files.get(file);
}

/** Files with all headers of the project that they include, directly or not. */
function closureOf(names, seen = new Set()) {
  for (const name of names) {
    if (seen.has(name)) continue;
    seen.add(name);
    closureOf(contentOf(name).headers, seen);
  }
  return seen;
}

/** The sources of each folder below `folder`. */
function foldersBelow(folder) {
  const entries = readdirSync(path.join(root, folder), {withFileTypes: true});
  return [entries.filter(({name}) => name.endsWith('.cpp')).map(({name}) => path.join(folder, name)),
          ...entries.filter((entry) => entry.isDirectory()).flatMap(({name}) => foldersBelow(path.join(folder, name)))];
}

test('functions are found where they are declared, and nowhere else', () => {
  const found = functionsOf(`
    #define MACRO(x) macro(x)
    namespace ability {
    namespace { /* comment(1); */
    const char* const text = "of_a_text(1)";
    auto raw = R"(raw(1);)";
    const auto value = of_a_value(1);
    constexpr std::array<int, 2> list{{1, 2}};
    struct local : base {
      void method() const { inner(); }
      int field{call(1)};
    };
    int plain(int x) { if (x > 1'000) { return deep(x, '"'); } return [](int y) { return y; }(x); }
    template <class Left, class Right>
    [[nodiscard]] std::pair<Left, Right> templated(const std::function<int(int)>& of) noexcept(true) { return {}; }
    std::vector<int> declared(
        int first);
    using alias = int(int);
    }  // namespace
    int shared(int x) { return plain(x); }
    static int of_the_file() { return 1; }
    thing::thing(int x) : x_{x}, y_{made(x)} { begin(); }
    int thing::method() { return 1; }
    namespace other { int further(); }
    }`);
  assert.deepEqual([...found], [['plain', true], ['templated', true], ['declared', true], ['shared', false], ['of_the_file', true],
                                ['further', false]]);
});

test('types are found where they are defined, and nowhere else', () => {
  const types = [];
  functionsOf(`
    namespace ability {
    class declared;
    class first final : public base<int> { struct inner { int x; }; };
    template <class T> struct second { T x; };
    enum class third : std::uint8_t { a, b };
    struct thing::nested { int x; };
    struct object make() { return {}; }
    namespace { struct hidden { int x; }; }
    namespace other { union fourth { int x; }; }
    }`, types);
  assert.deepEqual(types, ['ability::first', 'ability::second', 'ability::third', 'ability::other::fourth']);
});

test('a type has one definition in all files', () => {
  const places = new Map();
  const all = (folder) => readdirSync(path.join(root, folder), {recursive: true}).map((name) => path.join(folder, name));
  for (const file of ['protocol', 'config', 'actors', 'net', 'apps'].flatMap(all).filter((name) => /\.[ch]pp$/.test(name)))
    for (const type of contentOf(file).types) places.set(type, [...places.get(type) ?? [], file]);
  assert.ok(places.size > 300, `only ${places.size} types were found`);
  const clashes = [...places].filter(([, files]) => files.length > 1).map(([type, files]) => `${type} is in ${files.join(' and ')}`);
  assert.deepEqual(clashes, [], 'rename one of the types: which of them a program has would depend on its order of linking');
});

test('a function of one source has a name that no file compiled with it declares', () => {
  const clashes = [];
  let functions = 0;
  for (const sources of ['protocol', 'config', 'actors', 'net', 'apps'].flatMap(foldersBelow)) {
    const together = closureOf(sources);
    for (const source of sources) {
      for (const [name, hidden] of contentOf(source).functions) {
        functions++;
        if (!hidden || ofOneType.includes(name)) continue;
        const others = [...together].filter((file) => file !== source && contentOf(file).functions.has(name))
          .filter((file) => file.endsWith('.hpp') || contentOf(file).functions.get(name));
        clashes.push(...others.map((file) => `${name} of ${source} is also in ${file}`));
      }
    }
  }
  assert.ok(functions > 1000, `only ${functions} functions were found`);
  assert.deepEqual(clashes, [], 'rename the function in the anonymous namespace');
});
