import { conformanceMigrations, storeSuite } from '../../test/conformance/store.ts'
import { openEmbeddedForTest } from '../../test/embedded.ts'
import { postgresMissing } from '../../test/postgres.ts'
import { openPostgresForTest } from '../../test/stores.ts'

storeSuite('embedded', () => openEmbeddedForTest(conformanceMigrations), false)
storeSuite('PostgreSQL', () => openPostgresForTest(conformanceMigrations), postgresMissing)
