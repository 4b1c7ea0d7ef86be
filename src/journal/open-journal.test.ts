import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { journalSuite } from '../../test/conformance/journal.ts'
import { attemptOf, outcomeOf } from '../../test/conformance/journal-records.ts'
import { temporaryFolder } from '../../test/embedded.ts'
import { systemClock } from '../kernel/clock.ts'
import { systemRandom } from '../kernel/random.ts'
import { systemTimers } from '../kernel/timers.ts'
import { memoryDisk, openMemoryJournal } from './memory-journal.ts'
import { openJournal, type JournalOptions } from './open-journal.ts'
import type { Journal, JournalRecord } from './record.ts'

const open = (file: string, more: Partial<JournalOptions> = {}): Journal =>
  openJournal({ file, durability: 'process', clock: systemClock, timers: systemTimers, random: systemRandom, ...more })

const newFile = (): string => join(temporaryFolder(), 'node.journal')

for (const durability of ['process', 'power'] as const) {
  journalSuite(`file, ${durability}`, () => {
    const file = newFile()
    return { open: () => open(file, { durability }), openSmall: () => open(file, { durability, sizeMaxBytes: 65_536 }) }
  })
}

journalSuite('memory', () => {
  const disk = memoryDisk('journal_simulated')
  return {
    open: () => openMemoryJournal(disk, systemTimers),
    openSmall: () => { disk.room = 65_536; return openMemoryJournal(disk, systemTimers) },
  }
})

test('a crash in memory loses what was not committed and keeps what was', async () => {
  const disk = memoryDisk('journal_simulated')
  const journal = openMemoryJournal(disk, systemTimers)
  await journal.append(attemptOf('kept'))
  let kept = false
  void journal.append(attemptOf('dropped')).then(() => { kept = true })
  journal.crash()
  await new Promise((resolve) => void setImmediate(() => setImmediate(resolve)))
  assert.equal(kept, false)
  assert.deepEqual(openMemoryJournal(disk, systemTimers).open(), [attemptOf('kept')])
})

test('a second opening of the same file is refused with what to do', async () => {
  const file = newFile()
  const journal = open(file)
  assert.throws(() => open(file), /in use by another process/)
  await journal.append(attemptOf('a'))
  await journal.close()
  await open(file).close()
})

test('what a commit survives is changed while the file is open, between commits', async () => {
  const journal = openJournal({ file: newFile(), durability: 'process', clock: systemClock, timers: systemTimers, random: systemRandom })
  assert.equal(journal.durability(), 'process')
  const before = journal.append(attemptOf('a'))
  journal.setDurability('power')
  await Promise.all([before, journal.append(attemptOf('b'))])
  assert.equal(journal.durability(), 'power')
  journal.setDurability('process')
  await journal.append(outcomeOf('a'))
  assert.deepEqual([journal.durability(), journal.open()], ['process', [attemptOf('b')]])
  await journal.close()
})

test('the file is for its owner alone', async () => {
  const file = newFile()
  const journal = open(file)
  await journal.append(attemptOf('a'))
  assert.deepEqual([file, `${file}-wal`].map((path) => statSync(path).mode & 0o777), [0o600, 0o600])
  await journal.close()
})

test('two files have two identities', async () => {
  const journals = [open(newFile()), open(newFile())]
  assert.notEqual(journals[0]?.identity, journals[1]?.identity)
  await Promise.all(journals.map((journal) => journal.close()))
})

for (const [damage, at] of [['in the header', 0], ['inside a table', 5_000]] as const) {
  test(`a file damaged ${damage} is renamed and reported, and a new one begun`, async () => {
    const file = newFile()
    const journal = open(file)
    await Promise.all(Array.from({ length: 200 }, (_, index) => journal.append(attemptOf(`call-${index}`))))
    await journal.close()
    const descriptor = openSync(file, 'r+')
    writeSync(descriptor, Buffer.alloc(4_000, 0x5a), 0, 4_000, at)
    closeSync(descriptor)
    const damaged = readFileSync(file)

    const reports: string[] = []
    const fresh = open(file, { onSetAside: (message) => void reports.push(message) })
    assert.notEqual(fresh.identity, journal.identity)
    assert.equal(fresh.last(), 0)
    assert.equal(reports.length, 1)
    const aside = /renamed to (\S+) and/.exec(reports[0] ?? '')?.[1] ?? ''
    assert.ok(readFileSync(aside).equals(damaged))
    await fresh.append(attemptOf('a'))
    await fresh.close()
  })
}

