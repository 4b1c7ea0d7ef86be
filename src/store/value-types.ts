/** How column values arrive: exact or as text, never through a float or the process's time zone. */
import { types, type CustomTypesConfig } from 'pg'

/** Object ids of the types whose default reading is wrong for us: https://www.postgresql.org/docs/current/catalog-pg-type.html */
const date = 1082
const timestamp = 1114
const timestamptz = 1184

/** `2026-11-01 09:30:00.5+00` → `2026-11-01T09:30:00.5Z`: RFC 3339, because every session runs in UTC. */
export function readInstant(text: string): string {
  return text.endsWith('+00') ? `${text.slice(0, -3).replace(' ', 'T')}Z` : text
}

const asText = (text: string): string => text

/**
 * int8 and numeric stay text and jsonb is parsed, as the driver does by itself; timestamptz becomes RFC 3339 text in UTC,
 * date and timestamp stay text instead of a Date in the process's time zone.
 */
export const valueTypes: CustomTypesConfig = {
  getTypeParser: ((id: number, format?: 'text' | 'binary') => {
    if (format !== 'binary') {
      if (id === timestamptz) return readInstant
      if (id === date || id === timestamp) return asText
    }
    return types.getTypeParser(id, format as 'text')
  }) as CustomTypesConfig['getTypeParser'],
}
