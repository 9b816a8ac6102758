import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { newCodec } from '../../apimachinery/codec/new-codec.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import { schema } from '../../api/schema.ts'
import { AuditEvent, type EventFields, formatMicros } from './event.ts'
import { leastFields } from './fake/backend.ts'

const codec = newCodec(schema)
const receivedMs = Date.UTC(2026, 0, 31, 10, 20, 30, 123) + 0.456

const least: EventFields = {
  ...leastFields,
  stage: 'RequestReceived',
  requestUri: '/api/v1/pods?a=1&b=<2>',
  verb: 'list',
  receivedMs,
  stageMs: receivedMs,
}

const full: EventFields = {
  ...least,
  level: 'RequestResponse',
  stage: 'ResponseComplete',
  user: {
    name: 'a"b',
    uid: 'u',
    groups: ['g', 'h'],
    extra: new Map([
      ['z', ['1']],
      ['b/c', ['2', '3']],
    ]),
  },
  impersonatedUser: { name: 'carol', groups: [], extra: new Map() },
  impersonationConstraint: 'impersonate:user-info',
  sourceIps: ['10.0.0.1', '::1'],
  userAgent: 'kubectl/v1 <x>',
  objectRef: { resource: 'pods', namespace: 'ns', name: 'n', uid: 'u', apiGroup: 'g', apiVersion: 'v1', resourceVersion: '7', subresource: 'log' },
  responseStatus: {
    status: 'Failure',
    message: 'no',
    reason: 'Conflict',
    details: { name: 'n', kind: 'pods', causes: [{ reason: 'r' }], retryAfterSeconds: 1 },
    code: 409,
  },
  stageMs: receivedMs + 1.5,
  annotations: new Map([
    ['b', '2'],
    ['a', 'x & y'],
  ]),
}

test('the least and the most that an event says', () => {
  expect(new AuditEvent(least).json).toBe(
    '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"id","stage":"RequestReceived","requestURI":"/api/v1/pods?a=1\\u0026b=\\u003c2\\u003e","verb":"list","user":{},"requestReceivedTimestamp":"2026-01-31T10:20:30.123456Z","stageTimestamp":"2026-01-31T10:20:30.123456Z"}',
  )
  const { json, item } = new AuditEvent({ ...full, requestObject: '{"a":1}', responseObject: '{"b":2}' })
  expect(JSON.parse(json)).toMatchObject({
    user: { username: 'a"b', uid: 'u', groups: ['g', 'h'], extra: { 'b/c': ['2', '3'], z: ['1'] } },
    impersonatedUser: { username: 'carol' },
    authenticationMetadata: { impersonationConstraint: 'impersonate:user-info' },
    requestObject: { a: 1 },
    responseObject: { b: 2 },
    stageTimestamp: '2026-01-31T10:20:30.124956Z',
  })
  expect(json).toContain('"annotations":{"a":"x \\u0026 y","b":"2"}}')
  expect(item.startsWith('{"level":"RequestResponse",')).toBe(true)
})

/** The encoder by hand against the one that follows the schema table: same members, same order, same escapes. */
test('is what the codec writes', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 5 })
  // The codec's maps are objects, and JavaScript puts keys that are integers first, whatever their order should be.
  const key = text.map((each) => `k${each}`)
  const user = fc.record({ name: text, uid: text, groups: fc.array(text), extra: fc.array(fc.tuple(key, fc.array(text))).map((pairs) => new Map(pairs)) })
  const events = fc.record({
    auditId: text,
    requestUri: text,
    verb: text,
    user: fc.option(user, { nil: undefined }),
    impersonatedUser: fc.option(user, { nil: undefined }),
    sourceIps: fc.array(text),
    userAgent: text,
    objectRef: fc.option(fc.record({ resource: text, namespace: text, name: text, apiGroup: text, subresource: text }), { nil: undefined }),
    responseStatus: fc.option(fc.record({ message: text, code: fc.integer({ min: 100, max: 599 }) }), { nil: undefined }),
    annotations: fc.array(fc.tuple(fc.stringMatching(/^[a-z/]{1,5}$/), text)).map((pairs) => new Map(pairs)),
  })
  const type = 'io.k8s.apiserver.pkg.apis.audit.v1.Event'
  const check = (fields: EventFields) => {
    const { json } = new AuditEvent(fields)
    const { object, strictErrors } = codec.convert(type, codec.parseJson(json).value)
    expect(strictErrors).toEqual([])
    expect(codec.encodeJson(object)).toBe(json)
  }
  check(full)
  fc.assert(
    fc.property(events, (some) => check({ ...least, ...some })),
    { numRuns: 200 },
  )
})

test('the legacy line', () => {
  expect(new AuditEvent(least).legacy).toBe(
    '2026-01-31T10:20:30.123456Z AUDIT: id="id" stage="RequestReceived" ip="<unknown>" method="list" user="<none>" groups="<none>" as="<self>" asgroups="<lookup>" user-agent="" namespace="<none>" uri="/api/v1/pods?a=1&b=<2>" response="<deferred>"',
  )
  expect(new AuditEvent(full).legacy).toContain(
    String.raw`ip="10.0.0.1" method="list" user="a\"b" groups="\"g\",\"h\"" as="carol" asgroups="" user-agent="kubectl/v1 <x>" namespace="ns"`,
  )
})

test('times have six digits', () => {
  expect(formatMicros(Date.UTC(2026, 0, 1))).toBe('2026-01-01T00:00:00.000000Z')
  expect(formatMicros(Date.UTC(2026, 0, 1, 0, 0, 0, 999) + 0.5)).toBe('2026-01-01T00:00:00.999500Z')
  expect(formatMicros(Date.UTC(2026, 0, 1) - 1)).toBe('2025-12-31T23:59:59.999000Z')
})

test('an object reference leaves out what is empty', () => {
  const { json } = new AuditEvent({ ...least, objectRef: { resource: 'pods', name: '', apiVersion: 'v1' } })
  expect((JSON.parse(json) as JsonObject)['objectRef']).toEqual({ resource: 'pods', apiVersion: 'v1' })
})
