import { expect, test } from 'vitest'
import { apiServerHosts } from './api-server-hosts.ts'

const names = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local', 'localhost']

for (const { name, addresses, serviceCidrs, expected } of [
  { name: 'the first address of the Service range', addresses: [], serviceCidrs: '10.96.0.0/16', expected: ['127.0.0.1', '::1', '10.96.0.1'] },
  { name: 'of both families', addresses: [], serviceCidrs: '10.96.0.0/16, fd00:96::/112', expected: ['127.0.0.1', '::1', '10.96.0.1', 'fd00:96::1'] },
  { name: 'where it is advertised', addresses: ['192.0.2.1'], serviceCidrs: '10.0.0.0/24', expected: ['127.0.0.1', '::1', '192.0.2.1', '10.0.0.1'] },
  { name: 'each once', addresses: ['127.0.0.1'], serviceCidrs: '10.0.0.0/24', expected: ['127.0.0.1', '::1', '10.0.0.1'] },
])
  test(name, () => {
    const hosts = apiServerHosts({ addresses, serviceCidrs })
    expect(hosts.slice(0, names.length)).toEqual(names)
    expect(hosts.slice(-expected.length)).toEqual(expected)
  })

test('a range that is none', () => expect(() => apiServerHosts({ addresses: [], serviceCidrs: 'x' })).toThrow('"x" is no range of Service addresses (CIDR)'))
