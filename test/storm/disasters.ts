/**
 * What befalls files: a journal deleted, a database restored from an older copy, a journal put back from an older copy of
 * itself, so that it writes under numbers that are taken. Each happens to a Weir that has served clients, and answers one
 * that serves them again, not stopped yet.
 */
import assert from 'node:assert/strict'
import { cpSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { request } from 'undici'
import { ask } from '../../demo/talk.ts'
import { rested } from '../../demo/until.ts'
import type { WeirProcess } from '../../demo/weir-process.ts'

export interface Scene {
  /** The data folder, with its embedded database. */
  readonly data: string
  readonly start: () => Promise<WeirProcess>
  /** Clients call for so long. */
  readonly burst: (weir: WeirProcess, ms: number) => Promise<void>
  /** The admin token, which the first start alone shows; empty before it. */
  readonly token: () => string
}

export type Disaster = (scene: Scene) => Promise<WeirProcess>

interface Accounting {
  readonly accounting: { readonly unposted: number; readonly open: number }
}

const accountingOf = async (weir: WeirProcess, token: string): Promise<Accounting['accounting']> => ((await ask(`${weir.url}/admin/v1/doctor`, token)) as Accounting).accounting

/** An outcome may wait in quarantine for an attempt that the same round brings to the books: what a person does again. */
export async function redriveUntilQuiet(weir: WeirProcess, token: string): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    const redriven = await request(`${weir.url}/admin/v1/quarantine/redrive`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: '{}' })
    assert.equal(redriven.statusCode, 200, await redriven.body.text())
    await wait(500)
    const { unposted, open } = await accountingOf(weir, token)
    if (unposted === 0 && open === 0) return
  }
  assert.fail('re-driving did not bring every attempt to its outcome')
}

const journalFiles = (folder: string): string[] => readdirSync(folder).filter((name) => name.startsWith('journal.sqlite'))

function removeJournal(data: string): void {
  for (const name of journalFiles(data)) rmSync(join(data, name))
}

function copyJournal(from: string, to: string): void {
  for (const name of journalFiles(from)) cpSync(join(from, name), join(to, name), { recursive: true })
}

/** What had been shipped stays; what its leases may still have spent is written off. */
const journalDeleted: Disaster = async ({ data, start, burst, token }) => {
  const first = await start()
  await burst(first, 700)
  await rested(first.url, token())
  await first.kill()
  removeJournal(data)
  const second = await start()
  await burst(second, 500)
  return second
}

/** The journal gives the database again what it lacks. */
const databaseRestored: Disaster = async ({ data, start, burst }) => {
  const [database, yesterday] = [join(data, 'database'), `${data}-yesterday`]
  const first = await start()
  await burst(first, 500)
  await first.stop()
  cpSync(database, yesterday, { recursive: true })
  const second = await start()
  await burst(second, 700)
  await second.kill()
  rmSync(database, { recursive: true })
  cpSync(yesterday, database, { recursive: true })
  rmSync(yesterday, { recursive: true })
  const third = await start()
  await burst(third, 300)
  return third
}

/** Nothing is merged: what it writes under numbers that are taken is kept apart, until a person has it posted. */
const journalPutBack: Disaster = async ({ data, start, burst, token }) => {
  const copy = `${data}-journal`
  const first = await start()
  await burst(first, 500)
  await rested(first.url, token())
  await first.stop()
  cpSync(data, copy, { recursive: true, filter: (from) => from === data || from.startsWith(join(data, 'journal.sqlite')) })
  const second = await start()
  await burst(second, 700)
  await rested(second.url, token())
  await second.kill()
  removeJournal(data)
  copyJournal(copy, data)
  rmSync(copy, { recursive: true })
  const third = await start()
  await burst(third, 500)
  await redriveUntilQuiet(third, token())
  return third
}

export const disasters = { 'journal deleted': journalDeleted, 'database restored': databaseRestored, 'journal put back': journalPutBack } as const
export type DisasterName = keyof typeof disasters
export const disasterNames = Object.keys(disasters) as readonly DisasterName[]

/**
 * C2 is not promised where a database has forgotten a lease, or a journal that it was given back: it may be granted again
 * (sim/README.md). What the judge says of budgets then is told apart; after a deleted journal it stays wrong.
 */
export const forgetsLeases = (name: DisasterName): boolean => name !== 'journal deleted'
