/** A sandbox in a thread of its own: entry point of `start-worker.ts`. */
import { parentPort, workerData } from 'node:worker_threads'
import { assert } from '../../kernel/assert.ts'
import { systemClock } from '../../kernel/clock.ts'
import { systemTimers } from '../../kernel/timers.ts'
import { startSandbox } from './sandbox.ts'
import type { WorkerAsk, WorkerOptions } from './start-worker.ts'

assert(parentPort !== null, 'worker.ts is started as a thread by start-worker.ts')
const port = parentPort
const sandbox = await startSandbox({ ...(workerData as WorkerOptions), clock: systemClock, timers: systemTimers })

port.on('message', (ask: WorkerAsk) => {
  if (ask.want === 'bill') void sandbox.bill().then((bill) => { port.postMessage({ id: ask.id, bill }) })
  else void sandbox.close().then(() => { port.close() })
})
port.postMessage({ url: sandbox.url })
