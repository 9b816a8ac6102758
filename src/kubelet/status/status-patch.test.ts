import { expect, test } from 'vitest'
import { pod } from '../fake/pods.ts'
import { statusPatch } from './status-patch.ts'

const metadata = { uid: 'u1' }
const ready = { type: 'Ready', status: 'True', lastTransitionTime: 't' }

for (const { name, has, wants, patch } of [
  { name: 'the same → nothing', has: { phase: 'Running', conditions: [ready] }, wants: { phase: 'Running', conditions: [ready] }, patch: undefined },
  {
    name: 'empty and absent are the same',
    has: { containerStatuses: [{ name: 'a' }] },
    wants: { containerStatuses: [{ name: 'a', lastState: {} }] },
    patch: undefined,
  },
  {
    name: 'only what differs',
    has: { phase: 'Pending', hostIP: '1' },
    wants: { phase: 'Running', hostIP: '1' },
    patch: { metadata, status: { phase: 'Running' } },
  },
  { name: 'what is gone is taken away', has: { reason: 'x' }, wants: {}, patch: { metadata, status: { reason: null } } },
  {
    name: 'addresses are replaced, not merged',
    has: { podIPs: [{ ip: '1' }] },
    wants: { podIPs: [{ ip: '2' }] },
    patch: { metadata, status: { podIPs: [{ $patch: 'replace' }, { ip: '2' }] } },
  },
  {
    name: 'only the conditions that changed',
    has: { conditions: [ready, { type: 'X', status: 'True' }] },
    wants: {
      conditions: [
        { ...ready, status: 'False' },
        { type: 'X', status: 'True' },
      ],
    },
    patch: { metadata, status: { conditions: [{ ...ready, status: 'False' }] } },
  },
  {
    name: 'a condition that has no reason any more loses the old one',
    has: { conditions: [{ ...ready, status: 'False', reason: 'ContainersNotReady', message: 'm' }] },
    wants: { conditions: [ready] },
    patch: { metadata, status: { conditions: [{ ...ready, reason: null, message: null }] } },
  },
  { name: 'fields of others are left alone', has: { nominatedNodeName: 'n' }, wants: {}, patch: undefined },
] as { name: string; has: object; wants: object; patch: object | undefined }[]) {
  test(name, () => expect(statusPatch(pod({}, { status: has }), wants)).toEqual(patch))
}
