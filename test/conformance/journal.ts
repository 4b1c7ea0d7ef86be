/** What every Journal promises, on a file or in memory. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Broken } from '../../src/kernel/assert.ts'
import type { Journal } from '../../src/journal/record.ts'
import { attemptOf, outcomeOf, refusalOf } from './journal-records.ts'

/** One node's disk: `open` may be called again after close or crash. */
export interface JournalPlace {
  readonly open: () => Journal
  /** The same disk with room for 64 KiB. */
  readonly openSmall: () => Journal
}

const calls = (journal: Journal): string[] => journal.open().map((record) => `${record.call}/${record.n}`)

export function journalSuite(name: string, place: () => JournalPlace): void {
  describe(`journal conformance: ${name}`, () => {
    order(place)
    openAttempts(place)
    forgetting(place)
    failing(place)
  })
}

function order(place: () => JournalPlace): void {
  test('a new journal is empty and has an identity that lasts', async () => {
    const disk = place()
    const journal = disk.open()
    assert.equal(journal.last(), 0)
    assert.deepEqual(journal.after(0, 10), [])
    const { identity } = journal
    assert.match(identity, /^journal_/)
    await journal.close()
    const again = disk.open()
    assert.equal(again.identity, identity)
    await again.close()
  })

  test('records are numbered in the order of append and read back as their JSON', async () => {
    const journal = place().open()
    await Promise.all([journal.append(attemptOf('a')), journal.append(refusalOf('b')), journal.append(outcomeOf('a'))])
    await journal.append(attemptOf('ü'))
    assert.equal(journal.last(), 4)
    const rows = journal.after(0, 10)
    assert.deepEqual(rows.map((row) => row.sequence), [1, 2, 3, 4])
    assert.deepEqual(rows.map((row) => JSON.parse(row.body)), [attemptOf('a'), refusalOf('b'), outcomeOf('a'), attemptOf('ü')])
    assert.deepEqual(journal.after(2, 1).map((row) => row.sequence), [3])
    await journal.close()
  })

  test('nothing is visible before its group is committed, and the turn is one group', async () => {
    const journal = place().open()
    const first = journal.append(attemptOf('a'))
    const second = journal.append(attemptOf('b'))
    assert.equal(journal.last(), 0)
    assert.deepEqual(journal.after(0, 10), [])
    await first
    assert.equal(journal.last(), 2)
    await second
    await journal.close()
  })

  test('close commits what waits, and then nothing is taken', async () => {
    const disk = place()
    const journal = disk.open()
    const waiting = journal.append(attemptOf('a'))
    await journal.close()
    await waiting
    await assert.rejects(journal.append(attemptOf('b')), /closed/)
    const again = disk.open()
    assert.equal(again.last(), 1)
    await again.close()
  })
}

