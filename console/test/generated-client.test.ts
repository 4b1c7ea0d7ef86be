import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { consoleClient } from '../../bin/write-console-client.ts'

test('the console’s types of the admin API are what the API says of itself', async () => {
  assert.equal(readFileSync(join(import.meta.dirname, '../generated-client.ts'), 'utf8'), await consoleClient(), 'run: npm run console:client')
})
