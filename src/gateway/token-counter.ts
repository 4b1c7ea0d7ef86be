/** Exact token counts in a worker thread, started on first use: counting blocks, so it never runs on the loop that relays. */
import { askedWorker } from '../kernel/asked-worker.ts'

export interface TokenCounter {
  readonly count: (text: string) => Promise<number>
  readonly close: () => Promise<void>
}

export function makeTokenCounter(): TokenCounter {
  const { ask, close } = askedWorker<string, number>(new URL('./token-worker.ts', import.meta.url))
  return { count: ask, close }
}
