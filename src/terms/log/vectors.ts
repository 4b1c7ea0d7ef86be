/** Test material kept beside the checkout: `../shared`, absent on most machines. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../../../shared')

/** Options of a test that needs a folder of ../shared: skips it with a reason where the folder is absent. */
export const needs = (folder: string): { skip: string | false } => ({ skip: existsSync(join(root, folder)) ? false : `skipped: ../shared/${folder} not found` })

export const sharedText = (path: string): string => readFileSync(join(root, path), 'utf8')

/** Integers keep all their digits: they come as bigint. */
export const sharedJson = (path: string): unknown =>
  JSON.parse(sharedText(path), ((_key: string, value: unknown, context: { source?: string }) => (typeof value === 'number' && /^\d+$/.test(context.source ?? '') ? BigInt(context.source as string) : value)) as (key: string, value: unknown) => unknown)

/** Paths of the JSON files below a folder, relative to ../shared. */
export function sharedFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json')).sort().map((name) => join(folder, name))
}
