/** Threads, and what a process must do before it has one. */
import { setFlagsFromString } from 'node:v8'
import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * Starts the module `file` as a thread.
 *
 * V8 in Node 24 at times frees machine code of a WebAssembly module that another thread still has, and then the whole process ends with
 * "Check failed: jit_page.has_value()" or SIGSEGV (https://github.com/nodejs/node/issues/64500, read 2026-11-29, open). Our threads run
 * the embedded database, counts of tokens and, from sources, Node's remover of types. So a process with threads frees no such code: what
 * V8 compiled better stays beside it, a few MB in all.
 */
export function startThread(file: URL, options: WorkerOptions): Worker {
  setFlagsFromString('--no-wasm-code-gc')
  return new Worker(file, options)
}
