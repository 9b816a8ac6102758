import { expect, test } from 'vitest'
import type { CertificateRequest } from '../../pki/certificate-request.ts'
import { kubeletClientProblem, kubeletServingProblem } from './kubelet-requests.ts'

const none: Pick<CertificateRequest, 'dnsNames' | 'ipAddresses' | 'emailAddresses' | 'uris'> = { dnsNames: [], ipAddresses: [], emailAddresses: [], uris: [] }
const client: Omit<CertificateRequest, 'raw'> = { ...none, commonName: 'system:node:n1', organizations: ['system:nodes'] }
const serving = { ...client, dnsNames: ['n1'] }
const clientUses = ['key encipherment', 'digital signature', 'client auth']
const servingUses = ['key encipherment', 'digital signature', 'server auth']

// The rows are those of pkg/apis/certificates/helpers_test.go.
test.each<[why: string, change: Partial<typeof client>, usages: readonly string[], problem: string | undefined]>([
  ['as a kubelet asks', {}, clientUses, undefined],
  ['an EC key enciphers no keys', {}, ['digital signature', 'client auth'], undefined],
  ['the order does not matter', {}, clientUses.toReversed(), undefined],
  ['no organization', { organizations: [] }, clientUses, 'subject organization is not system:nodes'],
  ['a second organization', { organizations: ['system:nodes', 'system:masters'] }, clientUses, 'subject organization is not system:nodes'],
  ['DNS', { dnsNames: ['n1'] }, clientUses, 'DNS subjectAltNames are not allowed'],
  ['IP', { ipAddresses: ['10.0.0.1'] }, clientUses, 'IP subjectAltNames are not allowed'],
  ['email', { emailAddresses: ['a@b'] }, clientUses, 'Email subjectAltNames are not allowed'],
  ['URI', { uris: ['a:b'] }, clientUses, 'URI subjectAltNames are not allowed'],
  ['no node', { commonName: 'alice' }, clientUses, 'subject common name does not begin with system:node:'],
  ['a use too many', {}, [...clientUses, 'server auth'], 'usages did not match [client auth digital signature key encipherment]'],
  ['a use too few', {}, ['client auth'], 'usages did not match [client auth digital signature key encipherment]'],
])('a kubelet as a client: %s', (_, change, usages, problem) => {
  expect(kubeletClientProblem({ ...client, ...change }, usages)).toBe(problem)
})

test.each<[why: string, change: Partial<typeof client>, usages: readonly string[], problem: string | undefined]>([
  ['by name', {}, servingUses, undefined],
  ['by address alone', { dnsNames: [], ipAddresses: ['10.0.0.1'] }, ['digital signature', 'server auth'], undefined],
  ['without a name', { dnsNames: [] }, servingUses, 'DNS or IP subjectAltName is required'],
  ['email', { emailAddresses: ['a@b'] }, servingUses, 'Email subjectAltNames are not allowed'],
  ['URI', { uris: ['a:b'] }, servingUses, 'URI subjectAltNames are not allowed'],
  ['as a client, too', {}, [...servingUses, 'client auth'], 'usages did not match [digital signature key encipherment server auth]'],
  ['no organization', { organizations: [] }, servingUses, 'subject organization is not system:nodes'],
  ['no node', { commonName: 'n1' }, servingUses, 'subject common name does not begin with system:node:'],
])('a kubelet as a server: %s', (_, change, usages, problem) => {
  expect(kubeletServingProblem({ ...serving, ...change }, usages)).toBe(problem)
})
