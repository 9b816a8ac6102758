import { expect, test } from 'vitest'
import { protocolToken } from './protocol-token.ts'

const token = (text: string | Uint8Array) => `base64url.bearer.authorization.k8s.io.${Buffer.from(text as string).toString('base64url')}`

for (const { name, protocols, expected } of [
  { name: 'no protocols', protocols: [], expected: { token: undefined, others: [] } },
  { name: 'none with a token', protocols: ['v5.channel.k8s.io'], expected: { token: undefined, others: ['v5.channel.k8s.io'] } },
  { name: 'a token and what to talk', protocols: [token('ä-secret'), 'v5.channel.k8s.io'], expected: { token: 'ä-secret', others: ['v5.channel.k8s.io'] } },
  { name: 'the token last', protocols: ['a', 'b', token('x')], expected: { token: 'x', others: ['a', 'b'] } },
  { name: 'nothing to agree to', protocols: [token('x')], expected: { token: undefined, others: [] } },
  { name: 'an empty token', protocols: [token(''), 'a'], expected: { token: undefined, others: ['a'] } },
  { name: 'two tokens are nobody', protocols: [token('x'), token('x'), 'a'], expected: { token: '', others: ['a'] } },
  { name: 'no base64', protocols: [`${token('x')}=`, 'a'], expected: { token: '', others: ['a'] } },
  { name: 'half a byte', protocols: [`${token('')}x`, 'a'], expected: { token: '', others: ['a'] } },
  { name: 'no text', protocols: [token(Uint8Array.of(0xff, 0xfe)), 'a'], expected: { token: '', others: ['a'] } },
])
  test(name, () => expect(protocolToken(protocols)).toEqual(expected))
