/**
 * Makes dist/ for the published package: sources as JavaScript, file by file, in the same folders, with what they read
 * beside them. Types are not stripped inside node_modules, hence this step; nothing is bundled, so that workers and data
 * files are found where the sources look for them (STACK.md, pitfall 5). The repository itself runs without it. The console
 * is bundled into dist/console.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { transformSync } from 'esbuild'
import { buildConsole } from '../console/build.ts'
import { shownFiles } from '../src/terms/verifier/page.ts'

const root = resolve(import.meta.dirname, '..')
const out = join(root, 'dist')

/** Sources that are read as text while running: a page that shows its own code. */
const readAsText = new Set(shownFiles.map((name) => `src/terms/verifier/${name}`))
/** Also the case's month with its golden files: it is made and checked in the repository only. */
const leftOut = /(^|\/)(recordings|node_modules|test|fixtures|case-month)\/|\.test\.ts$|\.md$/

const filesUnder = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !leftOut.test(path))

function compile(path: string): void {
  const { code } = transformSync(readFileSync(join(root, path), 'utf8'), { loader: 'ts', format: 'esm', platform: 'node', target: 'node24', sourcefile: path })
  // Relative modules and workers: './name.ts' becomes './name.js'. No other text of the program looks like that.
  const linked = code.replaceAll(/(["'])(\.{1,2}\/[^"'`\n]+)\.ts\1/g, '$1$2.js$1')
  write(path.replace(/\.ts$/, '.js'), linked)
}

function write(path: string, text: string): void {
  const target = join(out, path)
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, text)
}

function copy(path: string): void {
  mkdirSync(dirname(join(out, path)), { recursive: true })
  cpSync(join(root, path), join(out, path))
}

rmSync(out, { recursive: true, force: true })
for (const path of [...filesUnder('src'), ...filesUnder('demo')]) {
  if (!path.endsWith('.ts')) copy(path)
  else {
    compile(path)
    if (readAsText.has(path)) copy(path)
  }
}
const { name, version, type } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, string>
write('package.json', `${JSON.stringify({ name, version, type, private: true }, undefined, 2)}\n`)
await buildConsole()
process.stdout.write(`dist/ holds ${readdirSync(out, { recursive: true }).length} files\n`)
