import { createHash } from 'node:crypto'
import { unpackTar } from 'modern-tar'
import { expect, test } from 'vitest'
import { ImageArchiveError, readImageArchive } from './archive.ts'
import { parseImageList } from './import.ts'
import { packImage } from './pack.ts'
import { fullReference, isLatest } from './reference.ts'

const text = (value: string) => new TextEncoder().encode(value)
const options = {
  tag: 'tools/app:1',
  architecture: 'amd64',
  files: [
    { path: 'usr/bin/app', content: text('program') },
    { path: 'etc/app.conf', content: text('x=1'), mode: 0o600 },
  ],
  links: { 'bin/app': '/usr/bin/app' },
  entrypoint: ['/usr/bin/app'],
  cmd: ['serve'],
} as const

async function unpack(archive: Uint8Array) {
  const entries = await unpackTar(archive)
  return new Map(entries.map(({ header, data }) => [header.name, data ?? new Uint8Array()]))
}

const json = (data: Uint8Array | undefined) => JSON.parse(new TextDecoder().decode(data)) as any // eslint-disable-line

test('an image is an OCI layout whose digests hold', async () => {
  const { archive, digest, reference } = await packImage(options)
  const files = await unpack(archive)
  expect(json(files.get('oci-layout'))).toEqual({ imageLayoutVersion: '1.0.0' })
  for (const [path, data] of files) if (path.startsWith('blobs/')) expect(createHash('sha256').update(data).digest('hex')).toBe(path.split('/')[2])

  const [entry] = json(files.get('index.json')).manifests
  expect(entry).toMatchObject({ digest, annotations: { 'io.containerd.image.name': reference } })
  const at = (descriptor: { digest: string; size: number }) => {
    const data = files.get(`blobs/${descriptor.digest.replace(':', '/')}`)!
    expect(data.length).toBe(descriptor.size)
    return data
  }
  const manifest = json(at(entry))
  const config = json(at(manifest.config))
  expect(config).toMatchObject({ architecture: 'amd64', os: 'linux', config: { Entrypoint: ['/usr/bin/app'], Cmd: ['serve'] } })
  // Not compressed, so the layer's digest is also that of what it unpacks to.
  expect(config.rootfs.diff_ids).toEqual([manifest.layers[0].digest])
  const layer = await unpackTar(at(manifest.layers[0]))
  expect(layer.map(({ header }) => `${header.type} ${header.name} ${header.mode!.toString(8)}`)).toEqual([
    'directory bin/ 755',
    'directory etc/ 755',
    'directory usr/ 755',
    'directory usr/bin/ 755',
    'file usr/bin/app 755',
    'file etc/app.conf 600',
    'symlink bin/app 777',
  ])
  expect(json(files.get('manifest.json'))).toMatchObject([{ RepoTags: ['docker.io/tools/app:1'] }])
})

test('the same input gives the same bytes', async () => {
  const [first, second] = await Promise.all([packImage(options), packImage(options)])
  expect(second.digest).toBe(first.digest)
  expect(Buffer.from(second.archive).equals(first.archive)).toBe(true)
})

test('an archive says what is in it', async () => {
  const { archive, digest } = await packImage(options)
  expect(await readImageArchive(archive)).toEqual([{ reference: 'docker.io/tools/app:1', digest }])
  await expect(readImageArchive(text('no tar at all'))).rejects.toThrow(ImageArchiveError)
})

for (const [name, full] of [
  ['busybox', 'docker.io/library/busybox:latest'],
  ['busybox:1', 'docker.io/library/busybox:1'],
  ['team/app', 'docker.io/team/app:latest'],
  ['localhost/app:2', 'localhost/app:2'],
  ['localhost:5000/app', 'localhost:5000/app:latest'],
  ['ghcr.io/a/b/c:v1', 'ghcr.io/a/b/c:v1'],
  ['app@sha256:00', 'docker.io/library/app@sha256:00'],
] as const)
  test(`${name} is ${full}`, () => {
    expect(fullReference(name)).toBe(full)
    expect(isLatest(name)).toBe(full.endsWith(':latest'))
  })

test('containerd lists each image by name, digest and config; only names count', () => {
  const listed = `REF TYPE DIGEST SIZE PLATFORMS LABELS
docker.io/library/app:1 application/vnd.oci.image.manifest.v1+json sha256:aa 2.8 KiB linux/amd64 io.cri-containerd.image=managed
docker.io/library/app@sha256:aa application/vnd.oci.image.manifest.v1+json sha256:aa 2.8 KiB linux/amd64 -
sha256:bb application/vnd.oci.image.manifest.v1+json sha256:aa 2.8 KiB linux/amd64 -
`
  expect(parseImageList(listed)).toEqual([{ reference: 'docker.io/library/app:1', digest: 'sha256:aa', size: '2.8 KiB' }])
})
