import { lstat, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { connectionOf } from './connection.ts'
import { KubeconfigError, changeKubeconfig, kubeconfigPaths, loadKubeconfig, writablePath } from './files.ts'
import { emptyKubeconfig, mergeKubeconfigs, withEntry, withoutEntry } from './merge.ts'

const entry = { name: 'coxswain-a', cluster: { server: 'https://127.0.0.1:6443' }, user: { token: 't' } }
const folder = async () => {
  const dir = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  return dir
}

for (const { name, location, expected } of [
  { name: 'explicit wins', location: { explicit: '/x', env: { KUBECONFIG: '/a' }, home: '/h' }, expected: ['/x'] },
  { name: 'the list, empty parts skipped', location: { env: { KUBECONFIG: '/a::/b' }, home: '/h' }, expected: ['/a', '/b'] },
  { name: 'else the home directory', location: { env: {}, home: '/h' }, expected: ['/h/.kube/config'] },
]) {
  test(name, () => expect(kubeconfigPaths(location)).toEqual(expected))
}

test('writes to the first that exists, else creates the last', async () => {
  const dir = await folder()
  const [a, b] = [join(dir, 'a'), join(dir, 'b')]
  const location = { env: { KUBECONFIG: `${a}:${b}` }, home: dir }
  expect(await writablePath(location)).toBe(b)
  await writeFile(a, '')
  expect(await writablePath(location)).toBe(a)
})

test('an entry is added with mode 0600, and taken out again; foreign members stay', async () => {
  const dir = await folder()
  const path = join(dir, 'config')
  await writeFile(path, 'preferences: {colors: true}\ncurrent-context: other\nusers:\n- name: other\n  user: {exec: {command: aws}, x-own: 1}\n', {
    mode: 0o644,
  })
  const location = { explicit: path, env: {} }
  const { config } = await changeKubeconfig(location, (config) => withEntry(config, entry, { makeCurrent: true }))
  expect(config['current-context']).toBe('coxswain-a')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect((await loadKubeconfig(location)).users).toEqual([
    { name: 'other', user: { exec: { command: 'aws' }, 'x-own': 1 } },
    { name: 'coxswain-a', user: { token: 't' } },
  ])
  await changeKubeconfig(location, (config) => withoutEntry(config, 'coxswain-a'))
  const after = await loadKubeconfig(location)
  expect([after['current-context'], after.clusters, after['preferences']]).toEqual(['', [], { colors: true }])
  expect(await readdir(dir)).toEqual(['config']) // neither lock nor temporary file
})

test("another's current-context is left alone", () => {
  const config = { ...withEntry(emptyKubeconfig, entry, { makeCurrent: true }), 'current-context': 'other' }
  expect(withoutEntry(config, 'coxswain-a')['current-context']).toBe('other')
})

test('a symbolic link stays a link', async () => {
  const dir = await folder()
  await writeFile(join(dir, 'real'), '')
  await symlink(join(dir, 'real'), join(dir, 'link'))
  await changeKubeconfig({ explicit: join(dir, 'link'), env: {} }, (config) => withEntry(config, entry, { makeCurrent: false }))
  expect((await lstat(join(dir, 'link'))).isSymbolicLink()).toBe(true)
  expect(await readFile(join(dir, 'real'), 'utf8')).toContain('coxswain-a')
})

test('a lock that stays is an error that names the file', async () => {
  const dir = await folder()
  await writeFile(join(dir, 'config.lock'), '')
  const clock = { sleep: () => Promise.resolve() } as never
  await expect(changeKubeconfig({ explicit: join(dir, 'config'), env: {} }, (c) => c, clock)).rejects.toThrow('config.lock')
})

test('the first file wins for each name and for current-context', () => {
  const a = withEntry(emptyKubeconfig, entry, { makeCurrent: true })
  const b = withEntry(withEntry(emptyKubeconfig, { ...entry, user: { token: 'late' } }, { makeCurrent: false }), { ...entry, name: 'b' }, { makeCurrent: true })
  const merged = mergeKubeconfigs([a, b])
  expect(merged.users).toEqual([
    { name: 'coxswain-a', user: { token: 't' } },
    { name: 'b', user: { token: 't' } },
  ])
  expect(merged['current-context']).toBe('coxswain-a')
})

test('connection of a context, with files relative to the kubeconfig', async () => {
  const dir = await folder()
  await writeFile(join(dir, 'ca.pem'), 'CA')
  await writeFile(join(dir, 'token'), 'secret\n')
  await writeFile(
    join(dir, 'config'),
    `current-context: c
clusters: [{name: k, cluster: {server: 'https://h:1', certificate-authority: ca.pem}}]
users: [{name: u, user: {tokenFile: token}}]
contexts: [{name: c, context: {cluster: k, user: u, namespace: team}}]`,
  )
  const { transport, namespace } = connectionOf(await loadKubeconfig({ explicit: join(dir, 'config'), env: {} }))
  expect([transport.server, transport.ca, transport.bearerToken?.(), namespace]).toEqual(['https://h:1', 'CA', 'secret', 'team'])
})

test('an unknown context is named', () => expect(() => connectionOf(emptyKubeconfig, 'nope')).toThrow(KubeconfigError))
