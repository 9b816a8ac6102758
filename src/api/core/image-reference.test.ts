// Expectations: pkg/util/parsers/parsers_test.go, github.com/distribution/reference normalize_test.go.
import { expect, test } from 'vitest'
import { parseImageReference } from './image-reference.ts'

const sha256 = `sha256:${'0'.repeat(64)}`

test.each<[image: string, tag: string | undefined, digest?: string]>([
  ['busybox', 'latest'],
  ['busybox:1', '1'],
  ['library/busybox', 'latest'],
  ['localhost:5000/a/b', 'latest'],
  ['localhost/a:latest', 'latest'],
  ['registry.example:5000/a/b:v1.2_3-x', 'v1.2_3-x'],
  ['[2001:db8::1]:5000/a', 'latest'],
  // Capitals make the first part a host.
  ['HOST/a', 'latest'],
  [`a@${sha256}`, '', sha256],
  [`a:latest@${sha256}`, 'latest', sha256],
  [`a@sha512:${'f'.repeat(128)}`, '', `sha512:${'f'.repeat(128)}`],
  ['a__b-c--d.e', 'latest'],
  ['', undefined],
  ['Busybox', undefined],
  ['a/Busybox', undefined],
  [' busybox', undefined],
  ['a//b', undefined],
  ['a:b:c', undefined],
  ['host:80/a:', undefined],
  ['https://registry.example/a', undefined],
  ['-host.example/a', undefined],
  ['a@sha256:1', undefined],
  [`a@md5:${'0'.repeat(32)}`, undefined],
  [`a@sha256:${'F'.repeat(64)}`, undefined],
  ['0'.repeat(64), undefined],
  [`registry.example/${'a'.repeat(250)}`, undefined],
  [`a:${'b'.repeat(128)}`, 'b'.repeat(128)],
  [`a:${'b'.repeat(129)}`, undefined],
])('%j has the tag %j', (image, tag, digest = '') => expect(parseImageReference(image)).toEqual(tag === undefined ? undefined : { tag, digest }))

test('an endless name is no image', () => expect(parseImageReference('a-'.repeat(1_000_000))).toBeUndefined())
