/** Embedded databases for tests: one template per test process, copied for each caller, because a first start takes seconds. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/kernel/clock.ts'
import { systemTimers } from '../src/kernel/timers.ts'
import { migrations as all } from '../src/store/migrations/all.ts'
import { openStore } from '../src/store/open-store.ts'
import type { Migration, Store } from '../src/store/store.ts'

let root: string | undefined
let count = 0
let template: Promise<string> | undefined

/** A new empty folder below the test process's own, removed when the process ends. */
export function temporaryFolder(): string {
  if (root === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'weir-test-'))
    process.once('exit', () => rmSync(made, { recursive: true, force: true }))
    root = made
  }
  count += 1
  return join(root, `folder-${count}`)
}

/** A closed embedded folder without tables, to be passed as `template`. */
export function embeddedTemplate(): Promise<string> {
  template ??= makeTemplate()
  return template
}

async function makeTemplate(): Promise<string> {
  const folder = temporaryFolder()
  const store = await openStore({ database: { kind: 'embedded', folder }, clock: systemClock, timers: systemTimers, migrations: [], onLost: fail })
  await store.close()
  return folder
}

const fail = (cause: unknown): void => { throw cause }

/** A fresh embedded store with every migration (or those given). Close it when done. */
export async function openEmbeddedForTest(migrations: readonly Migration[] = all, folder = temporaryFolder()): Promise<Store> {
  return openStore({ database: { kind: 'embedded', folder, template: await embeddedTemplate() }, clock: systemClock, timers: systemTimers, migrations, onLost: fail })
}
