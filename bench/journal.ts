/**
 * What an append costs: rows a second and CPU per record at several group sizes, in a fresh process per row of the table.
 * Run: `npm exec -- node bench/journal.ts`. Half the records are attempts, half outcomes, 840 bytes on average.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/kernel/clock.ts'
import { systemRandom } from '../src/kernel/random.ts'
import { systemTimers } from '../src/kernel/timers.ts'
import { openJournal } from '../src/journal/open-journal.ts'
import type { Durability } from '../src/journal/journal-file.ts'
import type { AttemptRecord, OutcomeRecord } from '../src/journal/record.ts'
import { attemptOf, outcomeOf } from '../test/conformance/journal-records.ts'

const attempt: AttemptRecord = {
  ...attemptOf(''), purpose: 'product/summaries', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  budgets: ['organization/acme/month', 'project/acme/feed/month'].map((budget) => ({ budget, period: '2026-11-01T00:00:00.000Z' })),
}
const outcome: OutcomeRecord = {
  ...outcomeOf(''), counts: { input: 1_200, cachedInput: 1_024, output: 300, reasoning: 0 },
  raw: '{"prompt_tokens":1200,"completion_tokens":300,"total_tokens":1500,"prompt_tokens_details":{"cached_tokens":1024,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}}',
  servedModel: 'gpt-4.1-2025-04-14', serviceTier: 'default', upstreamId: 'chatcmpl-0123456789', finish: 'stop', headersMs: 210, firstByteMs: 215, lastByteMs: 4_300, responseBytes: 20_480,
}

async function measure(durability: Durability, group: number, records: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'))
  const journal = openJournal({ file: join(folder, 'node.journal'), durability, clock: systemClock, timers: systemTimers, random: systemRandom })
  let made = 0
  const turn = async (): Promise<void> => {
    const calls = Array.from({ length: group }, () => `call_01k9${(made += 1)}`)
    await Promise.all(calls.map((call) => journal.append({ ...attempt, call })))
    await Promise.all(calls.map((call) => journal.append({ ...outcome, call })))
  }
  for (let n = 0; n < 5_000; n += group) await turn()
  const turns: number[] = []
  const cpuBefore = process.cpuUsage()
  const before = performance.now()
  for (let n = 0; n < records; n += group * 2) {
    const start = performance.now()
    await turn()
    turns.push((performance.now() - start) / 2)
  }
  const ms = performance.now() - before
  const cpu = process.cpuUsage(cpuBefore)
  turns.sort((a, b) => a - b)
  console.log([
    durability.padEnd(8), String(group).padStart(5), ((cpu.user + cpu.system) / records).toFixed(2).padStart(8), Math.round(records / ms * 1_000).toString().padStart(9),
    (turns[Math.floor(turns.length * 0.99)] ?? 0).toFixed(2).padStart(8), (turns.at(-1) ?? 0).toFixed(2).padStart(8),
  ].join('  '))
  await journal.close()
  rmSync(folder, { recursive: true })
}

const [durability, group] = process.argv.slice(2)
if (durability === undefined) {
  console.log('durable   group  µs CPU/r     rows/s  p99 ms   max ms')
  for (const each of ['process', 'power']) for (const size of [1, 8, 32, 128]) spawnSync(process.execPath, [import.meta.filename, each, String(size)], { stdio: 'inherit' })
} else {
  await measure(durability as Durability, Number(group), Number(group) < 8 ? 40_000 : 120_000)
}
