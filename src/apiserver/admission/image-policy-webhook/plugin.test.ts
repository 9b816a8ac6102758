import { describe, expect, test } from 'vitest'
import { FakeClock } from '../../../util/fake/clock.ts'
import { attributesFor } from '../fake/attributes.ts'
import { type ImagePolicyConfiguration, imagePolicyConfiguration } from './configuration.ts'
import { newImagePolicyWebhook } from './plugin.ts'
import type { ImageReview, ImageReviewStatus } from './review.ts'

const configuration: ImagePolicyConfiguration = { kubeConfigFile: 'k', allowMs: 5000, denyMs: 1000, retryBackoffMs: 100, defaultAllow: false }

function cluster(answers: (ImageReviewStatus | Error)[], changes: Partial<ImagePolicyConfiguration> = {}) {
  const clock = new FakeClock()
  const asked: ImageReview['spec'][] = []
  const backend = async (review: ImageReview) => {
    asked.push(review.spec)
    const answer = answers[Math.min(asked.length, answers.length) - 1]!
    if (answer instanceof Error) throw answer
    return { ...review, status: answer }
  }
  const plugin = newImagePolicyWebhook({ configuration: { ...configuration, ...changes }, backend, clock })
  const create = async (image: string, overrides: object = {}) => {
    const object = {
      metadata: { name: 'p', annotations: { 'a.image-policy.k8s.io/x': 'y', other: 'z' } },
      spec: { containers: [{ name: 'c', image }], initContainers: [{ name: 'i', image: 'init' }] },
    }
    const attributes = attributesFor('pods', { object, ...overrides })
    const answer = Promise.resolve(plugin.validate!(attributes)).then(
      () => '',
      (error: Error) => error.message,
    )
    await clock.advance(0)
    return { answer, annotations: attributes.annotations }
  }
  return { clock, asked, create }
}

test('a backend is asked about all images, and told what is meant for it', async () => {
  const { asked, create } = cluster([{ allowed: true, auditAnnotations: { who: 'me' } }])
  const { answer, annotations } = await create('web:1')
  expect(await answer).toBe('')
  expect(asked).toEqual([{ containers: [{ image: 'init' }, { image: 'web:1' }], annotations: { 'a.image-policy.k8s.io/x': 'y' }, namespace: 'ns' }])
  expect(annotations).toEqual({ 'imagepolicywebhook.image-policy.k8s.io/who': 'me' })
})

test.each([
  [{ allowed: false, reason: 'old' }, 'pods "p" is forbidden: image policy webhook backend denied one or more images: old'],
  [{ allowed: false }, 'pods "p" is forbidden: one or more images rejected by webhook backend'],
  [{} as ImageReviewStatus, 'pods "p" is forbidden: one or more images rejected by webhook backend'],
])('%j is a no', async (status, why) => {
  expect(await (await cluster([status]).create('web:1')).answer).toBe(why)
})

test('answers are remembered as long as is said', async () => {
  const { clock, asked, create } = cluster([{ allowed: true }, { allowed: false }])
  await (
    await create('web:1')
  ).answer
  await clock.advance(4999)
  expect(await (await create('web:1')).answer).toBe('')
  expect(asked).toHaveLength(1)
  await clock.advance(1)
  expect(await (await create('web:1')).answer).toContain('rejected')
  expect(asked).toHaveLength(2)
  await clock.advance(1000)
  await (
    await create('web:1')
  ).answer
  expect(asked).toHaveLength(3)
})

test('a backend that fails is asked five times, and then the answer is no', async () => {
  const { clock, asked, create } = cluster([new Error('connect ECONNREFUSED')])
  const { answer } = await create('web:1')
  await clock.advance(100 + 150 + 225 + 338)
  expect(await answer).toBe('pods "p" is forbidden: connect ECONNREFUSED')
  expect(asked).toHaveLength(5)
})

test('or yes, when that is the default, and it is written down', async () => {
  const { clock, create } = cluster([new Error('connect ECONNREFUSED')], { defaultAllow: true })
  const { answer, annotations } = await create('web:1')
  await clock.advance(10_000)
  expect(await answer).toBe('')
  expect(annotations).toEqual({ 'imagepolicywebhook.image-policy.k8s.io/failed-open': 'true' })
})

test('ephemeral containers are asked about when they come', async () => {
  const { asked, create } = cluster([{ allowed: false }])
  const object = { metadata: { name: 'p' }, spec: { containers: [{ image: 'a' }], ephemeralContainers: [{ image: 'debug' }] } }
  expect(await (await create('', { operation: 'UPDATE', subresource: 'ephemeralcontainers', object, oldObject: object })).answer).toContain('rejected')
  expect(asked).toEqual([{ containers: [{ image: 'debug' }], namespace: 'ns' }])
  expect(await (await create('', { operation: 'UPDATE', subresource: 'status' })).answer).toBe('')
})

describe('configuration', () => {
  const read = (rest: string) => imagePolicyConfiguration(`imagePolicy: {kubeConfigFile: k${rest}}`)
  test('has defaults, and -1 switches off', () => {
    expect(read('')).toEqual({ kubeConfigFile: 'k', allowMs: 300_000, denyMs: 30_000, retryBackoffMs: 500, defaultAllow: false })
    expect(read(', allowTTL: 50, denyTTL: -1, retryBackoff: 200, defaultAllow: true')).toEqual({
      kubeConfigFile: 'k',
      allowMs: 50_000,
      denyMs: 0,
      retryBackoffMs: 200,
      defaultAllow: true,
    })
  })
  test.each([
    [', allowTTL: 1801', 'valid value is between 1s and 30m0s, got 30m1s'],
    [', denyTTL: 1', 'valid value is between 1s and 30m0s, got 1s'],
    [', retryBackoff: 300001', 'valid value is between 1ns and 5m0s'],
    [', ttl: 1', 'strict decoding error: unknown field "imagePolicy.ttl"'],
  ])('%j is refused', (rest, why) => {
    expect(() => read(rest)).toThrow(why)
  })
  test('there must be some', () => {
    expect(() => imagePolicyConfiguration(undefined)).toThrow('no config specified')
  })
})
