// Makes container images without a registry, a daemon or a compiler: an OCI layout in a tar, which `docker load` reads as well.
import { createHash } from 'node:crypto'
import { packTar, type TarEntry } from 'modern-tar'
import type { Architecture } from './assembler.ts'
import { fullReference } from './reference.ts'

export interface ImageFile {
  /** Inside the image, without a leading slash. */
  readonly path: string
  readonly content: Uint8Array
  readonly mode?: number
}

export interface ImageOptions {
  readonly tag: string
  readonly architecture: Architecture
  readonly files: readonly ImageFile[]
  /** Symbolic links: path to target. */
  readonly links?: Readonly<Record<string, string>>
  readonly entrypoint?: readonly string[]
  readonly cmd?: readonly string[]
  readonly env?: readonly string[]
  readonly user?: string
}

export interface PackedImage {
  readonly reference: string
  /** Of the manifest: what containerd lists, and the same for the same input. */
  readonly digest: string
  readonly archive: Uint8Array
}

interface Blob {
  readonly digest: string
  readonly content: Uint8Array
}

const blob = (content: Uint8Array): Blob => ({ digest: `sha256:${createHash('sha256').update(content).digest('hex')}`, content })
const jsonBlob = (value: unknown): Blob => blob(new TextEncoder().encode(JSON.stringify(value)))
const blobPath = ({ digest }: Blob) => `blobs/${digest.replace(':', '/')}`

/** The same bytes for the same input, whenever and wherever it is packed. */
const epoch = new Date(0)

export async function packImage(options: ImageOptions): Promise<PackedImage> {
  const reference = fullReference(options.tag)
  const layer = blob(await packTar(layerEntries(options)))
  const config = jsonBlob({
    created: epoch.toISOString(),
    architecture: options.architecture,
    os: 'linux',
    config: {
      ...(options.user ? { User: options.user } : {}),
      Env: options.env ?? ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      ...(options.entrypoint ? { Entrypoint: options.entrypoint } : {}),
      ...(options.cmd ? { Cmd: options.cmd } : {}),
      WorkingDir: '/',
    },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
    history: [{ created: epoch.toISOString(), created_by: 'coxswain' }],
  })
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar', layer)],
  })
  const index = jsonBlob({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        ...descriptor('application/vnd.oci.image.manifest.v1+json', manifest),
        platform: { architecture: options.architecture, os: 'linux' },
        annotations: { 'io.containerd.image.name': reference, 'org.opencontainers.image.ref.name': reference.slice(reference.lastIndexOf(':') + 1) },
      },
    ],
  })
  const dockerManifest = jsonBlob([{ Config: blobPath(config), RepoTags: [reference], Layers: [blobPath(layer)] }])
  const archive = await packTar([
    file('oci-layout', new TextEncoder().encode('{"imageLayoutVersion":"1.0.0"}')),
    file('index.json', index.content),
    file('manifest.json', dockerManifest.content),
    ...[layer, config, manifest].map((each) => file(blobPath(each), each.content)),
  ])
  return { reference, digest: manifest.digest, archive }
}

const descriptor = (mediaType: string, { digest, content }: Blob) => ({ mediaType, digest, size: content.length })

const owner = { uid: 0, gid: 0, mtime: epoch }

const file = (path: string, content: Uint8Array, mode = 0o644): TarEntry => ({
  header: { name: path, size: content.length, mode, type: 'file', ...owner },
  body: content,
})

/** Files and links below the folders that lead to them, parents first. */
function layerEntries({ files, links = {} }: ImageOptions): TarEntry[] {
  const paths = [...files.map(({ path }) => path), ...Object.keys(links)]
  const folders = new Set(
    paths.flatMap((path) =>
      path
        .split('/')
        .slice(0, -1)
        .map((_, depth, parts) => `${parts.slice(0, depth + 1).join('/')}/`),
    ),
  )
  return [
    ...[...folders].toSorted().map((name): TarEntry => ({ header: { name, size: 0, mode: 0o755, type: 'directory', ...owner } })),
    ...files.map(({ path, content, mode = 0o755 }) => file(path, content, mode)),
    ...Object.entries(links).map(([name, linkname]): TarEntry => ({ header: { name, size: 0, mode: 0o777, type: 'symlink', linkname, ...owner } })),
  ]
}
