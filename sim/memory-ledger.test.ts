import { memoryLedger } from './memory-ledger.ts'
import { sqlBooks } from './books.ts'
import { systemClock } from '../src/kernel/clock.ts'
import { sqlLedger } from '../src/ledger/sql-ledger.ts'
import type { Store } from '../src/store/store.ts'
import { ledgerSuite, type LedgerUnderTest } from '../test/conformance/ledger.ts'
import { openEmbeddedForTest } from '../test/embedded.ts'
import { postgresMissing } from '../test/postgres.ts'
import { openPostgresForTest } from '../test/stores.ts'

const over = async (opening: Promise<Store>): Promise<LedgerUnderTest> => {
  const store = await opening
  return { ledger: sqlLedger(store, systemClock), books: () => sqlBooks(store), close: () => store.close() }
}

ledgerSuite('in memory', async () => {
  const ledger = memoryLedger(systemClock)
  return { ledger, books: async () => ledger.books(), close: async () => undefined }
}, false)
ledgerSuite('on the embedded database', () => over(openEmbeddedForTest()), false)
ledgerSuite('on PostgreSQL', () => over(openPostgresForTest()), postgresMissing)
