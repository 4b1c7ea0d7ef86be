/**
 * Builds the console into dist/console, compressed beside the plain files, so that the server compresses nothing.
 * `--if-older` does nothing where a build is there that no source is newer than: what `npm start` runs.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const root = resolve(import.meta.dirname, '..')
const out = join(root, 'dist/console')
const page = join(out, 'index.html')

const filesUnder = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))

export function upToDate(): boolean {
  if (!existsSync(page)) return false
  const builtAt = statSync(page).mtimeMs
  const sources = [...filesUnder(join(root, 'console/src')), ...['index.html', 'vite.config.ts', 'build.ts', 'generated-client.ts'].map((name) => join(root, 'console', name)), join(root, 'package-lock.json')]
  return sources.every((path) => !existsSync(path) || statSync(path).mtimeMs <= builtAt)
}

/** In bytes, of the files that the first page needs: what index.html names. */
export function shellBytes(): number {
  const named = [...readFileSync(page, 'utf8').matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => join(out, match[1] ?? ''))
  return [page, ...named].reduce((sum, path) => sum + statSync(existsSync(`${path}.br`) ? `${path}.br` : path).size, 0)
}

export async function buildConsole(): Promise<void> {
  const { build } = await import('vite')
  await build({ configFile: join(root, 'console/vite.config.ts'), logLevel: 'warn' })
  for (const path of filesUnder(out)) {
    if (!/\.(js|css|html|svg)$/.test(path)) continue
    const bytes = readFileSync(path)
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }))
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
  }
  process.stdout.write(`dist/console is built; its shell is ${Math.ceil(shellBytes() / 1_000)} kB compressed\n`)
}

if (process.argv[1] === import.meta.filename && !(process.argv.includes('--if-older') && upToDate())) {
  // A clone that was installed without development packages still serves everything else.
  if (process.argv.includes('--if-older') && !existsSync(join(root, 'node_modules/vite'))) process.stderr.write('the console is not built, for vite is not installed: run npm ci, or go on without\n')
  else await buildConsole()
}
