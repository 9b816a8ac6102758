import { expect, test } from 'vitest'
import type { CertificateSigningRequest } from '../../api/certificates/v1.ts'
import { recognize, reviewOf } from './decide.ts'

const kubelet = 'kubernetes.io/kube-apiserver-client-kubelet'
const request = (username: string, signerName = kubelet) =>
  ({ spec: { username, groups: ['g'], extra: { k: ['v'] }, signerName, usages: ['digital signature', 'client auth'] } }) as unknown as CertificateSigningRequest
const asked = { commonName: 'system:node:n1', organizations: ['system:nodes'], dnsNames: [], ipAddresses: [], emailAddresses: [], uris: [] }

for (const { name, of, organizations = asked.organizations, expected } of [
  { name: 'a node for itself: that right, then the general one', of: request('system:node:n1'), expected: ['selfnodeclient', 'nodeclient'] },
  { name: 'somebody for a node', of: request('system:bootstrap:abcdef'), expected: ['nodeclient'] },
  { name: 'a node for another', of: request('system:node:n2'), expected: ['nodeclient'] },
  { name: 'another signer', of: request('system:node:n1', 'kubernetes.io/kube-apiserver-client'), expected: [] },
  { name: "not a kubelet's subject", of: request('system:node:n1'), organizations: ['system:masters'], expected: [] },
])
  test(name, () => expect(recognize(of, { ...asked, organizations }).map(({ subresource }) => subresource)).toEqual(expected))

test('the review is about the requester, with everything that is known of them', () => {
  expect(reviewOf(request('system:bootstrap:abcdef'), { subresource: 'nodeclient', message: '' })).toEqual({
    user: 'system:bootstrap:abcdef',
    groups: ['g'],
    extra: { k: ['v'] },
    resourceAttributes: { group: 'certificates.k8s.io', version: '*', resource: 'certificatesigningrequests', subresource: 'nodeclient', verb: 'create' },
  })
})
