/** Answers of the admin API as files. */
import { open, type Given, type Route } from './api.ts'
import { saveBlob } from './csv.ts'

export async function saveAnswer<R extends Route>(name: string, route: R, given: Given<R>): Promise<void> {
  const response = await open(route, given as Parameters<typeof open>[1])
  saveBlob(name.replaceAll(/[/:]/g, '-'), await response.blob())
}

export const saveJson = (name: string, value: unknown): void => saveBlob(`${name.replaceAll(/[/:]/g, '-')}.json`, new Blob([JSON.stringify(value, undefined, 2)], { type: 'application/json' }))
