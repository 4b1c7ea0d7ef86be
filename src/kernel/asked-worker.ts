/**
 * A thread that answers what it is asked, for work that would hold the event loop. It starts with the first ask and keeps
 * the process alive only while somebody waits. One that fails takes what it was asked with it; the next ask starts another.
 */
import { parentPort, type Worker } from 'node:worker_threads'
import { startThread } from './thread.ts'

export interface AskedWorker<Ask, Answer> {
  /** Rejects where the thread failed or was ended before it answered. */
  readonly ask: (ask: Ask) => Promise<Answer>
  readonly close: () => Promise<void>
}

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void
  readonly reject: (cause: unknown) => void
}

/** `file`: a module that calls `answerAsks`; `data` is its `workerData`. */
export function askedWorker<Ask, Answer>(file: URL, data?: unknown): AskedWorker<Ask, Answer> {
  let worker: Worker | undefined
  let last = 0
  const waiting = new Map<number, Waiting<Answer>>()

  const giveUp = (of: Worker, cause: unknown): void => {
    if (worker !== of) return
    worker = undefined
    for (const { reject } of waiting.values()) reject(cause)
    waiting.clear()
  }
  const start = (): Worker => {
    const started = startThread(file, { workerData: data })
    started.on('message', ({ id, answer }: { readonly id: number; readonly answer: Answer }) => {
      waiting.get(id)?.resolve(answer)
      waiting.delete(id)
      if (waiting.size === 0) started.unref()
    })
    started.on('error', (cause) => giveUp(started, cause))
    started.on('exit', () => giveUp(started, new Error(`the thread of ${file.pathname} has ended`)))
    return started
  }
  return {
    ask: (ask) => new Promise((resolve, reject) => {
      worker ??= start()
      last += 1
      waiting.set(last, { resolve, reject })
      worker.ref()
      worker.postMessage({ id: last, ask })
    }),
    close: async () => void (await worker?.terminate()),
  }
}

/** In the thread: answers each ask. */
export function answerAsks<Ask, Answer>(answer: (ask: Ask) => Answer): void {
  parentPort?.on('message', ({ id, ask }: { readonly id: number; readonly ask: Ask }) => parentPort?.postMessage({ id, answer: answer(ask) }))
}
