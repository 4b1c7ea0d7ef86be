/**
 * Completes package-lock.json: `node bin/complete-lock.ts [FILE]`. A registry that does not serve some platform's build of
 * an optional package makes npm leave it out of the lock, and `npm ci` then refuses the lock everywhere. The entries added
 * here name version and platform only; where they fit, npm finds the rest, and elsewhere it skips them. Run after each
 * change of dependencies; test/lock.test.ts holds the lock to it.
 */
import { readFileSync, writeFileSync } from 'node:fs'

interface Entry {
  readonly version?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
}

export interface Lock {
  readonly packages: Record<string, Entry>
}

const systems = ['android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32', 'aix', 'cygwin', 'emscripten', 'wasi', 'wasm32'] as const
const processors: Readonly<Record<string, string>> = { arm: 'arm', arm64: 'arm64', armv7: 'arm', ia32: 'ia32', x64: 'x64', ppc64: 'ppc64', riscv64: 'riscv64', s390x: 's390x', loong64: 'loong64', mips64el: 'mips64el', wasm32: 'wasm32' }

/** System and processor as the package's name says them: `binding-linux-x64-musl`, `oxide-darwin-arm64`. */
export function platformOf(name: string): Pick<Entry, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[/-]/)
  const os = systems.find((system) => words.includes(system))
  const cpu = words.map((word) => processors[word]).find((word) => word !== undefined)
  const libc = words.includes('musl') ? 'musl' : words.includes('gnu') && os === 'linux' ? 'glibc' : undefined
  return { ...(cpu === undefined ? {} : { cpu: [cpu] }), ...(os === undefined || os === 'wasm32' || os === 'wasi' ? {} : { os: [os] }), ...(libc === undefined ? {} : { libc: [libc] }) }
}

/** Optional packages that some package of the lock names and the lock does not hold, with the entry to add. */
export function missingIn(lock: Lock): readonly (readonly [string, Entry])[] {
  const missing = new Map<string, Entry>()
  for (const [place, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const known = lock.packages[`node_modules/${name}`] ?? lock.packages[`${place}/node_modules/${name}`]
      if (known !== undefined || !/^\d/.test(version)) continue
      missing.set(`node_modules/${name}`, { version, ...platformOf(name), ...(entry.dev === true ? { dev: true } : {}), optional: true })
    }
  }
  return [...missing]
}

if (process.argv[1] === import.meta.filename) {
  const file = process.argv[2] ?? new URL('../package-lock.json', import.meta.url).pathname
  const lock = JSON.parse(readFileSync(file, 'utf8')) as Lock
  const missing = missingIn(lock)
  for (const [place, entry] of missing) lock.packages[place] = entry
  const sorted = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: sorted }, undefined, 2)}\n`)
  console.log(`${missing.length} entries added to ${file}`)
}
