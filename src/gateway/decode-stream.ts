/** Undoes the content coding of a stream as it comes. Some hosts compress although they were asked not to. */
import { constants, createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import type { Transform } from 'node:stream'

export interface Decoder {
  readonly write: (chunk: Buffer) => void
  readonly end: () => void
}

/** What came before a cut counts: a coding that is not complete gives what it holds (`finishFlush`) in place of an error. */
const zlib = { finishFlush: constants.Z_SYNC_FLUSH }
const makers: ReadonlyMap<string, () => Transform> = new Map(Object.entries({
  gzip: () => createGunzip(zlib), 'x-gzip': () => createGunzip(zlib), deflate: () => createInflate(zlib),
  br: () => createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH }), zstd: () => createZstdDecompress({ finishFlush: constants.ZSTD_e_flush }),
}))

/** Whether a coding can be undone here. */
export const isKnownCoding = (coding: string): boolean => makers.has(coding)

/** By what `codingOf` read. An unknown or broken coding ends the stream where it stands, `broken`: a pipe finds its terminal event missing. */
export function makeDecoder(coding: string, data: (chunk: Buffer) => void, ended: (broken: boolean) => void): Decoder {
  const make = makers.get(coding)
  if (make === undefined) return { write: () => {}, end: () => ended(true) }
  const transform = make()
  let over = false
  const finish = (broken: boolean): void => {
    if (over) return
    over = true
    ended(broken)
  }
  transform.on('data', data).on('end', () => finish(false)).on('error', () => finish(true))
  return { write: (chunk) => void transform.write(chunk), end: () => void transform.end() }
}
