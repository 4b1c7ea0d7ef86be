/** Exact token counts in a worker thread, started on first use: counting blocks, so it never runs on the loop that relays. */
import { Worker } from 'node:worker_threads'

export interface TokenCounter {
  readonly count: (text: string) => Promise<number>
  readonly close: () => Promise<void>
}

export function makeTokenCounter(): TokenCounter {
  let worker: Worker | undefined
  let next = 0
  const waiting = new Map<number, { resolve: (count: number) => void; reject: (cause: Error) => void }>()

  const start = (): Worker => {
    const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js'
    const started = new Worker(new URL(`./token-worker.${extension}`, import.meta.url))
    started.unref()
    started.on('message', ({ id, count }: { id: number; count: number }) => {
      waiting.get(id)?.resolve(count)
      waiting.delete(id)
      if (waiting.size === 0) started.unref()
    })
    started.on('error', (cause) => {
      worker = undefined
      for (const { reject } of waiting.values()) reject(cause as Error)
      waiting.clear()
    })
    return started
  }

  return {
    count: (text) =>
      new Promise((resolve, reject) => {
        worker ??= start()
        next += 1
        waiting.set(next, { resolve, reject })
        worker.ref()
        worker.postMessage({ id: next, text })
      }),
    close: async () => void (await worker?.terminate()),
  }
}
