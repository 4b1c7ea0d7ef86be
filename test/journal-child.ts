/** Appends attempts in groups for ever and prints each acknowledged sequence number, until it is killed. Arguments: file, durability. */
import { systemClock } from '../src/kernel/clock.ts'
import { systemRandom } from '../src/kernel/random.ts'
import { systemTimers } from '../src/kernel/timers.ts'
import { openJournal, type JournalOptions } from '../src/journal/open-journal.ts'
import { attemptOf, outcomeOf } from './conformance/journal-records.ts'

const [file = '', durability = 'process'] = process.argv.slice(2)
const journal = openJournal({ file, durability: durability as JournalOptions['durability'], clock: systemClock, timers: systemTimers, random: systemRandom })
for (let round = journal.last(); ; round += 1) {
  const calls = Array.from({ length: 1 + (round % 8) }, (_, index) => `call-${process.pid}-${round}-${index}`)
  await Promise.all(calls.map((call) => journal.append(attemptOf(call))))
  // Every third call is left open.
  await Promise.all(calls.filter((_call, index) => index % 3 !== 0).map((call) => journal.append(outcomeOf(call))))
  process.stdout.write(`${journal.last()}\n`)
}
