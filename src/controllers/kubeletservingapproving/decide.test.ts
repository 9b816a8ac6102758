import { expect, test } from 'vitest'
import type { CertificateSigningRequestSpec } from '../../api/certificates/v1.ts'
import type { Node } from '../../api/core/v1.ts'
import { whyNot } from './decide.ts'

const node = (name: string, ...addresses: string[]) =>
  ({
    metadata: { name },
    status: { addresses: [{ type: 'Hostname', address: name }, ...addresses.map((address) => ({ type: 'InternalIP', address }))] },
  }) as unknown as Node
const spec = (change: Partial<CertificateSigningRequestSpec> = {}) =>
  ({ username: 'system:node:n1', groups: ['system:nodes'], usages: ['digital signature', 'server auth'], ...change }) as CertificateSigningRequestSpec
const asks = (dnsNames: readonly string[], ipAddresses: readonly string[] = []) => ({
  commonName: 'system:node:n1',
  organizations: ['system:nodes'],
  dnsNames,
  ipAddresses,
  emailAddresses: [],
  uris: [],
})
const n1 = node('n1', '10.0.0.1', 'fd00::1')
const n2 = node('n2', '10.0.0.2')

for (const { name, of = spec(), asked, nodes = [n1, n2], expected } of [
  { name: 'its name and addresses', asked: asks(['n1'], ['10.0.0.1', 'fd00::1']), expected: undefined },
  { name: 'the address of another', asked: asks(['n1'], ['10.0.0.2']), expected: '10.0.0.2 is no name or address of the node' },
  { name: 'the API server', asked: asks(['kubernetes.default.svc']), expected: 'kubernetes.default.svc is no name or address of the node' },
  {
    name: 'an address that it has written into its status, and that is another one’s',
    asked: asks([], ['10.0.0.2']),
    nodes: [node('n1', '10.0.0.2'), n2],
    expected: '10.0.0.2 is claimed by another node, too',
  },
  { name: 'the name of another', asked: asks(['n2']), nodes: [node('n1', 'n2'), n2], expected: 'n2 is claimed by another node, too' },
  { name: 'not there yet', asked: asks(['n1']), nodes: [n2], expected: 'the node does not exist' },
  { name: 'somebody else asks', of: spec({ username: 'alice' }), asked: asks(['n1']), expected: 'the requester is not the node of the subject' },
  { name: 'not as a node', of: spec({ groups: [] }), asked: asks(['n1']), expected: 'the requester is not the node of the subject' },
  {
    name: 'for other uses',
    of: spec({ usages: ['any'] }),
    asked: asks(['n1']),
    expected: 'usages did not match [digital signature key encipherment server auth]',
  },
])
  test(name, () => expect(whyNot({ spec: of, asked, nodes })).toBe(expected))
