/** `metadata` of OpenAI's dialects: a flat map of texts. */
import { isObject, type Fields } from './fields.ts'

export function readTags(fields: Fields, key: string): Readonly<Record<string, string>> | undefined {
  const value = fields.take(key)
  if (value === undefined) return undefined
  if (!isObject(value)) {
    fields.refuse(key, 'invalid_type', `'${fields.at(key)}' must be an object of texts.`)
    return undefined
  }
  const tags: Record<string, string> = {}
  for (const [name, text] of Object.entries(value)) {
    if (typeof text === 'string') Object.defineProperty(tags, name, { value: text, enumerable: true, configurable: true, writable: true })
    else fields.refuse(`${key}.${name}`, 'invalid_type', `'${fields.at(key)}.${name}' must be a string.`)
  }
  return tags
}
