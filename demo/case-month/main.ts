/**
 * The case's month by command: `npm run case-month -- [--month 2026-10] [--scale 1] [--hourly]
 * [--data FOLDER | --database URL] [--files FOLDER]`. Without a place to keep it the month is made, checked and forgotten.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemTimers } from '../../src/kernel/timers.ts'
import { migrations } from '../../src/store/migrations/all.ts'
import { openStore } from '../../src/store/open-store.ts'
import { openEmbeddedForTest, temporaryFolder } from '../../test/embedded.ts'
import { checkFolder } from './check.ts'
import { writeGoldenFiles } from './golden-files.ts'
import { putCaseMonth } from './put-month.ts'

const { values } = parseArgs({
  options: {
    month: { type: 'string', default: '2026-10' }, scale: { type: 'string', default: '1' }, hourly: { type: 'boolean', default: false },
    data: { type: 'string' }, database: { type: 'string' }, files: { type: 'string' },
  },
})

const lost = (cause: unknown): void => { throw cause }
const open = (database: Parameters<typeof openStore>[0]['database']): ReturnType<typeof openStore> => openStore({ database, clock: systemClock, timers: systemTimers, migrations, onLost: lost })
const store = values.database !== undefined ? await open({ kind: 'postgres', url: values.database })
  : values.data !== undefined ? await open({ kind: 'embedded', folder: join(values.data, 'database') }) : await openEmbeddedForTest()
try {
  const { customers, ...sums } = await putCaseMonth(store, { month: values.month, scale: values.scale, stepHours: values.hourly ? 1 : 24, say: (line) => console.log(line) })
  console.log(JSON.stringify({ ...sums, customers: customers.length }))
  const folder = values.files ?? temporaryFolder()
  mkdirSync(folder, { recursive: true })
  await writeGoldenFiles(store, values.month, folder)
  const faults = checkFolder(folder)
  for (const fault of faults.slice(0, 20)) console.error(fault)
  console.log(faults.length === 0 ? 'invoices, statement and margins agree with plain arithmetic on what was used and agreed' : `${faults.length} differences from plain arithmetic`)
  process.exitCode = faults.length === 0 ? 0 : 1
} finally {
  await store.close()
}
process.exit()
