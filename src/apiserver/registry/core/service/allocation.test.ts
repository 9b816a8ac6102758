// Expectations: pkg/registry/core/service/storage/alloc.go, portallocator/operation.go, ipallocator.
import { expect, test } from 'vitest'
import type { Service } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { parseCidr } from '../../../../util/ip.ts'
import { ServiceAllocation } from './allocation.ts'
import type { AddressBook } from './address-book.ts'
import { ClusterIps } from './cluster-ips.ts'
import { IpRange } from './ip-range.ts'
import { PortAllocator } from './port-allocator.ts'
import type { PortRegistry } from './port-registry.ts'

type Spec = Mutable<Service>['spec']
const first = () => 0
const ranges = ['10.0.0.0/24', 'fd00::/112'].map((cidr) => new IpRange(parseCidr(cidr)!))

function newBook(taken: readonly string[] = []): AddressBook & { readonly taken: Set<string> } {
  const book = new Set(taken)
  return {
    taken: book,
    has: (ip) => book.has(ip),
    take: (ip) => Promise.resolve(!book.has(ip) && Boolean(book.add(ip))),
    drop: (ip) => Promise.resolve(void book.delete(ip)),
  }
}

function newPorts(): PortRegistry {
  const used = new Set<number>()
  return { used: () => Promise.resolve(used), edit: (edit) => Promise.resolve(void edit(used)) }
}

async function newAllocation(addresses: AddressBook = newBook()): Promise<ServiceAllocation> {
  const allocation = new ServiceAllocation(['IPv4', 'IPv6'], new PortAllocator({ from: 30_000, to: 30_009 }, newPorts(), first))
  await allocation.restore([], new ClusterIps({ ranges: () => ranges, addresses, rand: first }), false)
  return allocation
}

const service = (spec: Spec) => ({ metadata: { name: 's' }, spec: { type: 'NodePort', ...spec } }) as Mutable<Service>
const nodePorts = ({ spec }: Service) => spec.ports!.map(({ nodePort }) => nodePort)
const port = (number: number, more: object = {}) => ({ port: number, protocol: 'TCP' as const, name: `p${number}`, ...more })

async function allocate(spec: Spec, { old, dryRun = false, allocation }: { old?: Service; dryRun?: boolean; allocation?: ServiceAllocation } = {}) {
  const draft = service(spec)
  const effect = await (allocation ?? (await newAllocation())).allocate(draft, old, dryRun)
  return { draft, effect }
}

test.each<[why: string, spec: Spec, expected: readonly (number | undefined)[]]>([
  ['each number gets a port', { ports: [port(80), port(81)] }, [30_000, 30_001]],
  ['one number under two protocols gets one', { ports: [port(53), port(53, { protocol: 'UDP' })] }, [30_000, 30_000]],
  ['also when the second asks for it', { ports: [port(53), port(53, { protocol: 'UDP', nodePort: 30_005 })] }, [30_005, 30_005]],
  ['unless they ask for two', { ports: [port(53, { nodePort: 30_004 }), port(53, { protocol: 'UDP', nodePort: 30_005 })] }, [30_004, 30_005]],
  [
    'a load balancer that needs none gets what it asks for',
    { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [port(80), port(81, { nodePort: 30_005 })] },
    [undefined, 30_005],
  ],
])('node ports of a new service: %s', async (_, spec, expected) => {
  expect(nodePorts((await allocate(spec)).draft)).toEqual(expected)
})

const taken = 'provided port is already allocated'
const local: Spec = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: [port(80)] }
test.each<[why: string, spec: Spec, expected: string]>([
  [
    'one port for two numbers',
    { ports: [port(80, { nodePort: 30_001 }), port(81, { nodePort: 30_001 })] },
    `Service "s" is invalid: spec.ports[1].nodePort: Invalid value: 30001: ${taken}`,
  ],
  [
    'a port out of range',
    { ports: [port(80, { nodePort: 80 })] },
    'Service "s" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-30009',
  ],
  [
    'a port for health checks that is taken',
    { ...local, ports: [port(80, { nodePort: 30_001 })], healthCheckNodePort: 30_001 },
    `Internal error occurred: failed to allocate requested HealthCheck NodePort 30001: ${taken}`,
  ],
])('refused: %s', async (_, spec, expected) => {
  await expect(allocate(spec)).rejects.toThrow(expected)
})

test('an update keeps its ports, gets new ones, and has none twice', async () => {
  const allocation = await newAllocation()
  const { draft: old } = await allocate({ ports: [port(80, { nodePort: 30_000 })] }, { allocation })
  const update = (ports: NonNullable<Spec['ports']>) => allocate({ ...old.spec, ports }, { old: old as Service, allocation })
  expect(nodePorts((await update([port(80, { nodePort: 30_000 }), port(81)])).draft)).toEqual([30_000, 30_001])
  await expect(update([port(80, { nodePort: 30_000 }), port(81, { nodePort: 30_000 })])).rejects.toThrow('duplicate nodePort: {TCP 30000}')
})

test('a second family of an update gets an address, also a given one', async () => {
  const allocation = await newAllocation()
  const { draft: old } = await allocate({ type: 'ClusterIP', ports: [] }, { allocation })
  const dual: Spec = { ...old.spec, ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' }
  const given = [old.spec.clusterIP!, 'fd00::77']
  const { draft } = await allocate({ ...dual, clusterIPs: given }, { old: old as Service, allocation })
  expect(draft.spec.clusterIPs).toEqual(given)
  await expect(allocate({ ...dual, clusterIPs: given }, { old: old as Service, allocation })).rejects.toThrow(
    'failed to allocate IP fd00::77: provided IP is already allocated',
  )
  const { draft: free } = await allocate(dual, { old: old as Service, allocation })
  expect(free.spec.clusterIPs![1]).toMatch(/^fd00::/)
})

test('a dry run shows dummies and takes nothing', async () => {
  const allocation = await newAllocation()
  const { draft } = await allocate({ ports: [port(80), port(81)] }, { allocation, dryRun: true })
  expect([draft.spec.clusterIP, ...nodePorts(draft as Service)]).toEqual(['10.0.0.0', 32_769, 32_770])
  expect(nodePorts((await allocate({ ports: [port(80)] }, { allocation })).draft)).toEqual([30_000])
})

test('what fails gives its addresses back, in both families', async () => {
  const book = newBook()
  const allocation = await newAllocation(book)
  const dual: Spec = { ipFamilyPolicy: 'RequireDualStack', ports: [port(80)] }
  const { effect } = await allocate(dual, { allocation })
  expect(book.taken.size).toBe(2)
  await effect.rollback!()
  expect(book.taken.size).toBe(0)
  await expect(allocate({ ...dual, ports: [port(80, { nodePort: 80 })] }, { allocation })).rejects.toThrow('not in the valid range')
  expect(book.taken.size).toBe(0)
})

test('what nobody has heard of yet may be taken, too: the next address is tried', async () => {
  const book = newBook(['10.0.0.17', '10.0.0.18'])
  const { draft } = await allocate({ type: 'ClusterIP', ports: [] }, { allocation: await newAllocation({ ...book, has: () => false }) })
  expect(draft.spec.clusterIP).toBe('10.0.0.19')
})
