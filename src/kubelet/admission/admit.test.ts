import { expect, test } from 'vitest'
import type { Node } from '../../api/core/v1.ts'
import { container, pod, readySandbox, runtimePod } from '../fake/pods.ts'
import { garbageOf } from '../gc/garbage-collector.ts'
import { admit } from './admit.ts'

const node = { metadata: { labels: { zone: 'a' } } } as unknown as Node
const allocatable = { cpu: '2', memory: '1Gi', pods: '2' }
const asks = (cpu: string, port?: number) => ({
  containers: [{ name: 'c', resources: { requests: { cpu } }, ...(port ? { ports: [{ containerPort: 80, hostPort: port }] } : {}) }],
})
const other = pod(asks('1500m', 8080), { metadata: { uid: 'u2' } })

test.each([
  ['fits', asks('500m', 8081), undefined],
  ['too much', asks('600m'), "Node didn't have enough resource: cpu, requested: 600, used: 1500, capacity: 2000"],
  ['port taken', asks('1m', 8080), "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"],
  ['another zone', { nodeSelector: { zone: 'b' } }, "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"],
  ['safe sysctl', { securityContext: { sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }] } }, undefined],
  ['unsafe sysctl', { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }, 'forbidden sysctl: "kernel.msgmax" not allowlisted'],
  ['Windows', { os: { name: 'windows' } }, "Failed to admit pod as the OS field doesn't match node OS"],
] as [string, object, string | undefined][])('%s', (_, spec, message) =>
  expect(admit(pod(spec), { others: [other], node, allocatable })?.message).toBe(message),
)

test('the node is full', () => expect(admit(pod(), { others: [other, pod({}, { metadata: { uid: 'u3' } })], node, allocatable })?.reason).toBe('OutOfpods'))

test('garbage: all but the newest dead instance and sandbox; all of an unknown pod that has stopped', () => {
  const dead = (id: string) => container('main', 'exited', { id })
  const subject = runtimePod([container('main', 'running'), dead('new'), dead('old')], [readySandbox, { ...readySandbox, id: 'older', ready: false }])
  expect(garbageOf(subject, true)).toEqual({ containers: [dead('old')], sandboxes: ['older'] })
  expect(garbageOf(subject, false)).toEqual({ containers: [], sandboxes: [] })
  const stopped = runtimePod([dead('new')], [{ ...readySandbox, ready: false }])
  expect(garbageOf(stopped, false)).toEqual({ containers: [dead('new')], sandboxes: ['box'] })
})