test('a record that is not JSON any more counts as damage', async () => {
  const file = newFile()
  const journal = open(file)
  await journal.append(attemptOf('a'))
  await journal.close()
  const database = new DatabaseSync(file)
  database.exec(`UPDATE record SET body = '{"kind":'`)
  database.close()
  const reports: string[] = []
  const fresh = open(file, { onSetAside: (message) => void reports.push(message) })
  assert.equal(fresh.last(), 0)
  assert.match(reports[0] ?? '', /record 1 is not JSON/)
  await fresh.close()
})

test('a file of something else, or of a newer Weir, is refused and left alone', async () => {
  for (const [change, refusal] of [['user_version = 99', /format 99/], ['application_id = 7', /not a journal/]] as const) {
    const file = newFile()
    await open(file).close()
    const database = new DatabaseSync(file)
    database.exec(`PRAGMA journal_mode = DELETE; PRAGMA ${change}`)
    database.close()
    const before = readFileSync(file)
    assert.throws(() => open(file), refusal)
    assert.ok(readFileSync(file).equals(before))
  }
})

test('recovery finds an old open attempt behind thousands of closed ones', async () => {
  const file = newFile()
  const journal = open(file)
  await journal.append(attemptOf('early'))
  for (let round = 0; round < 30; round += 1) {
    const calls = Array.from({ length: 100 }, (_, index) => `call-${round}-${index}`)
    await Promise.all(calls.flatMap((call) => [journal.append(attemptOf(call)), journal.append(outcomeOf(call))]))
    if (round === 15) await journal.append(outcomeOf('early'))
    if (round === 16) await journal.append(attemptOf('late'))
  }
  await journal.close()
  const again = open(file)
  assert.deepEqual(again.open(), [attemptOf('late')])
  await again.close()
})

/** Starts the appending child; answers it and the numbers that it has acknowledged so far. */
function startChild(file: string, durability: string): { readonly child: ChildProcess; readonly acknowledged: number[] } {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../test/journal-child.ts'), file, durability], { stdio: ['ignore', 'pipe', 'inherit'] })
  const acknowledged: number[] = []
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => acknowledged.push(Number(line)))
  return { child, acknowledged }
}

test('every acknowledged record survives kill -9', async () => {
  const file = newFile()
  for (const [round, durability] of ['process', 'power', 'process', 'power'].entries()) {
    const { child, acknowledged } = startChild(file, durability)
    while (acknowledged.length < 20 + round * 37) await new Promise((resolve) => void setImmediate(resolve))
    child.kill('SIGKILL')
    await once(child, 'close')
    const journal = open(file)
    const last = acknowledged.at(-1) ?? Infinity
    assert.ok(journal.last() >= last, `acknowledged ${last}, found ${journal.last()}`)
    const rows = journal.after(0, 1_000_000)
    assert.deepEqual(rows.map((row) => row.sequence), rows.map((_, index) => index + 1))
    assert.deepEqual(new Set(journal.open().map((record) => record.call)), openIn(rows.map((row) => JSON.parse(row.body) as JournalRecord)))
    await journal.close()
  }
})

test('another process that opens the file is refused while its owner lives', async () => {
  const file = newFile()
  const { child, acknowledged } = startChild(file, 'process')
  while (acknowledged.length === 0) await new Promise((resolve) => void setImmediate(resolve))
  assert.throws(() => open(file), /in use by another process/)
  child.kill('SIGKILL')
  await once(child, 'close')
  await open(file).close()
})

/** By the plainest reading of the records, with no code of the journal. */
function openIn(records: readonly JournalRecord[]): Set<string> {
  const open = new Set<string>()
  for (const record of records) {
    if (record.kind === 'attempt') open.add(record.call)
    if (record.kind === 'outcome') open.delete(record.call)
  }
  return open
}
