import { expect, test } from 'vitest'
import type { Container, Pod } from '../../api/core/v1.ts'
import { containerSecurity } from './security-context.ts'

const seccompOf = (own: object, ofPod: object, seccompDefault: boolean) => {
  const container = { name: 'c', ...own } as unknown as Container
  const pod = { metadata: { name: 'p', namespace: 'n', uid: 'u' }, spec: { containers: [container], ...ofPod } } as unknown as Pod
  return containerSecurity({ pod, container, image: undefined, seccompRoot: '/seccomp', seccompDefault }).seccomp
}
const profile = (type: string, localhostProfile?: string) => ({
  securityContext: { seccompProfile: { type, ...(localhostProfile === undefined ? {} : { localhostProfile }) } },
})

for (const { name, own = {}, ofPod = {}, seccompDefault = true, expected } of [
  { name: 'nothing is said, --seccomp-default', expected: { profileType: 'RuntimeDefault' } },
  { name: 'nothing is said, without it', seccompDefault: false, expected: { profileType: 'Unconfined' } },
  { name: 'unconfined by wish', own: profile('Unconfined'), expected: { profileType: 'Unconfined' } },
  { name: 'privileged', own: { securityContext: { privileged: true } }, expected: { profileType: 'Unconfined' } },
  {
    name: 'the container’s word counts before the pod’s',
    own: profile('RuntimeDefault'),
    ofPod: profile('Unconfined'),
    expected: { profileType: 'RuntimeDefault' },
  },
  { name: 'a profile of the node', own: profile('Localhost', 'a.json'), expected: { profileType: 'Localhost', localhostRef: '/seccomp/a.json' } },
]) {
  test(`seccomp: ${name}`, () => expect(seccompOf(own, ofPod, seccompDefault)).toEqual(expected))
}

test.each([profile('Localhost', ''), profile('Localhost')])('CVE-2023-2431: a profile of the node without a name starts nothing', (own) => {
  expect(() => seccompOf(own, {}, true)).toThrow('localhostProfile must be set if seccompProfile type is Localhost.')
})
