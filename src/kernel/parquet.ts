/** Parquet files that every reader takes. */
import { parquetWriteBuffer } from 'hyparquet-writer'

export type ParquetOptions = Parameters<typeof parquetWriteBuffer>[0]

/** How the writer ends a file's number of rows and its list of row groups where there are none: a list of no type. */
const untypedList = Buffer.from([0x16, 0x00, 0x19, 0x00])
/** The same as a list of structs, which is what the format wants (Thrift's compact protocol, `0x0c`). */
const structs = 0x0c

/** A file of these columns. One without rows is whole as well: readers that check types, Arrow's among them, would refuse the writer's. */
export function parquetFile(options: ParquetOptions): Buffer {
  const file = Buffer.from(parquetWriteBuffer(options))
  if ((options.columnData[0]?.data.length ?? 0) > 0) return file
  const found = file.lastIndexOf(untypedList)
  if (found === -1) throw new Error('the Parquet writer ends a file without rows otherwise than expected: adapt src/kernel/parquet.ts to its new version')
  file[found + untypedList.length - 1] = structs
  return file
}
