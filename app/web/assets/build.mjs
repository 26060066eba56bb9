// Builds the browser bundles and the FEEL bundle into ../static/dist; run after `npm ci`.
//
// `node build.mjs` makes what the application serves; `--test` adds what only tests load.

import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(here, '../static/dist');

// What the appended compiler takes from feelin's module; another feelin may have renamed it.
const USED = [
  'const interpreter =', 'class InterpreterContext', 'const builtins =', 'function fn(',
  'function compareValue(', 'function getType(', 'function isRange(', 'class FeelRange'
];

const feelinCompiler = {
  name: 'feelin-compiler',

  setup({ onLoad }) {
    onLoad({ filter: /[\\/]feelin[\\/]dist[\\/]index\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const missing = USED.filter(text => !source.includes(text));

      if (missing.length) {
        throw new Error(`feelin has changed, the compiler cannot be appended: ${missing.join(', ')}`);
      }

      const compiler = await readFile(join(here, 'src/feel/compiler.js'), 'utf8');

      return { contents: `${source}\n${compiler}`, loader: 'js' };
    });
  }
};

const common = {
  absWorkingDir: here,
  bundle: true,
  charset: 'utf8',
  legalComments: 'linked',
  logLevel: 'warning',
  minify: true,
  outdir: target,
  write: false
};

function feelBundle() {
  return build({
    ...common,
    charset: 'ascii',
    entryPoints: { feel: 'src/feel/index.js' },
    format: 'iife',
    globalName: 'feel',
    platform: 'neutral',
    mainFields: [ 'module', 'main' ],
    plugins: [ feelinCompiler ],
    target: 'es2023'
  });
}

function pageBundles() {
  return build({
    ...common,
    entryPoints: { app: 'src/app.js', diagram: 'src/diagram.js' },
    format: 'iife',
    platform: 'browser',
    target: [ 'chrome109', 'firefox115', 'safari16' ]
  });
}

function testBundle() {
  return build({
    ...common,
    entryPoints: { palette: 'test/palette.js' },
    format: 'iife',
    legalComments: 'none',
    platform: 'browser',
    target: [ 'chrome109' ]
  });
}

function sheet(name, contents) {
  return build({
    ...common,
    assetNames: 'fonts/[name]',
    external: [ 'data:*' ],
    loader: { '.woff2': 'file', '.woff': 'empty', '.ttf': 'empty', '.eot': 'empty', '.svg': 'empty' },
    stdin: { contents, loader: 'css', resolveDir: here, sourcefile: `${name}.css` },
    outdir: undefined,
    outfile: join(target, `${name}.css`),
    target: [ 'chrome109', 'firefox115', 'safari16' ]
  });
}

async function styleSheets() {
  const own = (await readdir(join(here, 'styles'))).filter(name => name.endsWith('.css')).sort();
  const imports = [ '@tabler/core/dist/css/tabler.css', ...own.map(name => `./styles/${name}`) ];

  return Promise.all([
    sheet('app', imports.map(path => `@import "${path}";`).join('\n')),
    sheet('diagram', [ 'diagram-js.css', 'bpmn-js.css', 'bpmn-font/css/bpmn.css' ]
      .map(name => `@import "bpmn-js/dist/assets/${name}";`).join('\n'))
  ]);
}

/** Write a file whole: whoever reads it meanwhile sees the old or the new one. */
async function put(path, contents) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, contents);
  await rename(`${path}.new`, path);
}

async function main() {
  const results = [ await feelBundle(), await pageBundles(), ...await styleSheets() ];
  const files = results.flatMap(result => result.outputFiles);
  const manifest = {};

  for (const file of files) {
    const name = relative(target, file.path);
    manifest[name] = createHash('sha256').update(file.contents).digest('hex').slice(0, 12);
    await put(file.path, file.contents);
  }

  await put(join(target, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);

  if (process.argv.includes('--test')) {
    const [ palette ] = (await testBundle()).outputFiles;
    await put(join(target, 'test/palette.js'), palette.contents);
    const axe = await readFile(join(here, 'node_modules/axe-core/axe.min.js'));
    await put(join(target, 'test/axe.min.js'), axe);
  }
}

await main();
