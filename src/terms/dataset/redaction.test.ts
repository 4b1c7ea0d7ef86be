import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ibanHolds, luhnHolds, redact, redactRows } from './redaction.ts'

test('what has a form goes, what only looks like it stays', () => {
  for (const [text, expected] of [
    ['write to ada.l@example.co.uk, please', 'write to [email], please'],
    ['call +39 02 1234 5678 today', 'call [telephone] today'],
    ['IBAN DE89 3704 0044 0532 0130 00.', 'IBAN [iban].'],
    ['IBAN DE89 3704 0044 0532 0130 02.', 'IBAN DE89 3704 0044 0532 0130 02.'],
    ['card 4111 1111 1111 1111 ok', 'card [card] ok'],
    ['order 4111 1111 1111 1112 ok', 'order 4111 1111 1111 1112 ok'],
    ['from 192.168.10.4 at 10:00', 'from [ip] at 10:00'],
    ['version 1.2.3.999 of 2026', 'version 1.2.3.999 of 2026'],
    ['postgres://me:pass@host/db', 'postgres://[credentials]@host/db'],
    ['key sk-abcdefghijklmnop1234 here', 'key [secret] here'],
    ['ssn 123-45-6789', 'ssn [ssn]'],
    ['In 1969, 2,001 people; pi is 3.14159.', 'In 1969, 2,001 people; pi is 3.14159.'],
  ] as const) assert.equal(redact(text).text, expected)
  assert.equal(redact('ring 02 1234 5678', 'IT').text, 'ring [telephone]')
  assert.equal(ibanHolds('GB82WEST12345698765432'), true)
  assert.equal(luhnHolds('79927398713'), false, 'too short for a card')
})

test('rows are counted by what was found', () => {
  const row = (content: string): Parameters<typeof redactRows>[0][number] => ({ id: content, messages: [{ role: 'user', content }] })
  const { rows, changed, found } = redactRows([row('a@example.org and b@example.org'), row('nothing')])
  assert.equal(changed, 1)
  assert.deepEqual(found, { email: 2 })
  assert.equal(rows[0]?.messages[0]?.content, '[email] and [email]')
})
