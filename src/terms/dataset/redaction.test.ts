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
    ['card 4111 1111 1111 1111 12/26 and 7 4111-1111-1111-1111 123', 'card [card] 12/26 and 7 [card] 123'],
    ['BE68 5390 0754 7034 PLEASE, de89370400440532013000 too', '[iban] PLEASE, [iban] too'],
    ['zero\u200bwidth@exam\u00adple.org and max\uff20example.org', '[email] and [email]'],
    ['card \uff14\uff11\uff11\uff11\u00a01111\u20111111\u20111111, tea', 'card [card], tea'],
    ['\u{1f468}\u200d\u{1f469}\u200d\u{1f467} a\u0301 \ufb01ne 2001:db8::1 fe80::1, ok', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467} a\u0301 \ufb01ne [ip] [ip], ok'],
    ['std::string a::b at 10:20:30 or 1::2', 'std::string a::b at 10:20:30 or 1::2'],
    ['two: a@b.org,c@d.org', 'two: [email],[email]'],
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
