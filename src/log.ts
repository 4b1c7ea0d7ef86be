/** The node's log: one JSON line each, on standard error, so that standard output stays for people and pipes. */
import pino from 'pino'

export interface Log {
  readonly info: (message: string, about?: object) => void
  readonly warn: (message: string, cause?: unknown) => void
  readonly error: (message: string, cause?: unknown) => void
}

export interface NodeLog extends Log {
  /** From now on lines below this level are left out. */
  readonly setLevel: (level: string) => void
}

/** Secrets never reach it: callers log ids and causes, not requests. */
export function makeLog(level: string): NodeLog {
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 2, sync: true }))
  const about = (cause: unknown): object => (cause === undefined ? {} : { err: cause instanceof Error ? cause : new Error(typeof cause === 'string' ? cause : JSON.stringify(cause)) })
  return {
    info: (message, more) => logger.info(more ?? {}, message),
    warn: (message, cause) => logger.warn(about(cause), message),
    error: (message, cause) => logger.error(about(cause), message),
    setLevel: (next) => void (logger.level = next),
  }
}
