/** A sandbox in a thread of its own: entry point of `start-worker.ts`. */
import { parentPort, workerData } from 'node:worker_threads'
import { assert } from '../../kernel/assert.ts'
import { systemClock } from '../../kernel/clock.ts'
import { systemTimers } from '../../kernel/timers.ts'
import type { Bill } from './bill.ts'
import { startSandbox } from './sandbox.ts'
import type { WorkerAnswer, WorkerAsk, WorkerOptions } from './start-worker.ts'

assert(parentPort !== null, 'worker.ts is started as a thread by start-worker.ts')
const port = parentPort
const tell = (answer: WorkerAnswer): void => port.postMessage(answer)
const sandbox = await startSandbox({ ...(workerData as WorkerOptions), clock: systemClock, timers: systemTimers })

port.on('message', (ask: WorkerAsk) => {
  if (ask.want === 'close') return void sandbox.close().then(() => { port.close() })
  const done: Promise<Bill | void> = ask.want === 'bill' ? sandbox.bill() : sandbox.behave(ask.profile)
  done.then((bill) => { tell({ id: ask.id, answer: bill ?? undefined }) }, (cause: unknown) => { tell({ id: ask.id, failed: cause instanceof Error ? cause.message : String(cause) }) })
})
tell({ url: sandbox.url })
