/** Starts the sandbox in a thread of its own, so that its counting and writing never hold the gateway's loop. */
import { once } from 'node:events'
import { startThread } from '../../kernel/thread.ts'
import type { Bill } from './bill.ts'
import type { Sandbox, SandboxOptions } from './sandbox.ts'

/** What can pass into a thread: no functions. The thread has the system's clock. */
export type WorkerOptions = Omit<SandboxOptions, 'clock' | 'timers' | 'random' | 'prices'>

export type WorkerAsk = { readonly id: number } & ({ readonly want: 'bill' } | { readonly want: 'close' } | { readonly want: 'behave'; readonly profile: unknown })

export type WorkerAnswer = { readonly url: string } | { readonly id: number; readonly answer: Bill | undefined } | { readonly id: number; readonly failed: string }

/** The same interface as `startSandbox`. Rejects where the thread cannot start (a wrong profile, a taken port). */
export async function startSandboxWorker(options: WorkerOptions): Promise<Sandbox> {
  // The extension is this file's own: sources in the repository, JavaScript in the package.
  const extension = import.meta.filename.slice(import.meta.filename.lastIndexOf('.'))
  const worker = startThread(new URL(`./worker${extension}`, import.meta.url), { workerData: options, name: 'sandbox' })
  const waiting = new Map<number, PromiseWithResolvers<Bill | undefined>>()
  let asked = 0
  let ended = false
  const [first] = (await once(worker, 'message')) as [WorkerAnswer]
  const gone = once(worker, 'exit')
  worker.on('message', (answer: WorkerAnswer) => {
    if (!('id' in answer)) return
    const asker = waiting.get(answer.id)
    if ('failed' in answer) asker?.reject(new Error(answer.failed))
    else asker?.resolve(answer.answer)
    waiting.delete(answer.id)
  })
  worker.once('exit', () => {
    ended = true
    for (const { reject } of waiting.values()) reject(new Error('the sandbox has ended'))
  })
  const ask = (want: { readonly want: 'bill' } | { readonly want: 'behave'; readonly profile: unknown }): Promise<Bill | undefined> => {
    if (ended) return Promise.reject(new Error('the sandbox has ended'))
    asked += 1
    const asker = Promise.withResolvers<Bill | undefined>()
    waiting.set(asked, asker)
    worker.postMessage({ id: asked, ...want } satisfies WorkerAsk)
    return asker.promise
  }
  return {
    url: 'url' in first ? first.url : '',
    bill: async () => (await ask({ want: 'bill' })) as Bill,
    behave: async (profile) => void (await ask({ want: 'behave', profile })),
    close: async () => {
      if (ended) return
      worker.postMessage({ id: 0, want: 'close' } satisfies WorkerAsk)
      await gone
    },
  }
}
