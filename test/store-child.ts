/** Inserts numbers one by one and prints each committed one, until it is killed. Arguments: folder, durability, template. */
import { systemClock } from '../src/kernel/clock.ts'
import { systemTimers } from '../src/kernel/timers.ts'
import { openStore } from '../src/store/open-store.ts'

const [folder = '', durability = 'process', template = ''] = process.argv.slice(2)
const store = await openStore({
  database: { kind: 'embedded', folder, durability: durability === 'power' ? 'power' : 'process', template }, clock: systemClock, timers: systemTimers,
  migrations: [{ name: '0001-first', up: 'CREATE TABLE number (n int PRIMARY KEY)' }], onLost: (cause) => { throw cause },
})
for (;;) {
  const [row] = await store.query('admin', 'INSERT INTO number SELECT coalesce(max(n), 0) + 1 FROM number RETURNING n')
  process.stdout.write(`${String(row?.['n'])}\n`)
}
