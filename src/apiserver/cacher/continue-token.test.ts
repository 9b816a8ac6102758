import { expect, test } from 'vitest'
import { decodeContinue, encodeContinue } from './continue-token.ts'

const prefix = '/registry/configmaps/ns/'

test('a token is upstream’s and comes back', () => {
  const text = encodeContinue({ revision: 7, from: `${prefix}b\0` }, prefix)
  expect(JSON.parse(Buffer.from(text, 'base64url').toString())).toEqual({ v: 'meta.k8s.io/v1', rv: 7, start: 'b\0' })
  expect(decodeContinue(text, prefix)).toEqual({ revision: 7, from: `${prefix}b\0` })
})

const token = (text: string) => Buffer.from(text).toString('base64url')

test('a leading slash does not count', () => {
  expect(decodeContinue(token('{"v":"meta.k8s.io/v1","rv":1,"start":"/a"}'), prefix)).toEqual({ revision: 1, from: `${prefix}a` })
})

for (const [text, why] of [
  [token('[]'), 'json: cannot unmarshal array into Go value of type storage.continueToken'],
  [token('5'), 'json: cannot unmarshal number into Go value of type storage.continueToken'],
  [token('null'), 'server does not recognize this encoded version '],
  [token('{"v":1}'), 'json: cannot unmarshal number into Go struct field continueToken.v of type string'],
  [token('{"v":"meta.k8s.io/v1","rv":"1","start":"a"}'), 'json: cannot unmarshal string into Go struct field continueToken.rv of type int64'],
  [token('{"v":"meta.k8s.io/v1","rv":1.5,"start":"a"}'), 'json: cannot unmarshal number 1.5 into Go struct field continueToken.rv of type int64'],
  [token('{"v":"meta.k8s.io/v1","rv":1,"start":"a/"}'), 'a/'],
  [token('{"v":"meta.k8s.io/v1","rv":1,"start":"//a"}'), '//a'],
  [token('{"v" 1}'), "invalid character '1' after object key"],
  [token('{"v":'), 'unexpected end of JSON input'],
  ['!!!', 'illegal base64 data at input byte 0'],
  ['e30', 'server does not recognize this encoded version '],
  [Buffer.from('{"v":"meta.k8s.io/v1","rv":0,"start":"a"}').toString('base64url'), 'incorrect encoded start resourceVersion (version meta.k8s.io/v1)'],
  [Buffer.from('{"v":"meta.k8s.io/v1","rv":1,"start":""}').toString('base64url'), 'encoded start key empty (version meta.k8s.io/v1)'],
  // A path that climbs would leave the prefix, and so the namespace that was authorized.
  [Buffer.from('{"v":"meta.k8s.io/v1","rv":1,"start":"../../x"}').toString('base64url'), '../../x'],
] as const) {
  test(`refused: ${why}`, () => {
    expect(() => decodeContinue(text, prefix)).toThrow(`invalid continue token: continue key is not valid: ${why}`)
  })
}
