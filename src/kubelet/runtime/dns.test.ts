import { expect, test } from 'vitest'
import { parseResolvConf } from '../config/resolv-conf.ts'
import { pod } from '../fake/pods.ts'
import { podDns, podNames } from './dns.ts'

const node = { servers: ['192.0.2.53'], searches: ['corp.example'], options: ['timeout:1'] }
const cluster = { servers: ['10.96.0.10'], domain: 'cluster.local', node }
const ours = { servers: ['10.96.0.10'], searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'corp.example'], options: ['ndots:5'] }

test.each([
  ['ClusterFirst', {}, ours],
  ['ClusterFirst with the network of the node', { hostNetwork: true }, node],
  ['ClusterFirstWithHostNet', { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }, ours],
  ['Default', { dnsPolicy: 'Default' }, node],
  [
    'None',
    { dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'], searches: ['x'], options: [{ name: 'ndots', value: '2' }, { name: 'debug' }] } },
    { servers: ['1.1.1.1'], searches: ['x'], options: ['ndots:2', 'debug'] },
  ],
  ['own options win', { dnsConfig: { options: [{ name: 'ndots', value: '2' }] } }, { ...ours, options: ['ndots:2'] }],
] as [string, object, object][])('%s', (_, spec, want) => expect(podDns(pod(spec), cluster)).toEqual(want))

test.each([
  [{}, { hostname: 'web', fqdn: '' }],
  [
    { hostname: 'box', subdomain: 'sub' },
    { hostname: 'box', fqdn: 'box.sub.default.svc.cluster.local' },
  ],
  [
    { subdomain: 'sub', setHostnameAsFQDN: true },
    { hostname: 'web.sub.default.svc.cluster.local', fqdn: 'web.sub.default.svc.cluster.local' },
  ],
])('names of %j', (spec, want) => expect(podNames(pod(spec), 'cluster.local')).toEqual(want))

test('resolv.conf: the last search line counts, comments do not', () => {
  const text = 'nameserver 1.1.1.1 # one\n; no\nsearch a b\nsearch c\noptions ndots:2 rotate\nnameserver fd00::1\n'
  expect(parseResolvConf(text)).toEqual({ servers: ['1.1.1.1', 'fd00::1'], searches: ['c'], options: ['ndots:2', 'rotate'] })
  expect(parseResolvConf('')).toEqual({ servers: [], searches: [], options: [] })
})
