import { expect, test } from 'vitest'
import { fieldErrorMessage } from '../field-errors.ts'
import { isDns1123Subdomain } from './names.ts'
import { type Meta, validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts'

const create = (meta: Meta) =>
  validateObjectMeta({ name: 'o', namespace: 'n', ...meta }, { namespaced: true, validateName: isDns1123Subdomain }).map(fieldErrorMessage)
const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'u' }

// Texts of a real API server.
test.each<[string, Meta, string[]]>([
  ['good', { labels: { a: 'b' }, annotations: { 'Example.COM/X': 'any text\n' }, finalizers: ['example.com/f'], ownerReferences: [owner] }, []],
  ['no name', { name: '' }, ['metadata.name: Required value: name or generateName is required']],
  ['owner without uid', { ownerReferences: [{ ...owner, uid: '' }] }, ['metadata.ownerReferences.uid: Invalid value: "": must not be empty']],
  [
    'owner version',
    { ownerReferences: [{ ...owner, apiVersion: 'a/b/c' }] },
    ['metadata.ownerReferences.apiVersion: Invalid value: "a/b/c": version must not be empty'],
  ],
  [
    'owned by an event',
    { ownerReferences: [{ ...owner, kind: 'Event' }] },
    ['metadata.ownerReferences: Invalid value: {"apiVersion":"v1","kind":"Event","name":"c","uid":"u"}: /v1, Kind=Event is disallowed from being an owner'],
  ],
  [
    'two controllers',
    {
      ownerReferences: [
        { ...owner, controller: true },
        { ...owner, name: 'd', controller: true },
      ],
    },
    [
      'metadata.ownerReferences: Invalid value: [{"apiVersion":"v1","kind":"ConfigMap","name":"c","uid":"u","controller":true},{"apiVersion":"v1","kind":"ConfigMap","name":"d","uid":"u","controller":true}]: Only one reference can have Controller set to true. Found "true" in references for ConfigMap/c and ConfigMap/d',
    ],
  ],
  [
    'unknown finalizer',
    { finalizers: ['nodomain'] },
    ['metadata.finalizers[0]: Invalid value: "nodomain": name is neither a standard finalizer name nor is it fully qualified'],
  ],
  [
    'conflicting finalizers',
    { finalizers: ['orphan', 'foregroundDeletion'] },
    ['metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set'],
  ],
  ['annotations', { annotations: { a: 'x'.repeat(262_144) } }, ['metadata.annotations: Too long: may not be more than 262144 bytes']],
  [
    'managed fields',
    { managedFields: [{ operation: 'Patch', manager: 'm' }] },
    ['metadata.managedFields[0].operation: Invalid value: "Patch": must be `Apply` or `Update`'],
  ],
  [
    'hostile label',
    { labels: JSON.parse('{"__proto__":"x y"}') as Record<string, string> },
    [expect.stringContaining('metadata.labels: Invalid value: "__proto__"'), expect.stringContaining('"x y"')],
  ],
])('create: %s', (_, meta, messages) => {
  expect(create(meta)).toEqual(messages)
})

const stored: Meta = { name: 'o', namespace: 'n', uid: '1', resourceVersion: '5', creationTimestamp: 't' }

test.each<[string, Meta, Meta, string[]]>([
  ['nothing changed', stored, stored, []],
  ['no version', { ...stored, resourceVersion: '' }, stored, ['metadata.resourceVersion: Invalid value: "": must be specified for an update']],
  ['other uid', { ...stored, uid: '2' }, stored, ['metadata.uid: Invalid value: "2": field is immutable']],
  ['grace period', { ...stored, deletionGracePeriodSeconds: 4 }, stored, ['metadata.deletionGracePeriodSeconds: Invalid value: 4: field is immutable']],
  [
    'finalizer on a deleted object',
    { ...stored, deletionTimestamp: 'd', finalizers: ['example.com/f', 'example.com/new'] },
    { ...stored, deletionTimestamp: 'd', finalizers: ['example.com/f'] },
    ['metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/new"}'],
  ],
])('update: %s', (_, meta, old, messages) => {
  expect(validateObjectMetaUpdate(meta, old).map(fieldErrorMessage)).toEqual(messages)
})
