import { expect, test } from 'vitest'
import type { Secret } from '../../api/core/v1.ts'
import { pod } from '../fake/pods.ts'
import { bytesToFree, toRemove } from './image-gc.ts'
import { normalizeImage } from './image-name.ts'
import { pullCredentials } from './pull-secrets.ts'

test.each([
  ['busybox', 'busybox:latest'],
  ['busybox:1', 'busybox:1'],
  ['localhost:5000/a/b', 'localhost:5000/a/b:latest'],
  ['r.example/a@sha256:' + 'a'.repeat(64), 'r.example/a@sha256:' + 'a'.repeat(64)],
  ['Bad//Name', undefined],
  ['', undefined],
  ['a:b:c', undefined],
])('%j is %j', (image, normal) => expect(normalizeImage(image)).toBe(normal))

test('image garbage: at 85 % down to 80 %, the largest unused first', () => {
  const marks = { highPercent: 85, lowPercent: 80 }
  expect(bytesToFree({ diskCapacityBytes: 1000, diskAvailableBytes: 200 }, marks)).toBe(0)
  expect(bytesToFree({ diskCapacityBytes: 1000, diskAvailableBytes: 100 }, marks)).toBe(100)
  const images = [
    { id: 'small', size: 10 },
    { id: 'large', size: 90 },
    { id: 'used', size: 500 },
    { id: 'pinned', size: 500, pinned: true },
    { id: 'medium', size: 50 },
  ]
  expect(toRemove(images, new Set(['used']), 100).map((i) => i.id)).toEqual(['large', 'medium'])
})

const secretOf = (key: string, value: object) => ({ data: { [key]: Buffer.from(JSON.stringify(value)).toString('base64') } }) as unknown as Secret
const auth = Buffer.from('user:pa:ss').toString('base64')
test.each([
  ['r.example/a:1', { auths: { 'https://r.example/v1/': { auth } } }, [{ username: 'user', password: 'pa:ss', serverAddress: 'https://r.example/v1/' }]],
  ['other.example/a:1', { auths: { 'r.example': { auth } } }, []],
  [
    'busybox',
    { auths: { 'https://index.docker.io/v1/': { username: 'u', password: 'p' } } },
    [{ username: 'u', password: 'p', serverAddress: 'https://index.docker.io/v1/' }],
  ],
])('credentials for %s', async (image, config, want) => {
  expect(
    await pullCredentials(pod({ imagePullSecrets: [{ name: 's' }, { name: 'missing' }] }), image, async (name) =>
      name === 's' ? secretOf('.dockerconfigjson', config) : undefined,
    ),
  ).toEqual(want)
})
