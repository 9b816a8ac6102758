// Whatever a path or a continue token says, what is read lies under the prefix of the resource that was authorized.
import { posix } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { resourceFacts } from '../../../api/resource-facts.ts'
import { decodeContinue } from '../../cacher/continue-token.ts'
import { parseRequestInfo } from '../../http/request-info.ts'
import { keyUnder, resourcePrefix } from './keys.ts'

const stored = [...resourceFacts.values()].filter((facts) => facts.storageVersion !== undefined)
const prefixes = [...new Set(stored.map(resourcePrefix))]

test('no prefix of a resource begins another one', () => {
  for (const one of prefixes) expect(prefixes.filter((other) => other.startsWith(one))).toEqual([one])
})

const piece = fc.oneof(
  fc.constantFrom(
    '..',
    '.',
    '%2e%2e',
    '%2E',
    '%2F',
    '%2f..%2f',
    '%00',
    '%25',
    '',
    'default',
    'secrets',
    'configmaps',
    'specs',
    'endpoints',
    'namespaces',
    'watch',
  ),
  fc.string({ maxLength: 6 }).map(encodeURIComponent),
)

test('random paths', () => {
  fc.assert(
    fc.property(fc.constantFrom(...stored), fc.array(piece, { maxLength: 4 }), fc.boolean(), (facts, pieces, namespaced) => {
      const root = facts.group ? `/apis/${facts.group}/${facts.version}` : `/api/${facts.version}`
      const path = [root, ...(namespaced ? ['namespaces', pieces[0] ?? 'default'] : []), facts.plural, ...pieces.slice(1)].join('/')
      let info: ReturnType<typeof parseRequestInfo>
      try {
        info = parseRequestInfo('GET', path, new URLSearchParams())
      } catch (error) {
        expect(error).toMatchObject({ code: 400 })
        return
      }
      const found = resourceFacts.get(`${info.apiGroup ? `${info.apiGroup}/` : ''}${info.apiVersion}/${info.resource}`)
      if (!found) return
      const prefix = resourcePrefix(found)
      const key = keyUnder(prefix, found.namespaced ? info.namespace : '', info.name)
      expect(prefixes.filter((each) => key.startsWith(each)).every((each) => each === prefix)).toBe(true)
      // Neither part holds a slash: a key names one object in one namespace.
      for (const part of [info.namespace, info.name]) expect(part).not.toContain('/')
    }),
    { numRuns: 2000 },
  )
})

test('random continue tokens', () => {
  const start = fc
    .array(fc.oneof(fc.constantFrom('..', '.', '', 'default', 'secrets', 'a'), fc.string({ maxLength: 4 })), { maxLength: 5 })
    .map((parts) => parts.join('/'))
  fc.assert(
    fc.property(fc.constantFrom(...prefixes), start, fc.integer({ min: -1 }), (prefix, from, rv) => {
      const token = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv, start: from })).toString('base64url')
      let key: string
      try {
        key = decodeContinue(token, prefix).from
      } catch (error) {
        expect(error).toMatchObject({ code: 400 })
        return
      }
      expect(key.startsWith(prefix)).toBe(true)
      expect(posix.normalize(key).startsWith(prefix)).toBe(true)
    }),
    { numRuns: 2000 },
  )
})