function openAttempts(place: () => JournalPlace): void {
  test('attempts without outcome are open, also after a restart', async () => {
    const disk = place()
    const journal = disk.open()
    await Promise.all([journal.append(attemptOf('a')), journal.append(attemptOf('b')), journal.append(attemptOf('b', 2)), journal.append(outcomeOf('a'))])
    assert.deepEqual(calls(journal), ['b/1', 'b/2'])
    await journal.close()
    const again = disk.open()
    assert.deepEqual(again.open(), [attemptOf('b'), attemptOf('b', 2)])
    await again.append({ ...outcomeOf('b'), outcome: 'lost' })
    assert.deepEqual(calls(again), ['b/2'])
    await again.close()
  })

  test('an attempt has exactly one outcome (C1)', async () => {
    const journal = place().open()
    await journal.append(attemptOf('a'))
    await assert.rejects(journal.append(attemptOf('a')), Broken)
    await assert.rejects(journal.append(outcomeOf('a', 2)), Broken)
    await journal.append(outcomeOf('a'))
    await assert.rejects(journal.append(outcomeOf('a')), Broken)
    assert.equal(journal.last(), 2)
    await journal.close()
  })

  test('any history leaves the same attempts open, whenever it is reopened', async () => {
    const step = fc.record({ call: fc.nat(5), act: fc.constantFrom('attempt', 'outcome', 'refusal', 'reopen', 'forget') })
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const disk = place()
      let journal = disk.open()
      const open = new Set<string>()
      const used = new Map<number, number>()
      let appended = 0
      for (const { call, act } of steps) {
        const name = `call-${call}`
        const n = used.get(call) ?? 0
        if (act === 'attempt') {
          used.set(call, n + 1)
          open.add(`${name}/${n + 1}`)
          await journal.append(attemptOf(name, n + 1))
          appended += 1
        } else if (act === 'outcome' && open.delete(`${name}/${n}`)) {
          await journal.append(outcomeOf(name, n))
          appended += 1
        } else if (act === 'refusal') {
          await journal.append(refusalOf(name))
          appended += 1
        } else if (act === 'reopen') {
          await journal.close()
          journal = disk.open()
        } else if (act === 'forget') {
          journal.forget(journal.last(), 1_500)
        }
        assert.deepEqual(new Set(calls(journal)), open)
        assert.equal(journal.last(), appended)
      }
      await journal.close()
    }), { numRuns: 25 })
  })
}

function forgetting(place: () => JournalPlace): void {
  test('what is confirmed and old is forgotten, open attempts are not, and numbers are never given twice', async () => {
    const disk = place()
    const journal = disk.open()
    await Promise.all([journal.append(attemptOf('a')), journal.append(attemptOf('b')), journal.append(outcomeOf('b')), journal.append(attemptOf('c', 1, 9_000))])
    assert.equal(journal.forget(2, 5_000), 1)
    assert.deepEqual(journal.after(0, 10).map((row) => row.sequence), [1, 3, 4])
    assert.equal(journal.forget(4, 5_000), 1)
    await journal.append(outcomeOf('a', 1, 9_000))
    await journal.append(outcomeOf('c', 1, 9_000))
    assert.equal(journal.forget(100, 10_000), 4)
    assert.deepEqual(journal.after(0, 10), [])
    assert.equal(journal.last(), 6)
    await journal.close()
    const again = disk.open()
    assert.equal(again.last(), 6)
    await again.append(refusalOf('d'))
    assert.deepEqual(again.after(0, 10).map((row) => row.sequence), [7])
    await again.close()
  })
}

function failing(place: () => JournalPlace): void {
  test('what finds no room is refused with all of its group, but for outcomes: they wait, and come first when there is room', async () => {
    const journal = place().openSmall()
    await journal.append(attemptOf('a'))
    const tooMuch = { ...refusalOf('c'), code: 'x'.repeat(100_000) }
    const written: string[] = []
    const waiting = journal.append({ ...outcomeOf('a'), last: false }).then(() => void written.push('a'))
    const group = await Promise.allSettled([journal.append(attemptOf('a', 2)), journal.append(tooMuch)])
    assert.deepEqual([group.map((one) => one.status), written], [['rejected', 'rejected'], []])
    await assert.rejects(journal.append(attemptOf('c')), /no room and takes no records/)
    assert.deepEqual([journal.last(), journal.refusal()?.lasting, calls(journal)], [1, false, []])
    while (journal.refusal() !== undefined) await new Promise((resolve) => setTimeout(resolve, 50))
    await Promise.all([waiting, journal.append(attemptOf('c')), journal.append(attemptOf('d'))])
    // The call ended with the attempt that was made, whatever was to follow.
    assert.deepEqual(journal.after(0, 10).map(({ sequence, body }) => [sequence, JSON.parse(body)]), [[1, attemptOf('a')], [2, { ...outcomeOf('a'), last: true }], [3, attemptOf('c')], [4, attemptOf('d')]])
    assert.deepEqual([calls(journal), written], [['c/1', 'd/1'], ['a']])
    await journal.close()
  })
}
