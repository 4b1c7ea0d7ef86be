/** `npm ci` installs from the lock alone, on every platform: so the lock has to be whole, and name no registry. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { missingIn, platformOf, type Lock } from '../bin/complete-lock.ts'

const root = join(import.meta.dirname, '..')
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock & { readonly packages: Record<string, { readonly dependencies?: object; readonly devDependencies?: object; readonly optionalDependencies?: object; readonly resolved?: string }> }

test('the lock holds every platform’s build of what it locks', () => {
  assert.deepEqual(missingIn(lock).map(([place]) => place), [], 'run: node bin/complete-lock.ts')
})

test('the lock is of this package.json, and names no address', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, object | undefined>
  for (const part of ['dependencies', 'devDependencies', 'optionalDependencies'] as const) assert.deepEqual(lock.packages['']?.[part] ?? {}, manifest[part] ?? {}, part)
  assert.deepEqual(Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined).map(([place]) => place), [])
})

test('platforms are read off the names', () => {
  assert.deepEqual(platformOf('@oxfmt/binding-linux-arm64-musl'), { cpu: ['arm64'], os: ['linux'], libc: ['musl'] })
  assert.deepEqual(platformOf('@tailwindcss/oxide-win32-x64-msvc'), { cpu: ['x64'], os: ['win32'] })
  assert.deepEqual(platformOf('@tailwindcss/oxide-wasm32-wasi'), { cpu: ['wasm32'] })
})
