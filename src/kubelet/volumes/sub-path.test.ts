import { expect, test } from 'vitest'
import { checkSubPath } from './sub-path.ts'
import { hostsFile } from './hosts-file.ts'
import { select } from './payload.ts'

test.each(['/abs', '..', 'a/../b', '../x'])('subPath %j is refused', (path) => expect(() => checkSubPath(path)).toThrow())
test.each(['a', 'a/b', 'a..b', '...', ''])('subPath %j is fine', (path) => expect(() => checkSubPath(path)).not.toThrow())

test('the hosts file', () => {
  expect(hostsFile({ ips: ['10.0.0.5'], hostname: 'web', fqdn: 'web.sub.ns.svc.cluster.local', aliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }] })).toBe(
    [
      '# Kubernetes-managed hosts file.',
      '127.0.0.1\tlocalhost',
      '::1\tlocalhost ip6-localhost ip6-loopback',
      'fe00::0\tip6-localnet',
      'fe00::0\tip6-mcastprefix',
      'fe00::1\tip6-allnodes',
      'fe00::2\tip6-allrouters',
      '10.0.0.5\tweb.sub.ns.svc.cluster.local\tweb',
      '',
      '# Entries added by HostAliases.',
      '1.2.3.4\ta\tb',
      '',
    ].join('\n'),
  )
})

const data = new Map([
  ['a', Buffer.from('1')],
  ['b', Buffer.from('2')],
])
test('items choose keys, paths and modes; a missing key is refused unless optional', () => {
  const chosen = select(data, { items: [{ key: 'b', path: 'deep/b', mode: 0o400 }], mode: 0o644, optional: false, kind: 'configmap' })
  expect([...chosen]).toEqual([['deep/b', { data: Buffer.from('2'), mode: 0o400 }]])
  const items = [{ key: 'z', path: 'z' }]
  expect(() => select(data, { items, mode: 0o644, optional: false, kind: 'configmap' })).toThrow('configmap references non-existent config key: z')
  expect(select(data, { items, mode: 0o644, optional: true, kind: 'secret' }).size).toBe(0)
})
